"""How often time alone can change who belongs to a segment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.api import Condition
from doorstep.kernel.conditions.moments import FromNow, FromToday, Span, day_start, local_day
from doorstep.kernel.conditions.tree import Comparison, comparisons
from doorstep.rooms.audiences.rules.asking import sql_of


class Pace(IntEnum):
    """How long the answer may stand until the clock has to be asked again, in seconds."""

    MINUTES = 5 * 60
    HOURS = 15 * 60
    DAYS = 60 * 60
    MIDNIGHT = 24 * 60 * 60  # only days of the calendar are asked for: they change at midnight


_CLOCK_SECONDS = 60  # a midnight sweep begins a minute after, so that no clock is ahead of it
_NIGHT = timedelta(hours=3)  # local time of the check


def pace_of(condition: Condition) -> Pace | None:
    """Return how often to sweep, None when only events can change who belongs."""
    paces = [pace for one in comparisons(condition.root) for pace in _paces(one)]
    return min(paces, default=None)


def _paces(comparison: Comparison) -> Iterator[Pace]:
    ref, operand = comparison.ref, comparison.operand
    if "{at}" in sql_of(ref.fact):
        yield Pace.DAYS
    if ref.window is not None and ref.window.last is not None:
        yield _of_span(ref.window.last)
    if comparison.op in ("within_last", "within_next"):
        yield Pace.MIDNIGHT if ref.fact.type == "date" else _of_span(operand)
        return
    for literal in operand if isinstance(operand, tuple) else (operand,):
        if isinstance(literal, FromNow):
            yield _of_span(literal.span)
        elif isinstance(literal, FromToday):
            yield Pace.MIDNIGHT


def _of_span(span: Span) -> Pace:
    if span.unit == "minutes":
        return Pace.MINUTES
    return Pace.HOURS if span.unit == "hours" else Pace.DAYS


def next_sweep(
    pace: Pace | None, at: datetime, zone: ZoneInfo, took_seconds: float = 0
) -> datetime | None:
    """Return when to sweep next after a sweep at ``at``.

    :param took_seconds: of the last one: sweeps of one segment take at most a twentieth of the
        time, so a slow one comes less often.
    """
    if pace is None:
        return None
    if pace is Pace.MIDNIGHT:
        tomorrow = day_start(local_day(at, zone) + timedelta(days=1), zone)
        return tomorrow + timedelta(seconds=_CLOCK_SECONDS)
    return at + timedelta(seconds=max(float(pace), took_seconds * 20))


def next_night(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the next three o'clock in the store's zone: when everything is compared."""
    tonight = day_start(local_day(at, zone), zone) + _NIGHT
    return (
        tonight
        if tonight > at
        else day_start(local_day(at, zone) + timedelta(days=1), zone) + _NIGHT
    )
