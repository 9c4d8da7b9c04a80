"""When a gift arrives: on the morning of its day, where its recipient lives."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from doorstep.kernel.errors import Invalid

MORNING = time(9, 0)


def morning_of(day: date, time_zone: str) -> datetime:
    """Return nine o'clock of a day in a time zone (IANA name), in UTC.

    :raises Invalid: there is no such time zone.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            f"“{time_zone[:60]}” is not a time zone. Write one like Europe/Berlin.",
            field="recipient_time_zone",
        ) from None
    return datetime.combine(day, MORNING, zone).astimezone(UTC)
