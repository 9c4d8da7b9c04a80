"""Show money, numbers and dates in a language, fast.

Babel takes 20 to 60 µs a value; an order mail shows a dozen amounts, and the same amounts and
dates come again and again (shipping 4,95 €, today). So every answer is remembered.
"""

from __future__ import annotations

from copy import copy
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime, format_interval, format_skeleton, format_time
from babel.numbers import NumberPattern, format_decimal

from doorstep.kernel.money import exponent, from_minor
from doorstep.rooms.messaging.templating.locales import babel_locale

DATE_STYLES = ("short", "medium", "long", "full", "day")
_DAY_SKELETON = "MMMEd"  # Tue, Nov 24: the year goes without saying for a parcel


@lru_cache(maxsize=16_384)
def show_money(minor: int, currency: str, locale: str) -> str:
    """Show minor units of a currency with its symbol and the decimals ISO 4217 gives it.

    The digits are forced: CLDR rounds some currencies (IQD) for display, a bill must not.
    """
    shown: str = _money_pattern(locale, exponent(currency)).apply(
        from_minor(minor, currency),
        babel_locale(locale),
        currency=currency,
        currency_digits=False,
    )
    return shown


@lru_cache(maxsize=256)
def _money_pattern(locale: str, digits: int) -> NumberPattern:
    pattern = copy(babel_locale(locale).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


@lru_cache(maxsize=4_096)
def show_number(value: int | float, locale: str) -> str:
    """Show a plain number with the language's separators."""
    return format_decimal(value, locale=babel_locale(locale))


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return a time zone, UTC when the name is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def read_moment(value: object, time_zone: str) -> date | datetime | None:
    """Read a context value: ISO date, ISO instant, date or datetime; None when empty.

    Instants are moved into ``time_zone``.

    :raises ValueError: text that is neither.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value.astimezone(zone(time_zone)) if value.tzinfo else value
    if isinstance(value, date):
        return value
    raise ValueError(f"expected a date, found {type(value).__name__}")


@lru_cache(maxsize=8_192)
def show_date(value: object, style: str, locale: str, time_zone: str) -> str:
    """Show a date: ``short``, ``medium``, ``long``, ``full``, or ``day`` (Tue, Nov 24)."""
    moment = read_moment(value, time_zone)
    if moment is None:
        return ""
    if style == "day":
        return format_skeleton(_DAY_SKELETON, moment, locale=babel_locale(locale))
    if style not in DATE_STYLES:
        raise ValueError(f"a date is shown as one of {', '.join(DATE_STYLES)}, not “{style}”")
    return format_date(moment, format=style, locale=babel_locale(locale))


@lru_cache(maxsize=8_192)
def show_datetime(value: object, style: str, locale: str, time_zone: str) -> str:
    """Show date and time of day in the shopper's zone."""
    moment = read_moment(value, time_zone)
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return show_date(value, style, locale, time_zone)
    if style not in DATE_STYLES[:4]:
        raise ValueError(f"date and time are shown as short, medium, long or full, not “{style}”")
    return format_datetime(
        moment, format=style, locale=babel_locale(locale), tzinfo=zone(time_zone)
    )


@lru_cache(maxsize=4_096)
def show_time(value: object, locale: str, time_zone: str) -> str:
    """Show the time of day in the shopper's zone."""
    moment = read_moment(value, time_zone)
    if not isinstance(moment, datetime):
        return ""
    return format_time(moment, format="short", locale=babel_locale(locale), tzinfo=zone(time_zone))


@lru_cache(maxsize=8_192)
def show_date_range(first: object, last: object, locale: str, time_zone: str) -> str:
    """Show two dates as one range (Nov 24 – 26); one date when they are the same or one lacks."""
    start, end = read_moment(first, time_zone), read_moment(last, time_zone)
    if start is None or end is None or _day(start) == _day(end):
        return show_date(last if start is None else first, "day", locale, time_zone)
    return format_interval(_day(start), _day(end), _DAY_SKELETON, locale=babel_locale(locale))


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
