"""What a report says, as steps that can be kept: the instant that counts, and what is the same.

Pure: the same report received at the same instant gives the same steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.rooms.tracking.contracts import (
    ReportedCheckpoint,
    TrackingReport,
    TrackingStatus,
)
from doorstep.rooms.tracking.rules.zones import read_local

# Clocks differ a little; a step further ahead than this was not told in its own time.
AHEAD_AT_MOST = timedelta(minutes=10)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before it, a date is a mistake ("0001-01-01")
# Of a day without a time: what ends a journey comes last on its day, anything else first.
_ENDS = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED})
# Not understood, by the first character of the key: "what the store says it means" looks there.
NOT_UNDERSTOOD = "?"
_PLACES_TELL_APART = frozenset(
    {TrackingStatus.INFO_RECEIVED, TrackingStatus.IN_TRANSIT, TrackingStatus.EXCEPTION}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step, ready to be kept; see ``models.Checkpoint``."""

    at: datetime
    told: str
    is_clock_off: bool
    is_date_only: bool
    status: str
    substatus: str
    is_correction: bool
    code: str
    description: str
    city: str
    region: str
    postal_code: str
    country: str
    external_id: str
    raw: Mapping[str, Any]
    dedupe_key: str


def steps_of(report: TrackingReport, *, zone: ZoneInfo, received_at: datetime) -> list[Step]:
    """Return a report's steps; its summary is one where it has no others.

    :param zone: of the destination, for local times whose place does not decide.
    """
    if report.checkpoints:
        told = _completed(report)
    elif report.status is not None or report.status_code:
        told = [
            ReportedCheckpoint(
                report.status_at, report.status, report.substatus, code=report.status_code
            )
        ]
    else:
        return []
    return [_step(one, zone, received_at) for one in told]


def as_of(steps: Sequence[Step], received_at: datetime) -> datetime:
    """Return the instant that a report is about: its newest step's, else when it came."""
    return max((step.at for step in steps), default=received_at)


def _completed(report: TrackingReport) -> Sequence[ReportedCheckpoint]:
    """Give the newest step the report's summary where it has no status of its own."""
    if report.status is None or all(one.status is not None for one in report.checkpoints):
        return report.checkpoints
    # ISO text: what has a zone and what has none can't be compared, and within a source all
    # are of one kind.
    newest = max(report.checkpoints, key=lambda one: _told(one))
    if newest.status is not None:
        return report.checkpoints
    return [_with_summary(one, report) if one is newest else one for one in report.checkpoints]


def _with_summary(one: ReportedCheckpoint, report: TrackingReport) -> ReportedCheckpoint:
    return ReportedCheckpoint(
        occurred_at=one.occurred_at,
        status=report.status,
        substatus=report.substatus,
        code=one.code,
        description=one.description,
        city=one.city,
        region=one.region,
        postal_code=one.postal_code,
        country_code=one.country_code,
        external_id=one.external_id,
        is_date_only=one.is_date_only,
        is_correction=one.is_correction,
        raw=one.raw,
    )


def _told(one: ReportedCheckpoint) -> str:
    return one.occurred_at.isoformat() if one.occurred_at is not None else ""


def _step(one: ReportedCheckpoint, zone: ZoneInfo, received_at: datetime) -> Step:
    country = one.country_code.upper()
    if not is_country(country):
        country = ""
    named, at, is_clock_off = _instant(one, country, zone, received_at)
    return Step(
        at=at,
        told=_told(one),
        is_clock_off=is_clock_off,
        is_date_only=one.is_date_only,
        status=one.status.value if one.status else "",
        substatus=one.substatus.value if one.status else "",
        is_correction=one.is_correction,
        code=clean(one.code, 100),
        description=clean(one.description, 500),
        city=clean(one.city, 120),
        region=clean(one.region, 120),
        postal_code=clean(one.postal_code, 20),
        country=country,
        external_id=clean(one.external_id, 200),
        raw=one.raw,
        dedupe_key=_key(one, named),
    )


def _instant(
    one: ReportedCheckpoint, country: str, zone: ZoneInfo, received_at: datetime
) -> tuple[str, datetime, bool]:
    """Return how the instant is named in the key, which one counts, and whether it was changed."""
    received = _whole_minute(received_at)
    told = one.occurred_at
    if told is None or told.year <= EARLIEST.year:
        return "-", received, told is not None
    if one.is_date_only:
        return f"{told:%Y%m%d}", *_of_day(one, told.date(), country, zone, received)
    try:
        if told.tzinfo is None:
            told = read_local(told, country=country, region=one.region, zone=zone)
        at = _whole_minute(told.astimezone(UTC))
    except OverflowError:  # the year 9999 in a zone behind UTC
        return _told(one), received, True
    is_off = at > received_at + AHEAD_AT_MOST
    return f"{at:%Y%m%d%H%M}", min(at, received) if not is_off else received, is_off


def _of_day(
    one: ReportedCheckpoint, day: date, country: str, zone: ZoneInfo, received: datetime
) -> tuple[datetime, bool]:
    clock = time(23, 59) if one.status in _ENDS else time(0, 0)
    begins = read_local(
        datetime.combine(day, time(0, 0)), country=country, region=one.region, zone=zone
    )
    local = datetime.combine(day, clock).replace(tzinfo=begins.tzinfo)
    # Its day has not begun where it happened: that can't have happened yet.
    is_off = begins.timestamp() > (received + AHEAD_AT_MOST).timestamp()
    try:
        return min(local.astimezone(UTC), received), is_off
    except OverflowError:
        return received, True


def _whole_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _key(one: ReportedCheckpoint, named: str) -> str:
    """Return what is equal for the same step, whoever tells it.

    A scan told by the carrier and by an aggregator has the same minute and the same meaning; the
    place tells apart only what can happen at two places in one minute. Ids and words are each
    source's own, so they are in the key only of what was not understood.
    """
    if one.status is None:
        words = one.code or one.description
        return clean(f"{NOT_UNDERSTOOD}|{named}|{words}", 300)
    place = _letters(one.city) if one.status in _PLACES_TELL_APART else ""
    mark = "!" if one.is_correction else ""
    return f"{mark}{named}|{one.status.value}|{one.substatus.value}|{place}"[:300]


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def clean(text: str, longest: int) -> str:
    """Return a text that can be stored: no NUL, no half characters, not too long."""
    return text.replace("\x00", "").encode(errors="replace").decode()[:longest].strip()


def is_country(code: str) -> bool:
    """Tell whether a text has the form of an ISO 3166-1 alpha-2 code."""
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()
