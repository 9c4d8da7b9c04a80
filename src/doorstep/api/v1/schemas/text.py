"""Text, numbers and times that the database can hold; nothing is read as what it is not."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field


def _clean(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode") from None
    return value


def time_as_text(value: Any) -> Any:
    """Refuse a time that is a number, or digits in quotes: they'd be taken for seconds since 1970.

    :raises ValueError: no date and time as text (RFC 3339).
    """
    if isinstance(value, datetime) or (isinstance(value, str) and _DAY.match(value)):
        return value
    raise ValueError("must be a date and time as text (RFC 3339)")


def _day_as_text(value: Any) -> Any:
    # A number would be taken for seconds since 1970, a time at midnight for its day.
    if type(value) is date or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("must be a date as text: YYYY-MM-DD")


def _sensible(value: datetime) -> datetime:
    # Compared as years: the ends of the calendar have no place in another time zone.
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"must be between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return value.astimezone(UTC)


def _sensible_day(value: date) -> date:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"must be between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return value


_FIRST_YEAR, _LAST_YEAR = 1971, 2199
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Short = Annotated[str, Field(max_length=500), AfterValidator(_clean)]
Line = Annotated[str, Field(max_length=255), AfterValidator(_clean)]
Long = Annotated[str, Field(max_length=10_000), AfterValidator(_clean)]
CareText = Annotated[str, Field(max_length=4_000), AfterValidator(_clean)]
Identifier = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_clean)]
# Far beyond any sale, far below what a 64-bit sum of 1,000 lines can hold.
Minor = Annotated[int, Field(strict=True, ge=0, le=10**14)]
SignedMinor = Annotated[int, Field(strict=True, ge=-(10**14), le=10**14)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2})?$", examples=["DE"])]
Locale = Annotated[str, Field(max_length=35, pattern=r"^([A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*)?$")]
WebAddress = Annotated[
    str, Field(max_length=2000, pattern=r"^(https?://\S+)?$"), AfterValidator(_clean)
]
Channel = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$", examples=["api"])]
Moment = Annotated[AwareDatetime, BeforeValidator(time_as_text), AfterValidator(_sensible)]
Day = Annotated[date, BeforeValidator(_day_as_text), AfterValidator(_sensible_day)]
