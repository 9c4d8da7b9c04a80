"""Reading the values in a condition's JSON: one function per type, each error in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from doorstep.kernel.conditions.facts import FactType
from doorstep.kernel.conditions.moments import (
    CLOCK_UNITS,
    DAY_UNITS,
    MAX_SPAN,
    FromNow,
    FromToday,
    Span,
)
from doorstep.kernel.errors import Invalid
from doorstep.kernel.money import Money, exponent, to_minor

MAX_TEXT = 1_000
MAX_MINOR = 2**63 - 1
_YEARS = range(1900, 2201)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class LiteralError(ValueError):
    """The value cannot be read; the message says what to write instead."""


def read_text(raw: Any) -> str:
    """Read a text that PostgreSQL can hold, too."""
    if not isinstance(raw, str):
        raise LiteralError("write a text in quotes")
    if raw == "":
        raise LiteralError("an empty text matches nothing: use is_not_set to ask for “empty”")
    if len(raw) > MAX_TEXT:
        raise LiteralError(f"keep the text under {MAX_TEXT} characters")
    if "\x00" in raw or any("\ud800" <= letter <= "\udfff" for letter in raw):
        raise LiteralError("the text holds characters that cannot be stored: remove them")
    return raw


def read_number(raw: Any) -> Decimal:
    """Read an exact number: a JSON number, or a decimal in quotes."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise LiteralError("write a number, such as 12 or “12.5”")
    try:
        value = Decimal(repr(raw) if isinstance(raw, float) else raw)
    except InvalidOperation:
        raise LiteralError(f"“{str(raw)[:40]}” is not a number") from None
    if not value.is_finite():
        raise LiteralError("write a finite number")
    digits = value.as_tuple()
    if value and (value.adjusted() > 20 or len(digits.digits) > 28):
        raise LiteralError("the number is too large")
    if isinstance(digits.exponent, int) and digits.exponent < -20:
        raise LiteralError("keep the number under 20 decimals")
    if not value:
        return Decimal(0)
    # 2, 2.0 and 2E0 are one number: one canonical form
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def read_count(raw: Any) -> int:
    """Read a whole number from 0 on."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= MAX_MINOR:
        raise LiteralError("write a whole number from 0 on")
    return raw


def read_bool(raw: Any) -> bool:
    """Read true or false."""
    if not isinstance(raw, bool):
        raise LiteralError("write true or false")
    return raw


def read_money(raw: Any) -> Money:
    """Read ``{"amount_minor": 4200, "currency": "EUR"}`` or ``{"amount": "42.00", …}``."""
    if not isinstance(raw, Mapping) or set(raw) not in (
        {"amount_minor", "currency"},
        {"amount", "currency"},
    ):
        raise LiteralError("write an amount and its currency: amount_minor (or amount), currency")
    currency, amount = raw["currency"], raw.get("amount_minor", raw.get("amount"))
    if not isinstance(currency, str):
        raise LiteralError("currency is a code such as “EUR”")
    try:
        exponent(currency)
        if "amount" in raw:
            if not isinstance(amount, str):
                raise LiteralError("write the amount in quotes, such as “42.00”")
            amount = to_minor(amount, currency)
    except Invalid as error:
        raise LiteralError(error.message) from None
    if isinstance(amount, bool) or not isinstance(amount, int) or abs(amount) > MAX_MINOR:
        raise LiteralError("amount_minor is a whole number of the smallest unit")
    return Money(amount, currency)


def read_day(raw: Any) -> date:
    """Read ``2026-05-03``."""
    if not isinstance(raw, str) or not _DAY.fullmatch(raw):
        raise LiteralError("write a day as 2026-05-03")
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        raise LiteralError(f"there is no day {raw}") from None
    if day.year not in _YEARS:
        raise LiteralError(f"the year is between {_YEARS[0]} and {_YEARS[-1]}")
    return day


def read_date(raw: Any) -> date | FromToday:
    """Read a day, or one counted from today: ``{"from_today": {"days": -30}}``."""
    if isinstance(raw, Mapping) and set(raw) == {"from_today"}:
        return FromToday(read_span(raw["from_today"], DAY_UNITS, signed=True))
    if isinstance(raw, Mapping):
        raise LiteralError('write a day, or {"from_today": {"days": -30}}')
    return read_day(raw)


def read_datetime(raw: Any) -> datetime | date | FromToday | FromNow:
    """Read an instant with its offset, a whole day of the store, or one counted from now."""
    if isinstance(raw, Mapping) and set(raw) == {"from_now"}:
        return FromNow(read_span(raw["from_now"], CLOCK_UNITS + DAY_UNITS, signed=True))
    if isinstance(raw, Mapping) or (isinstance(raw, str) and _DAY.fullmatch(raw)):
        return read_date(raw)
    try:
        instant = datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        raise LiteralError("write an instant as 2026-05-03T10:00:00+02:00, or a day") from None
    if instant.tzinfo is None:
        raise LiteralError("say the offset from UTC too, as in 2026-05-03T10:00:00+02:00")
    if instant.year not in _YEARS:
        raise LiteralError(f"the year is between {_YEARS[0]} and {_YEARS[-1]}")
    return instant.astimezone(UTC)


def read_span(raw: Any, units: tuple[str, ...], *, signed: bool = False) -> Span:
    """Read ``{"days": 30}``: one unit, a whole number."""
    choice = ", ".join(units)
    if not isinstance(raw, Mapping) or len(raw) != 1 or next(iter(raw)) not in units:
        raise LiteralError(f'write one unit and a number, such as {{"days": 30}} (units: {choice})')
    unit, count = next(iter(raw.items()))
    if isinstance(count, bool) or not isinstance(count, int):
        raise LiteralError(f"{unit} is a whole number")
    if abs(count) > MAX_SPAN[unit] or (not signed and count < 1):
        low = -MAX_SPAN[unit] if signed else 1
        raise LiteralError(f"{unit} is between {low} and {MAX_SPAN[unit]}")
    return Span(count, unit)


READERS: dict[FactType, Callable[[Any], Any]] = {
    FactType.TEXT: read_text,
    FactType.ENUM: read_text,
    FactType.SET: read_text,
    FactType.NUMBER: read_number,
    FactType.COUNT: read_count,
    FactType.MONEY: read_money,
    FactType.BOOL: read_bool,
    FactType.DATE: read_date,
    FactType.DATETIME: read_datetime,
}
