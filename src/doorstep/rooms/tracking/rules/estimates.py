"""When a parcel should arrive: whose word counts, and why it is not what it was.

Pure. Days are store-local; what is known beside the steps comes as ``said``:

* ``estimate``: ``[as of, from, to]``, the carrier's own;
* ``service``: ``[from, to]``, from the service level's usual time on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus
from doorstep.rooms.tracking.rules.status import State

SATURDAY = 5
_TROUBLE = {
    Substatus.WEATHER: "weather",
    Substatus.CUSTOMS_HELD: "customs",
    Substatus.PAYMENT_DUE: "customs",
    Substatus.CUSTOMS: "customs",
    Substatus.ADDRESS_PROBLEM: "address_problem",
}
_MOVES = frozenset({TrackingStatus.IN_TRANSIT, TrackingStatus.OUT_FOR_DELIVERY})
Range = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Expected:
    """The days on which a parcel is expected, and who says so."""

    from_date: date | None = None
    to_date: date | None = None
    source: str = ""
    is_sure: bool = False


def expect(
    state: State,
    said: Mapping[str, Any],
    promised: tuple[date | None, date | None],
    *,
    zone: ZoneInfo,
    closed: frozenset[date] = frozenset(),
) -> Expected:
    """Return what is expected now: the carrier's word, the usual time, or the order's promise.

    A parcel out for delivery is expected that day; after a failed attempt the next working day,
    unless the carrier named another day since.

    :param promised: first and last day that the order was promised for.
    :param closed: days on which nothing is delivered, beside Sundays and Saturdays.
    """
    carrier, told_at = _carriers(said)
    if state.status_at is not None:
        day = state.status_at.astimezone(zone).date()
        is_older = told_at is None or told_at <= state.status_at
        if state.status == TrackingStatus.OUT_FOR_DELIVERY:
            return Expected(day, day, "carrier", is_sure=True)
        if state.status == TrackingStatus.ATTEMPT_FAILED and (
            carrier is None or is_older or carrier[1] <= day
        ):
            again = next_working_day(day, closed)
            return Expected(again, again, "carrier")
    if carrier is not None:
        is_sure = carrier[0] == carrier[1] and state.status in _MOVES
        return Expected(*carrier, "carrier", is_sure)
    if service := said.get("service"):
        return Expected(date.fromisoformat(service[0]), date.fromisoformat(service[1]), "service")
    first, last = promised
    if last is None:
        return Expected()
    return Expected(first or last, last, "order")


def _carriers(said: Mapping[str, Any]) -> tuple[Range | None, datetime | None]:
    if not (told := said.get("estimate")):
        return None, None
    told_at = datetime.fromisoformat(told[0])
    return (date.fromisoformat(told[1]), date.fromisoformat(told[2])), told_at


def why_revised(state: State, before: date | None, after: date | None) -> str:
    """Return why the last day moved, in one of ``contracts.EstimateView``'s words."""
    if before is None or after is None:
        return "" if before is None else "other"
    if after <= before:
        return "carrier_update"
    if state.status == TrackingStatus.ATTEMPT_FAILED:
        return "missed_delivery"
    return _TROUBLE.get(Substatus(state.substatus), "carrier_delay")


def next_working_day(day: date, closed: frozenset[date]) -> date:
    """Return the first day after ``day`` on which things are delivered."""
    day += timedelta(days=1)
    while day.weekday() >= SATURDAY or day in closed:
        day += timedelta(days=1)
    return day


def add_working_days(day: date, count: int, closed: frozenset[date]) -> date:
    """Return the ``count``-th working day after ``day``, not counting ``day`` itself."""
    for _ in range(count):
        day = next_working_day(day, closed)
    return day


def usual_time(
    shipped_at: datetime, days: tuple[int, int], *, zone: ZoneInfo, closed: frozenset[date]
) -> Range:
    """Return first and last day of arrival by a service level's usual working days on the way."""
    left = shipped_at.astimezone(zone).date()
    return (
        add_working_days(left, days[0], closed),
        add_working_days(left, max(days), closed),
    )
