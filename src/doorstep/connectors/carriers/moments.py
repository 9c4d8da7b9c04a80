"""Times as carriers write them.

What names an offset or a zone becomes aware; what does not stays naive (local to where it
happened): guessing a zone here would be wrong silently, the room that knows the place decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from doorstep.connectors.carriers.reading import text

FIRST_YEAR, LAST_YEAR = 1990, 2099

# Abbreviations that North American carriers write, as fixed offsets in hours.
_ZONES = {
    "UTC": 0.0, "GMT": 0.0, "Z": 0.0, "NST": -3.5, "NDT": -2.5, "AST": -4.0, "ADT": -3.0,
    "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0,
    "PDT": -7.0, "AKST": -9.0, "AKDT": -8.0, "HST": -10.0, "CET": 1.0, "CEST": 2.0, "BST": 1.0,
    "AEST": 10.0, "AEDT": 11.0, "ACST": 9.5, "ACDT": 10.5, "AWST": 8.0, "JST": 9.0,
}  # fmt: skip
_MONTHS = {
    name: place
    for place, names in enumerate(
        (
            "jan january janvier januar enero gennaio", "feb february fevrier février februar",
            "mar march mars marz märz marzo", "apr april avril abril aprile", "may mai mayo maggio",
            "jun june juin juni junio giugno", "jul july juillet juli julio luglio",
            "aug august aout août agosto", "sep sept september septembre septiembre settembre",
            "oct october octobre oktober octubre ottobre okt", "nov november novembre noviembre",
            "dec december decembre décembre dezember diciembre dicembre dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_ISO = re.compile(
    r"(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})"
    r"(?:[T\s:]+(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?))?"
    r"\s*(?P<zone>Z|z|(?:GMT|UTC)?\s*[+-]\d{1,2}:?\d{0,2}(?::\d{2})?|[A-Z]{3,4})?"
)
_NAMED = re.compile(
    r"(?:(?P<m1>[^\W\d_]{3,10})\.?\s+(?P<d1>\d{1,2})(?:st|nd|rd|th)?"
    r"|(?P<d2>\d{1,2})(?:st|nd|rd|th|er)?\.?[\s-]+(?P<m2>[^\W\d_]{3,10})\.?)"
    r",?[\s-]+(?P<year>\d{4})(?P<rest>.*)"
)
_SLASHED = re.compile(
    r"(?P<a>\d{1,2})(?P<sign>[/.-])(?P<b>\d{1,2})[/.-](?P<year>\d{4})(?P<rest>.*)"
)
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})[:.hH](?P<m>\d{2})(?:[:.](?P<s>\d{2}))?(?:[.,]\d+)?\s*(?P<half>[AaPp])?\.?[Mm]?\.?"
)
_NUMBER = re.compile(r"(\d{1,20})(?:\.\d{1,9})?", re.ASCII)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*(?P<sign>[+-])(?P<h>\d{1,2}):?(?P<m>\d{2})?(?::\d{2})?")


@dataclass(frozen=True, slots=True)
class When:
    """A point in time as a source gives it: aware, naive, a day alone, or not at all."""

    at: datetime | None = None
    is_date_only: bool = False

    def day(self) -> date | None:
        """Return the date as it is written at the source."""
        return None if self.at is None else self.at.date()


NEVER = When()


def read_zone(name: str) -> tzinfo | None:
    """Return the zone of an offset ("-05:00", "GMT+2"), an abbreviation or an IANA name."""
    wanted = name.strip()
    if not wanted:
        return None
    hours = _ZONES.get(wanted.upper())
    if hours is not None:
        return timezone(timedelta(hours=hours))
    found = _OFFSET.fullmatch(wanted)
    if found:
        delta = timedelta(hours=int(found["h"]), minutes=int(found["m"] or 0))
        if delta < timedelta(hours=24):
            return timezone(-delta if found["sign"] == "-" else delta)
    if "/" in wanted and len(wanted) < 60:
        try:
            return ZoneInfo(wanted)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    return None


def read_clock(words: str) -> time | None:
    """Return a time of day: "9:01 am", "13:10 PM" (which means 13:10), "172300", "0713"."""
    words = words.strip()
    if words.isdigit() and len(words) in (3, 4, 5, 6):
        padded = words.zfill(4) if len(words) <= 4 else words.zfill(6)
        hour, minute, second = int(padded[:2]), int(padded[2:4]), int(padded[4:6] or 0)
    else:
        found = _CLOCK.match(words)
        if found is None:
            return None
        hour, minute, second = int(found["h"]), int(found["m"]), int(found["s"] or 0)
        half = (found["half"] or "").lower()
        if half == "p" and hour < 12:
            hour += 12
        elif half == "a" and hour == 12:
            hour = 0
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        return None
    return time(hour, minute, min(second, 59))


def read_when(value: Any, *, zone: str = "", day_first: bool = False) -> When:
    """Read a date or time in any of the carriers' ways; nothing readable is ``NEVER``.

    :param zone: an offset or zone that the source gives beside it.
    :param day_first: whether 04/05/2026 is the 4th of May; else it is the 5th of April.
    """
    if isinstance(value, bool):
        return NEVER
    words = text(value, limit=80)
    if not words:
        return NEVER
    try:
        return _with_zone(_read(words, day_first), zone)
    except (ValueError, OverflowError, OSError):
        return NEVER


def _with_zone(found: When, zone: str) -> When:
    known = read_zone(zone) if zone else None
    if known is None or found.at is None or found.at.tzinfo or found.is_date_only:
        return found
    return When(found.at.replace(tzinfo=known))


def _read(words: str, day_first: bool) -> When:
    number = _NUMBER.fullmatch(words)
    if number:
        return _read_digits(number[1])
    iso = _ISO.match(words)
    if iso:
        year, month, day = (int(part) for part in re.split("[-/]", iso["date"]))
        return _build(year, month, day, iso["time"] or "", iso["zone"] or "")
    named = _NAMED.match(words)
    if named:
        named_month = _MONTHS.get((named["m1"] or named["m2"]).lower())
        if named_month:
            rest = named["rest"].strip(" ,")
            return _build(int(named["year"]), named_month, int(named["d1"] or named["d2"]), rest)
    slashed = _SLASHED.match(words)
    if slashed:
        first, second = int(slashed["a"]), int(slashed["b"])
        is_day_first = day_first or slashed["sign"] == "." or first > 12
        day, month = (first, second) if is_day_first else (second, first)
        return _build(int(slashed["year"]), month, day, slashed["rest"].strip(" ,"))
    return NEVER


def _read_digits(digits: str) -> When:
    """Read 20240131, 202401311405[09], or seconds or milliseconds since 1970."""
    if len(digits) == 8:
        return _build(int(digits[:4]), int(digits[4:6]), int(digits[6:]), "")
    if len(digits) in (12, 14) and digits[:2] in ("19", "20"):
        clock = f"{digits[8:10]}:{digits[10:12]}:{digits[12:14] or '00'}"
        return _build(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), clock)
    if len(digits) in (9, 10, 13):
        seconds = int(digits) / (1000 if len(digits) == 13 else 1)
        return _in_range(datetime.fromtimestamp(seconds, UTC))
    return NEVER


def _build(year: int, month: int, day: int, clock: str, zone: str = "") -> When:
    when = read_clock(clock) if clock else None
    if when is None:
        return _in_range(datetime(year, month, day), is_date_only=True)
    moment = datetime.combine(date(year, month, day), when)
    if not zone and clock:
        tail = _CLOCK.sub("", clock, count=1).strip()
        zone = tail if read_zone(tail) else ""
    known = read_zone(zone) if zone else None
    return _in_range(moment.replace(tzinfo=known) if known else moment)


def _in_range(moment: datetime, *, is_date_only: bool = False) -> When:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return NEVER
    return When(moment, is_date_only)


def join(day: Any, clock: Any, *, zone: str = "", day_first: bool = False) -> When:
    """Join a date and a time of day that stand in two fields."""
    found = read_when(day, day_first=day_first)
    if found.at is None:
        return NEVER
    if not found.is_date_only:
        return _with_zone(found, zone)
    when = read_clock(text(clock, limit=40))
    if when is None:
        return found
    moment = datetime.combine(found.at.date(), when)
    known = read_zone(zone) if zone else None
    return When(moment.replace(tzinfo=known) if known else moment)
