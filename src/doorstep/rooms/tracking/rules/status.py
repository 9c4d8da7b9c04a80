"""Where a parcel is, from its steps alone: whatever their order of arrival.

The steps are put in the order in which they happened and walked through once. The last one
counts, with these exceptions:

* Announcements ("label made", "number known") never take back a scan: a second carrier announces
  a parcel that the first has carried for days.
* Delivered is the end. After it only going back to the sender changes anything, or a correction
  in so many words; trouble told after it is kept and shown, but the parcel stays delivered.
* Delivered while going back means: the sender has it.
* Steps before the parcel was handed over belong to an earlier life of its number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

# Labels are made and announced up to some days before the parcel is handed over.
BEFORE_SHIPPING = timedelta(days=3)

PENDING = TrackingStatus.PENDING.value
INFO_RECEIVED = TrackingStatus.INFO_RECEIVED.value
OUT_FOR_DELIVERY = TrackingStatus.OUT_FOR_DELIVERY.value
DELIVERED = TrackingStatus.DELIVERED.value
EXCEPTION = TrackingStatus.EXCEPTION.value
EXPIRED = TrackingStatus.EXPIRED.value
RETURNED = TrackingStatus.RETURNED.value
_ANNOUNCED = frozenset({"", PENDING, INFO_RECEIVED})

# Of steps in the same minute, the one further along comes later.
RANK = {
    EXPIRED: 0,
    PENDING: 1,
    INFO_RECEIVED: 2,
    TrackingStatus.IN_TRANSIT.value: 3,
    OUT_FOR_DELIVERY: 4,
    EXCEPTION: 5,
    TrackingStatus.ATTEMPT_FAILED.value: 6,
    TrackingStatus.AVAILABLE_FOR_PICKUP.value: 7,
    DELIVERED: 8,
    RETURNED: 9,
}


class Fact(NamedTuple):
    """What of a step decides; ``status`` is ``""`` for what was not understood."""

    at: datetime
    status: str
    substatus: str
    is_correction: bool
    key: str  # the same for the same step: makes the order total


@dataclass(slots=True)
class State:
    """Where a parcel is. The defaults are those of a parcel nobody has told anything about."""

    status: str = PENDING
    substatus: str = ""
    status_at: datetime | None = None
    first_scan_at: datetime | None = None
    out_for_delivery_at: datetime | None = None
    last_news_at: datetime | None = None
    delivered_at: datetime | None = None
    trouble_after_delivery: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing is expected to move it any more."""
        return self.status == DELIVERED or (
            self.status == RETURNED and self.substatus == Substatus.RETURNED_TO_SENDER.value
        )


def counts_from(shipped_at: datetime | None) -> datetime | None:
    """Return the instant before which steps belong to an earlier life of the number."""
    return None if shipped_at is None else shipped_at - BEFORE_SHIPPING


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Return steps in the order in which they happened."""
    return sorted(
        facts,
        key=lambda f: (f.at, f.is_correction, RANK.get(f.status, -1), f.substatus, f.key),
    )


def state_of(facts: Iterable[Fact], begins: datetime | None) -> State:
    """Return where the steps leave a parcel.

    :param begins: steps before it do not count (:func:`counts_from`).
    """
    return walk(in_order(facts), begins)[0]


def walk(facts: Iterable[Fact], begins: datetime | None) -> tuple[State, list[bool]]:
    """Walk through ordered steps; returns the state and, for each step, whether it had effect."""
    state = State()
    effects = []
    for fact in facts:
        counts = bool(fact.status) and (begins is None or fact.at >= begins)
        effects.append(counts and _apply(state, fact))
    return state, effects


def _apply(state: State, fact: Fact) -> bool:
    status, at = fact.status, fact.at
    if status != EXPIRED:  # "we stopped to look" is no news of the parcel
        state.last_news_at = at
    if _is_scan(fact) and state.first_scan_at is None:
        state.first_scan_at = at
    if status == OUT_FOR_DELIVERY:
        state.out_for_delivery_at = at
    if state.status == DELIVERED and not fact.is_correction:
        if status == EXCEPTION:
            state.trouble_after_delivery = fact.substatus or Substatus.OTHER.value
            return False
        if status == DELIVERED and not state.substatus:
            state.substatus = fact.substatus  # "signed", told after the plain word
            return True
        if status != RETURNED:
            return False
    if state.status == RETURNED and not fact.is_correction:
        return _goes_back(state, fact)
    if status in _ANNOUNCED and state.status not in _ANNOUNCED and not fact.is_correction:
        return False
    if status == PENDING and state.status == INFO_RECEIVED:
        return False
    if status == DELIVERED:
        state.delivered_at = at
    elif fact.is_correction:
        state.delivered_at = None
        state.trouble_after_delivery = ""
    _set(state, fact)
    return True


def _goes_back(state: State, fact: Fact) -> bool:
    """Apply a step of a parcel on its way back to the sender."""
    arrived = Substatus.RETURNED_TO_SENDER.value
    if fact.status == DELIVERED:  # to the sender, that is
        state.status, state.substatus, state.status_at = RETURNED, arrived, fact.at
        return True
    if fact.status == RETURNED and state.substatus != arrived:
        _set(state, fact)
        return True
    return False


def _set(state: State, fact: Fact) -> None:
    if (state.status, state.substatus) != (fact.status, fact.substatus) or not state.status_at:
        state.status_at = fact.at
    state.status, state.substatus = fact.status, fact.substatus


def _is_scan(fact: Fact) -> bool:
    return (
        fact.status not in _ANNOUNCED
        and fact.status != EXPIRED
        and fact.substatus != Substatus.CANCELED.value
    )
