"""The parcels of orders, and one parcel with everything that is known of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.kernel.tallies import Tally
from doorstep.kernel.whole_rows import rows_by
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.tracking.contracts import ParcelProgress
from doorstep.rooms.tracking.models import Checkpoint, EstimateRevision, Tracker, TrackingNumber
from doorstep.rooms.tracking.reading.lists import visible
from doorstep.rooms.tracking.reading.views import Linked, progress_of

# Whose it is stands in the order alone, as in ``lists.visible``.
_WHOSE = (("customer_id", "(SELECT o.customer_id FROM orders_order o WHERE o.id = t.order_id)"),)


# ``%(order)s`` is the order's id.
TRACKED_OF_ORDER = Tally(
    "SELECT count(*) FROM tracking_tracker"
    " WHERE store_id = %(store)s AND order_id = %(order)s AND canceled_at IS NULL"
)


def list_progress(order_ids: Collection[UUID]) -> dict[UUID, tuple[ParcelProgress, ...]]:
    """Return the parcels of orders with their steps, in the order in which they left.

    Three queries for any number of orders; an order without parcels has an empty tuple. Parcels
    whose shipment was called off are left out.
    """
    trackers = [
        tracker
        for tracker in rows_by(
            Tracker, "order_id", order_ids, order_by=("shipped_at", "id"), also=_WHOSE
        )
        if tracker.canceled_at is None
    ]
    numbers = _numbers_of(trackers)
    steps = _steps_of(trackers, numbers)
    linked = _linked_of(trackers, numbers)
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
    numbers = _numbers_of([tracker])
    return progress_of(
        tracker,
        checkpoints=_steps_of([tracker], numbers)[source],
        linked=_linked_of([tracker], numbers)[source],
        estimates=list(
            EstimateRevision.objects.filter(tracker=tracker).order_by("-revised_at", "-id")
        ),
    )


def _sources(trackers: Sequence[Tracker]) -> set[UUID]:
    return {tracker.shares_with_id or tracker.id for tracker in trackers}


def _numbers_of(trackers: Sequence[Tracker]) -> list[TrackingNumber]:
    if not trackers:
        return []
    return rows_by(TrackingNumber, "tracker_id", _sources(trackers), order_by=("id",))


def _steps_of(
    trackers: Sequence[Tracker], numbers: Sequence[TrackingNumber]
) -> Mapping[UUID, list[Checkpoint]]:
    found: dict[UUID, list[Checkpoint]] = defaultdict(list)
    if not trackers:
        return found
    rows = rows_by(Checkpoint, "tracker_id", _sources(trackers))
    known = {number.id: number for number in numbers}
    # A number that was moved to another parcel leaves behind what it told before.
    if moved := {row.number_id for row in rows if row.number_id} - known.keys():
        known |= {number.id: number for number in rows_by(TrackingNumber, "id", moved)}
    for row in rows:
        if row.number_id is not None:
            row.number = known[row.number_id]
        found[row.tracker_id].append(row)
    return found


def _linked_of(
    trackers: Sequence[Tracker], numbers: Sequence[TrackingNumber]
) -> Mapping[UUID, list[Linked]]:
    own = {tracker.tracking_number for tracker in trackers}
    found: dict[UUID, list[Linked]] = defaultdict(list)
    further = [row for row in numbers if row.number not in own]
    carriers = {one.code: one for one in fulfillment.list_carriers()} if further else {}
    for row in further:
        carrier = carriers.get(row.carrier)
        name = carrier.name if carrier else row.carrier
        url = carrier.tracking_url.replace("{number}", quote(row.number)) if carrier else ""
        found[row.tracker_id].append((name, row.number, url))
    return found
