"""What a parcel's condition means to its shopper: when, where, who acts and how.

Late is admitted first; a date is called what it is; every sentence that asks for something names
who acts. Words of the carrier are shown as its own, never as ours.
"""

from __future__ import annotations

from collections.abc import Callable

from doorstep.portal.orders import troubles, under_way
from doorstep.portal.orders.parcels import PACKED, UNTRACKED, Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.portal.orders.telling import Answer
from doorstep.rooms.tracking.contracts import ParcelCondition


def tell_parcel(parcel: Parcel, reading: Reading) -> Answer:
    """Say when a parcel arrives or what keeps it."""
    return _TELLS.get(parcel.condition, troubles.tell_exception)(parcel, reading)


_TELLS: dict[str, Callable[[Parcel, Reading], Answer]] = {
    PACKED: under_way.tell_packed,
    UNTRACKED: under_way.tell_untracked,
    ParcelCondition.NO_SCAN_YET: under_way.tell_no_scan_yet,
    ParcelCondition.ON_ITS_WAY: under_way.tell_on_its_way,
    ParcelCondition.OUT_FOR_DELIVERY: under_way.tell_out_for_delivery,
    ParcelCondition.LATE: troubles.tell_late,
    ParcelCondition.STALLED: troubles.tell_stalled,
    ParcelCondition.LOST: troubles.tell_lost,
    ParcelCondition.RETURNING: troubles.tell_returning,
    ParcelCondition.RETURNED: troubles.tell_returned,
    ParcelCondition.NOT_FOUND: troubles.tell_not_found,
    ParcelCondition.DELIVERED: under_way.tell_delivered,
    ParcelCondition.ATTEMPTED: troubles.tell_attempted,
    ParcelCondition.PICKUP: under_way.tell_pickup,
    ParcelCondition.CUSTOMS: troubles.tell_customs,
    ParcelCondition.EXCEPTION: troubles.tell_exception,
}
