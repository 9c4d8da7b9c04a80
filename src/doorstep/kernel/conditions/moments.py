"""Dates and instants in a condition: fixed, or relative to ``at`` in the store's zone.

A day is the store's day. Its bounds come from the zone's rules, so a day may have 23, 24 or 25
hours; a midnight that the clocks skip is the instant they skip at, and one that happens twice is
the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

CLOCK_UNITS = ("minutes", "hours")
DAY_UNITS = ("days", "weeks", "months", "years")
MAX_SPAN = {"minutes": 1_000_000, "hours": 100_000, "days": 36_500, "weeks": 5_200}
MAX_SPAN |= {"months": 1_200, "years": 100}


@dataclass(frozen=True, slots=True)
class Span:
    """A number of one unit: 30 days. Days and longer are counted on the calendar."""

    count: int
    unit: str

    def to_json(self) -> dict[str, int]:
        return {self.unit: self.count}

    def __str__(self) -> str:
        unit = self.unit[:-1] if abs(self.count) == 1 else self.unit
        return f"{abs(self.count)} {unit}"


@dataclass(frozen=True, slots=True)
class FromToday:
    """A day counted from the store's today."""

    span: Span


@dataclass(frozen=True, slots=True)
class FromNow:
    """An instant counted from ``at``."""

    span: Span


Literal = date | datetime | FromToday | FromNow


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the store's calendar day at an instant."""
    return at.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant a day starts in a zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def shift_day(day: date, span: Span) -> date:
    """Move a day on the calendar; the 31st plus one month is the month's last day."""
    return day + _delta(span)


def shift_instant(at: datetime, span: Span, zone: ZoneInfo) -> datetime:
    """Move an instant: minutes and hours as elapsed time, the rest on the zone's wall clock."""
    if span.unit in CLOCK_UNITS:
        return at.astimezone(UTC) + timedelta(**{span.unit: span.count})
    wall = at.astimezone(zone).replace(tzinfo=None, fold=0) + _delta(span)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _delta(span: Span) -> relativedelta:
    # relativedelta's stubs want each keyword spelled out
    return {
        "days": relativedelta(days=span.count),
        "weeks": relativedelta(weeks=span.count),
        "months": relativedelta(months=span.count),
        "years": relativedelta(years=span.count),
    }[span.unit]


def settle(literal: Literal, at: datetime, zone: ZoneInfo) -> date | datetime:
    """Turn a literal into the day or instant it means at ``at``."""
    if isinstance(literal, FromToday):
        return shift_day(local_day(at, zone), literal.span)
    if isinstance(literal, FromNow):
        return shift_instant(at, literal.span, zone)
    return literal


def backwards(span: Span) -> Span:
    """Return the same span into the past."""
    return Span(-span.count, span.unit)
