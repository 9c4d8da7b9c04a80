"""When a wait ends: pure arithmetic over time zones.

Days and weeks are counted on the wall clock of a zone, minutes and hours as elapsed time. A wall
clock time that the change of clocks skips is as much later as they skip (02:30 is 03:30 then); one
that comes twice is the first of both (PEP 495, fold 0).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from doorstep.rooms.journeys.rules.definition import Unit


@lru_cache(maxsize=1024)
def zone_named(name: str, fallback: str) -> ZoneInfo:
    """Return a time zone by its IANA name; the fallback for names that do not exist."""
    for candidate in (name, fallback):
        try:
            if candidate:
                return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def after(start: datetime, count: int, unit: Unit, zone: ZoneInfo) -> datetime:
    """Return the instant some span after ``start``, in UTC."""
    if unit == "minutes":
        return start.astimezone(UTC) + timedelta(minutes=count)
    if unit == "hours":
        return start.astimezone(UTC) + timedelta(hours=count)
    days = count * 7 if unit == "weeks" else count
    local = start.astimezone(zone)
    return at_clock(local.date() + timedelta(days=days), local.time(), zone)


def at_clock(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall clock time on a day, in UTC."""
    return datetime.combine(day, clock.replace(tzinfo=None, fold=0), tzinfo=zone).astimezone(UTC)


def until(
    start: datetime, weekdays: tuple[int, ...], opens: time, closes: time, zone: ZoneInfo
) -> datetime:
    """Return the first instant from ``start`` on that lies on a weekday within a window.

    :param weekdays: ISO weekdays, Monday is 1; at least one.
    """
    local = start.astimezone(zone)
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        if day.isoweekday() not in weekdays:
            continue
        begin, end = at_clock(day, opens, zone), at_clock(day, closes, zone)
        if start <= begin < end:
            return begin
        if begin <= start < end:
            return start.astimezone(UTC)
    raise AssertionError("a week holds each weekday")


def days_after(moment: datetime, days: int, clock: time | None, zone: ZoneInfo) -> datetime:
    """Return the instant some days after a moment, at a time of day where one is named."""
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=days)
    found = at_clock(day, clock or local.time(), zone)
    # "The same day at ten" of what arrived at noon is the next day's ten.
    if found < moment:
        found = at_clock(day + timedelta(days=1), clock or local.time(), zone)
    return found
