"""When a promise to ship is at risk and when it is broken. Pure, in the store's own days.

The law behind telling the shopper: 16 CFR 435.2(b) (United States) wants the buyer told of a
delay, with a definite new date, before the promised day is over or as soon as it is known.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from doorstep.rooms.orders.api import Calendar


def at_risk_from(
    ship_by: date, created_at: datetime, calendar: Calendar, *, cut_off_hour: int
) -> datetime:
    """Return when an unpacked sending begins to be at risk.

    At the cut-off hour of the working day before the ship-by day; what was planned later than
    that has until the cut-off of the day itself, and after that is at risk from the beginning.
    """
    hour = time(cut_off_hour)
    for day in (calendar.before(ship_by), ship_by):
        moment = datetime.combine(day, hour, calendar.zone)
        if moment > created_at:
            return moment
    return created_at


def missed_from(ship_by: date, calendar: Calendar) -> datetime:
    """Return when the ship-by day is over: midnight after it in the store's zone."""
    return datetime.combine(ship_by + timedelta(days=1), time.min, calendar.zone)


def new_ship_by(at: datetime, calendar: Calendar, *, catch_up_days: int) -> date:
    """Return the day by which a late sending leaves instead: so many working days from now."""
    return calendar.after(at.astimezone(calendar.zone).date(), catch_up_days)
