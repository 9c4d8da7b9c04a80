"""Sell nothing to a customer whose parcel is late, stuck, lost or not found.

One pause for each parcel, with the worst of its alarms as the reason; lifted when the last one ends.
What is paused and for how long stands in the messaging room; here is only why.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import PauseReason, PauseRequest
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.models import Tracker

# A pause must end some day, should nobody ever settle the parcel.
LONGEST = timedelta(days=30)


def sync_pauses(tracker_ids: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Put or lift the pauses of some parcels, as their alarms stand now (in sets).

    Reads where things stand instead of following each event: the same call again, or two events
    in one batch, change nothing twice.
    """
    trackers = list(Tracker.objects.filter(id__in=tracker_ids).order_by("id"))
    reasons = {tracker.id: _reason(tracker) for tracker in trackers}
    calm = [_cause(tracker.id) for tracker in trackers if reasons[tracker.id] is None]
    messaging.lift_pauses(calm, by=by, at=at)
    troubled = [tracker for tracker in trackers if reasons[tracker.id] is not None]
    of_orders = {tracker.order_id for tracker in troubled if tracker.order_id is not None}
    promises = orders.list_promises(of_orders)
    requests = []
    for tracker in troubled:
        promise = promises.get(tracker.order_id) if tracker.order_id else None
        reason = reasons[tracker.id]
        if promise is None or promise.customer_id is None or reason is None:
            continue  # nobody is known who could be sold anything
        requests.append(
            PauseRequest(
                customer_id=promise.customer_id,
                cause=_cause(tracker.id),
                reason=reason,
                until=_since(tracker, at) + LONGEST,
                subject=f"order:{tracker.order_id}",
                about=f"order {promise.number}",
            )
        )
    messaging.put_pauses(requests, by=by, at=at)


def _cause(tracker_id: UUID) -> str:
    return f"tracker:{tracker_id}"


def _reason(tracker: Tracker) -> PauseReason | None:
    """Return the worst alarm that stands, None when all is well."""
    if tracker.is_history or tracker.parcel_id is None:
        return None
    if tracker.lost_since:
        return PauseReason.LOST_PARCEL
    if tracker.not_found_since:
        return PauseReason.PARCEL_PROBLEM
    if tracker.late_since:
        return PauseReason.LATE_PARCEL
    if tracker.stalled_since:
        return PauseReason.STALLED_PARCEL
    return None


def _since(tracker: Tracker, at: datetime) -> datetime:
    """Return when the trouble began: the end of a pause does not move with each new alarm."""
    found = [tracker.lost_since, tracker.not_found_since, tracker.late_since, tracker.stalled_since]
    return max((moment for moment in found if moment is not None), default=at)
