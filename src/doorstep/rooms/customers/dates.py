"""Who has a birthday or a favorite holiday on a day: read in sets, one query a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Q

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.contracts import HolidayChoice
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.customers.rules.holidays import HOLIDAYS, holidays_on, label_of
from doorstep.rooms.customers.rules.profile import days_of_birth


def iter_birthdays(day: date, *, set_size: int = 5_000) -> Iterator[list[UUID]]:
    """Yield, in sets, the customers whose birthday a day is."""
    wanted = Q()
    for month, born in days_of_birth(day):
        wanted |= Q(birth_month=month, birth_day=born)
    rows = Customer.objects.filter(wanted, merged_into__isnull=True, erased_at__isnull=True)
    found: list[UUID] = []
    for customer_id in rows.values_list("id", flat=True).iterator(chunk_size=set_size):
        found.append(customer_id)
        if len(found) == set_size:
            yield found
            found = []
    if found:
        yield found


def iter_favorite_holidays(
    day: date, *, home: str, set_size: int = 5_000
) -> Iterator[list[tuple[UUID, str]]]:
    """Yield, in sets, customers with the favorite holiday that a day is in their country.

    :param home: the country of whom we know none, ISO 3166-1 alpha-2.
    """
    kept = holidays_on(day)
    if not kept:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id, c.favorite_holiday FROM customers_customer c
            JOIN unnest(%s::text[], %s::text[], %s::bool[]) AS kept(holiday, countries, is_except)
              ON c.favorite_holiday = kept.holiday
             AND (coalesce(nullif(c.country_code, ''), %s)
                  = ANY(string_to_array(kept.countries, ' '))) <> kept.is_except
            WHERE c.store_id = %s AND c.favorite_holiday <> ''
              AND c.merged_into_id IS NULL AND c.erased_at IS NULL
            """,
            [
                [one.key for one in kept],
                [" ".join(one.countries) for one in kept],
                [one.is_except for one in kept],
                home,
                current_store_id(),
            ],
        )
        while rows := cursor.fetchmany(set_size):
            yield rows


def list_holidays(locale: str = "en") -> list[HolidayChoice]:
    """List the holidays people can pick, in the order of the year."""
    return [HolidayChoice(key, label_of(key, locale)) for key in HOLIDAYS]


def holiday_label(key: str, locale: str = "en") -> str:
    """Return what a holiday is called in a language, ``""`` for one we do not know (any more)."""
    return label_of(key, locale) if key in HOLIDAYS else ""
