"""When a window ends: at the end of a day of the store, never in the middle of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from doorstep.rooms.returns.policy.effects import Window


@dataclass(frozen=True, slots=True)
class Extension:
    """A holiday extension: orders of these days may come back until a day.

    :param withdrawn_at: orders placed before it was taken back keep it.
    """

    name: str
    orders_from: date
    orders_to: date
    until_date: date
    words: dict[str, str]
    withdrawn_at: datetime | None = None

    def covers(self, placed_at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether it holds for an order placed then."""
        if self.withdrawn_at is not None and placed_at >= self.withdrawn_at:
            return False
        return self.orders_from <= placed_at.astimezone(zone).date() <= self.orders_to


def last_day(
    window: Window,
    *,
    ordered_at: datetime,
    delivered_on: date,
    zone: ZoneInfo,
    extensions: Iterable[Extension] = (),
) -> tuple[date | None, Extension | None]:
    """Return the last day of a window (None: without end), and the extension that made it later.

    A window of 30 days from 1 May is open through 31 May, to the end of that day in the store's
    zone.

    :param delivered_on: the store's day on which the thing arrived, or should have.
    """
    if window.days is None:
        return None, None
    start = ordered_at.astimezone(zone).date() if window.start == "order" else delivered_on
    end, longest = start + timedelta(days=window.days), None
    for extension in extensions:
        if extension.until_date > end and extension.covers(ordered_at, zone):
            end, longest = extension.until_date, extension
    return end, longest


def warranty_end(delivered_on: date, months: int) -> date:
    """Return the last day of a warranty: 31 January and a month end on the last of February."""
    return delivered_on + relativedelta(months=months)
