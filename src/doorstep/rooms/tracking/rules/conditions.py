"""What a parcel is to its shopper: one condition, the worst that fits."""

from __future__ import annotations

from typing import Any

from doorstep.rooms.tracking.contracts import ParcelCondition as C
from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

_AT_CUSTOMS = frozenset({Substatus.CUSTOMS_HELD, Substatus.PAYMENT_DUE})
_PLAIN = {
    TrackingStatus.ATTEMPT_FAILED: C.ATTEMPTED,
    TrackingStatus.AVAILABLE_FOR_PICKUP: C.PICKUP,
}


def condition_of(parcel: Any) -> C:
    """Return the condition of whatever has a tracker's columns.

    ``status``, ``substatus``, ``first_scan_at``, ``lost_since``, ``not_found_since``,
    ``stalled_since``, ``late_since`` and ``settled_as`` decide.
    """
    status = TrackingStatus(parcel.status)
    said_lost = status is TrackingStatus.EXCEPTION and parcel.substatus == Substatus.LOST
    if parcel.lost_since or said_lost:
        return C.LOST
    if status is TrackingStatus.RETURNED:
        is_back = parcel.substatus == Substatus.RETURNED_TO_SENDER
        return C.RETURNED if is_back else C.RETURNING
    if status is TrackingStatus.DELIVERED:
        return C.NOT_FOUND if parcel.not_found_since else C.DELIVERED
    if status in _PLAIN:
        return _PLAIN[status]
    if status is TrackingStatus.EXCEPTION:
        return C.CUSTOMS if parcel.substatus in _AT_CUSTOMS else C.EXCEPTION
    return _on_the_way(status, parcel)


def _on_the_way(status: TrackingStatus, parcel: Any) -> C:
    # A carrier that stopped to follow a parcel tells nothing more of it.
    if parcel.stalled_since or status is TrackingStatus.EXPIRED:
        return C.STALLED
    if parcel.late_since:
        return C.LATE
    if status is TrackingStatus.OUT_FOR_DELIVERY:
        return C.OUT_FOR_DELIVERY
    return C.ON_ITS_WAY if parcel.first_scan_at else C.NO_SCAN_YET
