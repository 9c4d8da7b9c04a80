"""Show dates and money to a shopper, in the shopper's language and the store's time zone."""

from __future__ import annotations

import re
from copy import copy
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import NumberPattern, format_decimal

from doorstep.kernel.money import exponent, from_minor

# CLDR's currencySpacing, which Babel leaves out: "KWD 6.500", not "KWD6.500"
_LETTER_BY_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_DASH = re.compile(r"[\u00a0\u2009\u202f]–[\u00a0\u2009\u202f]")
_REMEMBERED = 4096  # a page says each day and price several times, and so do the pages after it
_DAY_SKELETON = "MMMEd"  # Tue, Nov 24: for a parcel the year goes without saying


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@lru_cache(maxsize=_REMEMBERED)
def show_money(amount_minor: int, currency: str, language: str) -> str:
    """Show minor units with the currency's symbol and exactly its ISO 4217 decimals.

    The digits are forced: CLDR rounds some currencies for display, and a bill must not.
    """
    text = _money_pattern(language, exponent(currency)).apply(
        from_minor(amount_minor, currency),
        _locale(language),
        currency=currency,
        currency_digits=False,
    )
    return _LETTER_BY_DIGIT.sub("\u00a0", text)


@lru_cache(maxsize=64)
def _money_pattern(language: str, digits: int) -> NumberPattern:
    pattern = copy(_locale(language).currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


@lru_cache(maxsize=_REMEMBERED)
def show_number(value: int, language: str) -> str:
    """Show a whole number with the language's separators."""
    return format_decimal(value, locale=_locale(language))


@lru_cache(maxsize=_REMEMBERED)
def show_day(day: date, language: str) -> str:
    """Show a day near today: "Tue, Nov 24"."""
    return _bind(format_skeleton(_DAY_SKELETON, day, locale=_locale(language)))


@lru_cache(maxsize=_REMEMBERED)
def show_days(first: date, last: date, language: str) -> str:
    """Show a range of days as the language writes one, a single day when both are the same."""
    if first == last:
        return show_day(first, language)
    return _bind(format_interval(first, last, _DAY_SKELETON, locale=_locale(language)))


def local_day(at: datetime, time_zone: str) -> date:
    """Return the date of an instant at the store."""
    return at.astimezone(_zone(time_zone)).date()


def show_date(at: datetime, language: str, time_zone: str) -> str:
    """Show the date of an instant with its year: "November 18, 2026"."""
    return _show_date(local_day(at, time_zone), language)


@lru_cache(maxsize=_REMEMBERED)
def _show_date(day: date, language: str) -> str:
    return format_date(day, "long", locale=_locale(language))


def show_moment(at: datetime, language: str, time_zone: str) -> tuple[str, str]:
    """Show the day and the time of an instant apart: ("Wed, Nov 18", "2:20 PM")."""
    local = at.astimezone(_zone(time_zone))
    return (
        show_day(local.date(), language),
        _show_time(local.time().replace(second=0, microsecond=0), language),
    )


@lru_cache(maxsize=_REMEMBERED)
def _show_time(value: time, language: str) -> str:
    text = format_time(value, "short", locale=_locale(language))
    return text.replace("\u202f", "\u00a0")


def _bind(text: str) -> str:
    """Keep a date on one line; a range may break after its dash only."""
    bound = text.replace(" ", "\u00a0")
    return _DASH.sub("\u00a0– ", bound)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # A store's zone is checked when it is saved; a zone that a later tz release dropped
        # must not take the shoppers' pages down.
        return ZoneInfo("UTC")
