"""Dates that belong to a person: birthday, favorite holiday."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from doorstep.rooms.customers import api as customers
from doorstep.rooms.journeys.dates.sources import (
    SET_SIZE,
    DateSource,
    Entrant,
    register_source,
)
from doorstep.rooms.stores.contracts import StoreInfo


def birthdays(store: StoreInfo, day: date, *, at: datetime) -> Iterator[Sequence[Entrant]]:
    """Yield who has a birthday on a day; who was born on 29 February has it on the 28th else."""
    key = f"birthday:{day.year}"
    for ids in customers.iter_birthdays(day, set_size=SET_SIZE):
        yield [Entrant(customer_id, key) for customer_id in ids]


def favorite_holidays(store: StoreInfo, day: date, *, at: datetime) -> Iterator[Sequence[Entrant]]:
    """Yield whose favorite holiday begins on a day, by the calendar of their own country."""
    for rows in customers.iter_favorite_holidays(day, home=store.country_code, set_size=SET_SIZE):
        yield [
            Entrant(customer_id, f"holiday:{holiday}:{day.year}", data={"holiday": holiday})
            for customer_id, holiday in rows
        ]


register_source(
    DateSource(
        "birthday",
        "Birthday",
        "The customer’s birthday, every year. For 29 February it is the 28th in other years.",
        "customer",
        birthdays,
    )
)
register_source(
    DateSource(
        "favorite_holiday",
        "Favorite holiday",
        "The holiday the customer likes best, on its day of the year in their country.",
        "customer",
        favorite_holidays,
    )
)
