"""A comparison settled at a moment: what both engines carry out, and nothing else.

The clock, the zone and the operators' meanings are worked out here, once. What is left is a
handful of tests so plain that Python and PostgreSQL cannot disagree about them:

* a comparison with an unknown value is false, ``ne`` and ``not_in`` included;
* an empty text is unknown; nothing in a set is the empty set; a count of nothing is 0;
* texts are compared by code point (``COLLATE "C"``), money within one currency only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.facts import FactType, Window
from doorstep.kernel.conditions.folding import fold
from doorstep.kernel.conditions.moments import (
    backwards,
    day_start,
    local_day,
    settle,
    shift_day,
    shift_instant,
)
from doorstep.kernel.conditions.tree import Comparison, WindowSpec


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between two ends, each left out (None), included or not."""

    low: Any = None
    high: Any = None
    low_open: bool = False
    high_open: bool = False
    outside: bool = False  # known, but not between


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equal to one of the values, or (``outside``) known and equal to none."""

    values: tuple[Any, ...]
    outside: bool = False
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Holds:
    """A text with the part at a place: anywhere, start, end."""

    part: str
    place: str
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Has:
    """A set with any, or with all, of the values."""

    values: tuple[str, ...]
    every: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Has a value, or (``unknown``) has none."""

    unknown: bool = False


Test = Bounds | OneOf | Holds | Has | Known
_PLACES = {"contains": "anywhere", "starts_with": "start", "ends_with": "end"}


def settle_comparison(comparison: Comparison, at: datetime, zone: ZoneInfo) -> Test:
    """Work out what a comparison means at ``at`` in the store's zone."""
    op, operand = comparison.op, comparison.operand
    if op in ("is_set", "is_not_set"):
        return Known(unknown=op == "is_not_set")
    kind = comparison.ref.fact.type
    if kind is FactType.SET:
        values = operand if isinstance(operand, tuple) else (operand,)
        return Has(values, every=op == "contains_all")
    if kind in (FactType.DATE, FactType.DATETIME):
        return _dated(comparison, at, zone)
    if comparison.ignore_case:
        operand = tuple(map(fold, operand)) if isinstance(operand, tuple) else fold(operand)
    if op in _PLACES:
        return Holds(operand, _PLACES[op], comparison.ignore_case)
    if op in ("eq", "ne"):
        return OneOf((operand,), op == "ne", comparison.ignore_case)
    if op in ("in", "not_in"):
        return OneOf(operand, op == "not_in", comparison.ignore_case)
    return _bounds(op, operand)


def _bounds(op: str, operand: Any) -> Bounds:
    if op == "between":
        return Bounds(low=operand[0], high=operand[1])
    if op in ("lt", "lte"):
        return Bounds(high=operand, high_open=op == "lt")
    return Bounds(low=operand, low_open=op == "gt")


def _dated(comparison: Comparison, at: datetime, zone: ZoneInfo) -> Bounds:
    """Turn every comparison of days and instants into ends of a span."""
    op, operand = comparison.op, comparison.operand
    of_days = comparison.ref.fact.type is FactType.DATE
    if op in ("within_last", "within_next"):
        span = backwards(operand) if op == "within_last" else operand
        here = local_day(at, zone) if of_days else at
        there: Any = (
            shift_day(local_day(at, zone), span) if of_days else shift_instant(at, span, zone)
        )
        return Bounds(low=min(here, there), high=max(here, there))
    pair = operand if op == "between" else (operand, operand)
    low, high = (settle(literal, at, zone) for literal in pair)
    if op in ("eq", "ne", "between"):
        first, last = _span_of(low, zone, of_days), _span_of(high, zone, of_days)
        return Bounds(first[0], last[1], high_open=last[2], outside=op == "ne")
    start, end, open_end = _span_of(low, zone, of_days)
    match op:
        case "lt":
            return Bounds(high=start, high_open=True)
        case "lte":
            return Bounds(high=end, high_open=open_end)
        case "gt":
            return Bounds(low=end, low_open=not open_end)
        case _:
            return Bounds(low=start)


def _span_of(literal: date | datetime, zone: ZoneInfo, of_days: bool) -> tuple[Any, Any, bool]:
    """Return where a literal starts and ends, and whether the end is left out."""
    if of_days or isinstance(literal, datetime):
        return literal, literal, False
    return day_start(literal, zone), day_start(literal + timedelta(days=1), zone), True


def settle_window(spec: WindowSpec | None, at: datetime, zone: ZoneInfo) -> Window:
    """Return the span a windowed fact counts in; never beyond ``at``."""
    if spec is None:
        return Window(None, at)
    if spec.last is not None:
        return Window(shift_instant(at, backwards(spec.last), zone), at)
    # A window leaves out its start, a day includes it: step back by the clock's smallest tick.
    tick = timedelta(microseconds=1)
    start = day_start(spec.first_day, zone) - tick if spec.first_day else None
    end = day_start(spec.last_day + timedelta(days=1), zone) - tick if spec.last_day else at
    return Window(start, min(end, at))


def satisfies(test: Test, value: Any) -> bool:
    """Carry out a settled test on one value, as Python's half of the two engines."""
    match test:
        case Known():
            return (value is None or value == frozenset()) == test.unknown
        case Has():
            wanted = frozenset(test.values)
            return wanted <= value if test.every else bool(wanted & value)
    if value is None:
        return False
    match test:
        case OneOf():
            return _one_of(test, value)
        case Holds():
            text = fold(value) if test.folded else value
            if test.place == "start":
                return bool(text.startswith(test.part))
            return bool(text.endswith(test.part)) if test.place == "end" else test.part in text
        case Bounds():
            return _between(test, value)
    raise TypeError(f"{test!r} is not a settled test")


def _one_of(test: OneOf, value: Any) -> bool:
    currency = getattr(value, "currency", None)
    if currency is not None and currency != test.values[0].currency:
        return False
    found = (fold(value) if test.folded else value) in test.values
    return found is not test.outside


def _between(test: Bounds, value: Any) -> bool:
    low, high = test.low, test.high
    currency = getattr(value, "currency", None)
    if currency is not None:
        ends = [end for end in (low, high) if end is not None]
        if any(end.currency != currency for end in ends):
            return False
        value = value.amount_minor
        low, high = (end.amount_minor if end is not None else None for end in (low, high))
    above = low is None or (value > low if test.low_open else value >= low)
    below = high is None or (value < high if test.high_open else value <= high)
    return (above and below) is not test.outside
