"""The parcels of orders, and one parcel with everything that is known of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.tracking.contracts import ParcelProgress
from doorstep.rooms.tracking.models import Checkpoint, EstimateRevision, Tracker, TrackingNumber
from doorstep.rooms.tracking.reading.lists import visible
from doorstep.rooms.tracking.reading.views import Linked, progress_of


def list_progress(order_ids: Collection[UUID]) -> dict[UUID, tuple[ParcelProgress, ...]]:
    """Return the parcels of orders with their steps, in the order in which they left.

    Three queries for any number of orders; an order without parcels has an empty tuple. Parcels
    whose shipment was called off are left out.
    """
    trackers = list(
        visible().filter(order__in=order_ids, canceled_at=None).order_by("shipped_at", "id")
    )
    steps = _steps_of(trackers)
    linked = _linked_of(trackers)
    found: dict[UUID, list[ParcelProgress]] = {order_id: [] for order_id in order_ids}
    for tracker in trackers:
        source = tracker.shares_with_id or tracker.id
        assert tracker.order_id is not None
        found[tracker.order_id].append(
            progress_of(tracker, checkpoints=steps[source], linked=linked[source])
        )
    return {order_id: tuple(parcels) for order_id, parcels in found.items()}


def get_progress(tracker_id: UUID) -> ParcelProgress:
    """Return one parcel with all its steps and estimates. :raises NotFound: there is none."""
    tracker = visible().filter(id=tracker_id).first()
    if tracker is None:
        raise NotFound("There is no such parcel.")
    source = tracker.shares_with_id or tracker.id
    return progress_of(
        tracker,
        checkpoints=_steps_of([tracker])[source],
        linked=_linked_of([tracker])[source],
        estimates=list(
            EstimateRevision.objects.filter(tracker=tracker).order_by("-revised_at", "-id")
        ),
    )


def _sources(trackers: Sequence[Tracker]) -> set[UUID]:
    return {tracker.shares_with_id or tracker.id for tracker in trackers}


def _steps_of(trackers: Sequence[Tracker]) -> Mapping[UUID, list[Checkpoint]]:
    rows = (
        Checkpoint.objects.filter(tracker__in=_sources(trackers))
        .select_related("number")
        .defer("raw")
    )
    found: dict[UUID, list[Checkpoint]] = defaultdict(list)
    for row in rows:
        found[row.tracker_id].append(row)
    return found


def _linked_of(trackers: Sequence[Tracker]) -> Mapping[UUID, list[Linked]]:
    own = {tracker.tracking_number for tracker in trackers}
    rows = TrackingNumber.objects.filter(tracker__in=_sources(trackers)).order_by("id")
    found: dict[UUID, list[Linked]] = defaultdict(list)
    further = [row for row in rows if row.number not in own]
    carriers = {one.code: one for one in fulfillment.list_carriers()} if further else {}
    for row in further:
        carrier = carriers.get(row.carrier)
        name = carrier.name if carrier else row.carrier
        url = carrier.tracking_url.replace("{number}", quote(row.number)) if carrier else ""
        found[row.tracker_id].append((name, row.number, url))
    return found
