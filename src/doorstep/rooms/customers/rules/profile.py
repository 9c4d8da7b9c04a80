"""What people tell about themselves, checked and trimmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from doorstep.kernel.errors import Invalid
from doorstep.rooms.customers.contracts import Birthday
from doorstep.rooms.customers.rules.holidays import HOLIDAYS
from doorstep.rooms.customers.rules.names import clean

MOST_INTERESTS = 30
MOST_SIZES = 20
_EARLIEST_YEAR = 1900


def check_birthday(birthday: Birthday, *, today: date) -> None:
    """Refuse a day that no year has, or a birth in the future.

    :raises Invalid: with what to do.
    """
    try:
        # 2024 has a 29 February; without a year nobody knows better.
        born = date(birthday.year or 2024, birthday.month, birthday.day)
    except ValueError:
        raise Invalid(
            "There is no such day: check day, month and year.", field="birthday"
        ) from None
    # Somewhere it is tomorrow already.
    is_past = birthday.year is None or born <= today + timedelta(days=1)
    if not is_past or (birthday.year is not None and birthday.year < _EARLIEST_YEAR):
        raise Invalid(
            f"The year of birth lies between {_EARLIEST_YEAR} and this year; leave it empty if you"
            " do not know it.",
            field="birthday",
        )


def days_of_birth(day: date) -> tuple[tuple[int, int], ...]:
    """Return the (month, day) pairs whose birthday a day is.

    Who was born on 29 February has it on the 28th in years without one.

    >>> days_of_birth(date(2026, 2, 28))
    ((2, 28), (2, 29))
    """
    if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
        return (2, 28), (2, 29)
    return ((day.month, day.day),)


def check_holiday(key: str) -> str:
    """Return the key of a holiday, ``""`` for none.

    :raises Invalid: we know none of this name.
    """
    if key and key not in HOLIDAYS:
        raise Invalid("Pick one of the holidays in the list.", field="favorite_holiday")
    return key


def tidy_interests(interests: Iterable[str]) -> list[str]:
    """Return interests trimmed, each once.

    :raises Invalid: more than can be meant.
    """
    tidy = list(dict.fromkeys(text for raw in interests if (text := clean(raw, 60))))
    if len(tidy) > MOST_INTERESTS:
        raise Invalid(f"Give up to {MOST_INTERESTS} interests.", field="interests")
    return tidy


def tidy_sizes(sizes: Mapping[str, str]) -> dict[str, str]:
    """Return sizes trimmed, what is empty left out.

    :raises Invalid: more than can be meant.
    """
    pairs = ((clean(name, 40), clean(size, 40)) for name, size in sizes.items())
    tidy = {name: size for name, size in pairs if name and size}
    if len(tidy) > MOST_SIZES:
        raise Invalid(f"Give up to {MOST_SIZES} sizes.", field="sizes")
    return tidy
