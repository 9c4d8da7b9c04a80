"""What a carrier's code means, in our words; each format has a table of its own made of these."""

from __future__ import annotations

from typing import NamedTuple

from doorstep.rooms.tracking.contracts import Substatus as Sub
from doorstep.rooms.tracking.contracts import TrackingStatus as Status


class Meaning(NamedTuple):
    """A status and what exactly; no status: not understood."""

    status: Status | None
    substatus: Sub = Sub.NONE


UNKNOWN = Meaning(None)
PENDING = Meaning(Status.PENDING)
INFO = Meaning(Status.INFO_RECEIVED)
TRANSIT = Meaning(Status.IN_TRANSIT)
PICKED_UP = Meaning(Status.IN_TRANSIT, Sub.PICKED_UP)
ARRIVED = Meaning(Status.IN_TRANSIT, Sub.ARRIVED)
DEPARTED = Meaning(Status.IN_TRANSIT, Sub.DEPARTED)
CUSTOMS = Meaning(Status.IN_TRANSIT, Sub.CUSTOMS)
HANDED_OVER = Meaning(Status.IN_TRANSIT, Sub.HANDED_OVER)
RESCHEDULED = Meaning(Status.IN_TRANSIT, Sub.RESCHEDULED)
OUT = Meaning(Status.OUT_FOR_DELIVERY)
ATTEMPT = Meaning(Status.ATTEMPT_FAILED)
NOT_HOME = Meaning(Status.ATTEMPT_FAILED, Sub.NOBODY_HOME)
NO_ACCESS = Meaning(Status.ATTEMPT_FAILED, Sub.NO_ACCESS)
PICKUP = Meaning(Status.AVAILABLE_FOR_PICKUP)
LOCKER_PICKUP = Meaning(Status.AVAILABLE_FOR_PICKUP, Sub.TO_LOCKER)
DELIVERED = Meaning(Status.DELIVERED)
SIGNED = Meaning(Status.DELIVERED, Sub.SIGNED)
NEIGHBOR = Meaning(Status.DELIVERED, Sub.TO_NEIGHBOR)
SAFE_PLACE = Meaning(Status.DELIVERED, Sub.TO_SAFE_PLACE)
LOCKER = Meaning(Status.DELIVERED, Sub.TO_LOCKER)
CUSTOMS_HELD = Meaning(Status.EXCEPTION, Sub.CUSTOMS_HELD)
PAYMENT = Meaning(Status.EXCEPTION, Sub.PAYMENT_DUE)
ADDRESS = Meaning(Status.EXCEPTION, Sub.ADDRESS_PROBLEM)
DAMAGED = Meaning(Status.EXCEPTION, Sub.DAMAGED)
LOST = Meaning(Status.EXCEPTION, Sub.LOST)
REFUSED = Meaning(Status.EXCEPTION, Sub.REFUSED)
WEATHER = Meaning(Status.EXCEPTION, Sub.WEATHER)
DELAYED = Meaning(Status.EXCEPTION, Sub.DELAYED)
HELD = Meaning(Status.EXCEPTION, Sub.HELD)
CANCELED = Meaning(Status.EXCEPTION, Sub.CANCELED)
TROUBLE = Meaning(Status.EXCEPTION, Sub.OTHER)
EXPIRED = Meaning(Status.EXPIRED)
RETURNING = Meaning(Status.RETURNED, Sub.RETURNING)
RETURNED = Meaning(Status.RETURNED, Sub.RETURNED_TO_SENDER)


def table(groups: dict[Meaning, str]) -> dict[str, Meaning]:
    """Turn "what it means: the codes that mean it" around into one look-up."""
    return {code: meaning for meaning, codes in groups.items() for code in codes.split()}
