"""What is worth telling a shopper about a parcel: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from doorstep.rooms.tracking.contracts import (
    ParcelProgress,
    Step,
    Substatus,
    TrackingStatus,
)
from doorstep.rooms.tracking.events import (
    EstimateRevised,
    ParcelLate,
    ParcelLost,
    ParcelMoved,
    ParcelStalled,
)

# Who has not been told for so long is not helped by being told now.
LONG_AGO = timedelta(days=60)
# An exception that the clocks or the lost alarm speak of, or that is none of the shopper's.
_TOLD_OTHERWISE = frozenset({Substatus.LOST, Substatus.DELAYED, Substatus.CANCELED})


@dataclass(frozen=True, slots=True)
class News:
    """One message to be: which kind, for which wish, and what makes it happen once."""

    kind: str
    step: Step
    cause: str


def news_of(event: Any, parcel: ParcelProgress, at: datetime) -> News | None:
    """Return what to tell about an event, given where the parcel stands now; None: nothing.

    News that later ones have overtaken are not told: a parcel that was out for delivery and has
    arrived meanwhile has arrived.
    """
    if parcel.is_history or (parcel.shipped_at and at - parcel.shipped_at > LONG_AGO):
        return None
    if isinstance(event, ParcelMoved):
        return _of_move(event, parcel)
    if isinstance(event, ParcelLost):
        return _problem("parcel_lost", parcel, "") if parcel.lost_since else None
    if isinstance(event, ParcelLate) and parcel.late_since:
        return _delayed(parcel)
    if isinstance(event, ParcelStalled) and parcel.stalled_since and not parcel.late_since:
        return _delayed(parcel)
    if isinstance(event, EstimateRevised) and parcel.late_since:
        is_later = parcel.promised_to is None or (
            event.to_date is not None and event.to_date > parcel.promised_to
        )
        return _delayed(parcel) if is_later else None
    return None


def _of_move(event: ParcelMoved, parcel: ParcelProgress) -> News | None:
    if event.is_backfill or (event.status, event.substatus) != (parcel.status, parcel.substatus):
        return None
    day = f"{event.occurred_at:%Y-%m-%d}"
    status = TrackingStatus(event.status)
    if status is TrackingStatus.OUT_FOR_DELIVERY:
        cause = f"out_for_delivery:{parcel.tracker_id}:{day}"
        return News("parcel_out_for_delivery", Step.OUT_FOR_DELIVERY, cause)
    if status is TrackingStatus.DELIVERED:
        return News("parcel_delivered", Step.DELIVERED, f"delivered:{parcel.tracker_id}:{day}")
    if status is TrackingStatus.ATTEMPT_FAILED:
        return _problem("parcel_attempt_failed", parcel, day)
    if status is TrackingStatus.AVAILABLE_FOR_PICKUP:
        return _problem("parcel_ready_for_pickup", parcel, "")
    if status is TrackingStatus.RETURNED and event.previous_status != TrackingStatus.RETURNED:
        return _problem("parcel_returning", parcel, "")
    if status is TrackingStatus.EXCEPTION and event.substatus not in _TOLD_OTHERWISE:
        return _problem("parcel_exception", parcel, event.substatus)
    return None


def _delayed(parcel: ParcelProgress) -> News | None:
    """Tell a delay once for each new date; a parcel that is lost is past being late."""
    if parcel.lost_since or parcel.delivered_at:
        return None
    to_date = parcel.estimate.to_date
    is_new = to_date is not None and to_date > (parcel.promised_to or to_date)
    return _problem("parcel_delayed", parcel, to_date.isoformat() if is_new and to_date else "")


def _problem(kind: str, parcel: ParcelProgress, mark: str) -> News:
    return News(kind, Step.PROBLEM, f"{kind.removeprefix('parcel_')}:{parcel.tracker_id}:{mark}")
