"""When an order goes out and arrives: working days from production and transit times.

Pure calendar arithmetic on the store's local days. Saturdays, Sundays and the store's closed
dates are not worked on: nothing is made, handed over or (as far as we promise) delivered then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.rooms.orders.contracts import Estimate, OrderSettings
from doorstep.rooms.stores.contracts import StoreInfo

SATURDAY = 5
Days = tuple[int, int]  # fewest and most working days

NO_ESTIMATE = Estimate(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A store's working days and its usual times."""

    zone: ZoneInfo
    production: Days
    transit: Days
    closed: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Tell whether something is made or moved on this day."""
        return day.weekday() < SATURDAY and day not in self.closed

    def after(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``; with 0 the next one from it on."""
        return add_working_days(day, count, self)

    def before(self, day: date) -> date:
        """Return the last working day before ``day``."""
        day -= timedelta(days=1)
        while not self.is_working(day):
            day -= timedelta(days=1)
        return day


def calendar_of(store: StoreInfo, settings: OrderSettings) -> Calendar:
    """Return a store's working days and usual times."""
    return Calendar(
        zone=ZoneInfo(store.timezone),
        production=(store.production_days_min, store.production_days_max),
        transit=(store.transit_days_min, store.transit_days_max),
        closed=frozenset(settings.closed_dates),
    )


def add_working_days(day: date, count: int, calendar: Calendar) -> date:
    """Return the ``count``-th working day after ``day``; with 0 the next one from ``day`` on."""
    while not calendar.is_working(day):
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while not calendar.is_working(day):
            day += timedelta(days=1)
    return day


def made_to_order(days: Iterable[Days | None]) -> Days | None:
    """Return how long all of it takes: the slowest line decides. None: nothing is made."""
    known = [pair for pair in days if pair is not None]
    return (max(low for low, _ in known), max(high for _, high in known)) if known else None


def estimate(
    start: datetime, calendar: Calendar, *, production: Days | None, ships: bool
) -> Estimate:
    """Return ship-by day and the range of arrival of an order that can be begun at ``start``.

    :param production: working days of what is made to order, None: the store's usual days.
    :param ships: False for what is not shipped: then there are no dates.
    """
    low, high = production or (None, None)
    if not ships:
        return Estimate(None, None, None, low, high)
    fewest, most = production or calendar.production
    day = start.astimezone(calendar.zone).date()
    earliest_out = add_working_days(day, fewest, calendar)
    ship_by = add_working_days(day, max(most, fewest), calendar)
    return Estimate(
        ship_by_date=ship_by,
        delivery_from_date=add_working_days(earliest_out, calendar.transit[0], calendar),
        delivery_to_date=add_working_days(ship_by, max(calendar.transit), calendar),
        production_days_min=low,
        production_days_max=high,
    )
