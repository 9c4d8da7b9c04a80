"""What people tell about themselves: kept, merged, exported, erased, asked about; and tags."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.actions.catalog import find_action
from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import compile_sql, evaluate_many, parse
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.models.audit import AuditEntry
from doorstep.kernel.models.events import OutboxEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api
from doorstep.rooms.customers.contracts import Birthday, PersonClaim
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.customers.rules.holidays import (
    ELSEWHERE,
    HOLIDAYS,
    day_of_holiday,
    holidays_on,
)
from doorstep.rooms.customers.rules.profile import days_of_birth
from doorstep.rooms.stores.contracts import StoreInfo

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SAM = Actor("user", "sam", "Sam", role="support")
INES = Actor("user", "ines", "Ines", role="owner")


@pytest.fixture
def people(store: StoreInfo) -> list[UUID]:
    claims = [PersonClaim(email=f"p{n}@example.com", name=f"P {n}") for n in range(6)]
    return api.resolve_customers(claims, at=AT)


def tell(customer_id: UUID, **told: Any) -> Any:
    return api.set_preferences(customer_id=customer_id, by=SAM, at=AT, **told)


@pytest.mark.django_db
def test_a_profile_is_kept_and_personal(people: list[UUID]) -> None:
    maya = tell(
        people[0],
        birthday=Birthday(29, 2),
        favorite_holiday="midsummer",
        favorite_color=" moss\ngreen ",
        sizes={"Shoes": "38", "Ring": " "},
        interests=["tea", "ferns", "tea", ""],
    )
    assert str(maya.birthday) == "--02-29"
    assert maya.favorite_color == "moss green"
    assert maya.sizes == {"Shoes": "38"}
    assert maya.interests == ("tea", "ferns")
    trail = str(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert "midsummer" not in trail
    assert "ferns" not in trail
    assert tell(people[0], forget_birthday=True).birthday is None
    assert api.get_customer(people[0]).favorite_holiday == "midsummer"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"birthday": Birthday(30, 2)}, "birthday"),
        ({"birthday": Birthday(29, 2, 2023)}, "birthday"),
        ({"birthday": Birthday(1, 13)}, "birthday"),
        ({"birthday": Birthday(1, 1, 2030)}, "birthday"),
        ({"birthday": Birthday(1, 1, 1066)}, "birthday"),
        ({"favorite_holiday": "pancake_day"}, "favorite_holiday"),
        ({"interests": [str(n) for n in range(31)]}, "interests"),
        ({"sizes": {str(n): "1" for n in range(21)}}, "sizes"),
    ],
)
def test_what_makes_no_sense_is_refused(
    people: list[UUID], told: dict[str, Any], field: str
) -> None:
    before = api.get_customer(people[0])
    with pytest.raises(Invalid) as refused:
        tell(people[0], **told)
    assert refused.value.field == field
    assert api.get_customer(people[0]) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "row", [{"birth_day": 3}, {"birth_year": 1990}, {"birth_day": 32, "birth_month": 1}]
)
def test_the_database_keeps_half_birthdays_out(people: list[UUID], row: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(id=people[0]).update(**row)


@pytest.mark.django_db
def test_a_profile_is_merged_and_parted(people: list[UUID]) -> None:
    first, second = people[:2]
    tell(first, interests=["tea"], favorite_color="green")
    tell(
        second,
        birthday=Birthday(1, 5, 1990),
        interests=["ferns", "tea"],
        favorite_color="red",
        sizes={"Shoes": "40"},
        favorite_holiday="diwali",
    )
    before = api.get_customer(first)
    merge = api.merge_customers(survivor_id=first, absorbed_id=second, by=SAM, at=AT)
    both = api.get_customer(first)
    assert (both.birthday, both.favorite_color) == (Birthday(1, 5, 1990), "green")
    assert (both.interests, both.sizes) == (("tea", "ferns"), {"Shoes": "40"})
    assert both.favorite_holiday == "diwali"
    api.undo_merge(merge_id=merge.id, by=SAM, at=AT)
    assert api.get_customer(first) == before


@pytest.mark.django_db
def test_a_profile_is_exported_and_erased(people: list[UUID]) -> None:
    tell(
        people[0],
        birthday=Birthday(1, 5),
        sizes={"Shoes": "40"},
        interests=["tea"],
        favorite_color="red",
        favorite_holiday="easter",
    )
    told = api.export_customer(customer_id=people[0], by=SAM, at=AT)["customers"][0]
    assert (told["birth_day"], told["birth_month"], told["birth_year"]) == (1, 5, None)
    assert (told["sizes"], told["interests"]) == ({"Shoes": "40"}, ["tea"])
    api.erase_customer(customer_id=people[0], by=INES, at=AT)
    gone = api.get_customer(people[0])
    assert (gone.birthday, gone.favorite_holiday, gone.favorite_color) == (None, "", "")
    assert (gone.sizes, gone.interests) == ({}, ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"fact": "customer.birthday_month", "op": "eq", "value": 2}, {0}),
        ({"fact": "customer.days_until_birthday", "op": "lte", "value": 10}, {1}),
        ({"fact": "customer.days_until_birthday", "op": "eq", "value": 100}, {0}),
        ({"fact": "customer.days_until_birthday", "op": "eq", "value": 364}, {2}),
        ({"fact": "customer.days_until_birthday", "op": "eq", "value": 0}, {1}),
        ({"fact": "customer.favorite_holiday", "op": "eq", "value": "diwali"}, {1}),
        ({"fact": "customer.favorite_color", "op": "eq", "value": "red"}, {1}),
        ({"fact": "customer.interests", "op": "contains", "value": "tea"}, {0, 1}),
        ({"fact": "customer.sizes", "op": "contains", "value": "Shoes: 40"}, {2}),
    ],
)
def test_conditions_ask_about_it(
    store: StoreInfo, people: list[UUID], tree: dict[str, Any], found: set[int]
) -> None:
    tell(people[0], birthday=Birthday(29, 2), interests=["tea"])  # 28 February 2027: in 100 days
    tell(
        people[1],
        birthday=Birthday(20, 11, 1980),
        interests=["ferns", "tea"],
        favorite_holiday="diwali",
        favorite_color="red",
    )
    tell(people[2], birthday=Birthday(19, 11), sizes={"Shoes": "40"})
    zone = ZoneInfo("Europe/Berlin")
    condition = parse(tree, "customer")
    statement, params = compile_sql(condition, at=AT, zone=zone, store_id=store.id)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        assert {key for (key,) in cursor.fetchall()} == {people[n] for n in found}
    decided = evaluate_many(condition, people, at=AT, zone=zone, store_id=store.id)
    assert {key for key, decision in decided.items() if decision} == {people[n] for n in found}


@pytest.mark.django_db
def test_birthdays_of_a_day(store: StoreInfo, other_store: StoreInfo, people: list[UUID]) -> None:
    tell(people[0], birthday=Birthday(29, 2))
    tell(people[1], birthday=Birthday(28, 2, 1990))
    tell(people[2], birthday=Birthday(1, 3))

    def on(day: date) -> set[UUID]:
        return {one for some in api.iter_birthdays(day) for one in some}

    assert on(date(2026, 2, 28)) == {people[0], people[1]}
    assert on(date(2028, 2, 28)) == {people[1]}
    assert on(date(2028, 2, 29)) == {people[0]}
    assert on(date(2026, 3, 1)) == {people[2]}
    assert [len(some) for some in api.iter_birthdays(date(2026, 2, 28), set_size=1)] == [1, 1]
    with store_scope(other_store.id):
        assert on(date(2026, 2, 28)) == set()
    api.erase_customer(customer_id=people[1], by=INES, at=AT)
    assert on(date(2028, 2, 28)) == set()


@given(st.dates(date(1904, 1, 1), date(2399, 12, 31)), st.integers(2000, 2100))
def test_everybody_has_exactly_one_birthday_a_year(born: date, year: int) -> None:
    days = [date.fromordinal(date(year, 1, 1).toordinal() + n) for n in range(366)]
    hits = [d for d in days if d.year == year and (born.month, born.day) in days_of_birth(d)]
    assert len(hits) == 1


@pytest.mark.parametrize(
    ("key", "country", "day"),
    [
        ("easter", "DE", date(2026, 4, 5)),
        ("easter", "DE", date(2027, 3, 28)),
        ("orthodox_easter", "GR", date(2026, 4, 12)),
        ("mothers_day", "DE", date(2026, 5, 10)),
        ("mothers_day", "GB", date(2026, 3, 15)),
        ("mothers_day", "FR", date(2026, 5, 31)),
        ("mothers_day", "FR", date(2023, 6, 4)),  # Pentecost was the last Sunday of May
        ("mothers_day", "ES", date(2026, 5, 3)),
        ("mothers_day", "AE", date(2026, 3, 21)),
        ("fathers_day", "DE", date(2026, 5, 14)),  # Ascension
        ("fathers_day", "US", date(2026, 6, 21)),
        ("thanksgiving", "US", date(2026, 11, 26)),
        ("thanksgiving", "CA", date(2026, 10, 12)),
        ("lunar_new_year", "CN", date(2026, 2, 17)),
        ("diwali", "IN", date(2026, 11, 8)),
        ("eid_al_fitr", "TR", date(2026, 3, 20)),
        ("hanukkah", "US", date(2026, 12, 5)),
        ("midsummer", "SE", date(2026, 6, 19)),
        ("national_day", "FR", date(2026, 7, 14)),
        ("national_day", "US", date(2026, 7, 4)),
        ("national_day", "DE", date(2026, 10, 3)),
        ("national_day", "GB", None),
        ("christmas", "DE", date(2026, 12, 24)),
        ("christmas", "US", date(2026, 12, 25)),
    ],
)
def test_holidays_fall_on_their_days(key: str, country: str, day: date | None) -> None:
    assert day_of_holiday(key, country, day.year if day else 2026) == day


@pytest.mark.parametrize("year", range(2025, 2036))
def test_every_holiday_has_a_day_in_the_years_to_come(year: int) -> None:
    for key, holiday in HOLIDAYS.items():
        for country in holiday.days:
            found = day_of_holiday(key, country or "ZZ", year)
            assert found is not None, (key, country)
            assert found.year == year
            named = [one for one in holidays_on(found) if one.key == key]
            assert any(
                country not in one.countries if one.is_except else country in one.countries
                for one in named
            )
        assert ELSEWHERE in holiday.days or key == "national_day"


def test_holidays_have_names_in_five_languages() -> None:
    assert len(HOLIDAYS) >= 25
    for holiday in HOLIDAYS.values():
        assert set(holiday.labels) == {"en", "de", "fr", "es", "ar"}
        assert all(holiday.labels.values())
    assert api.list_holidays("de-AT")[0].label == "Neujahr"
    assert api.holiday_label("christmas", "pt") == "Christmas"
    assert api.holiday_label("pancake_day") == ""


@pytest.mark.django_db
def test_favorite_holidays_by_country(
    store: StoreInfo, other_store: StoreInfo, people: list[UUID]
) -> None:
    for n, country in enumerate(["US", "DE", "", "CA", "US"]):
        api.edit_customer(customer_id=people[n], country_code=country, by=SAM, at=AT)
    for n, key in enumerate(["thanksgiving", "christmas", "christmas", "thanksgiving", "diwali"]):
        tell(people[n], favorite_holiday=key)

    def on(day: date) -> set[tuple[UUID, str]]:
        return {one for some in api.iter_favorite_holidays(day, home="DE") for one in some}

    assert on(date(2026, 11, 26)) == {(people[0], "thanksgiving")}
    assert on(date(2026, 10, 12)) == {(people[3], "thanksgiving")}
    # Whose country is not known is taken to live where the store is.
    assert on(date(2026, 12, 24)) == {(people[1], "christmas"), (people[2], "christmas")}
    assert on(date(2026, 12, 25)) == set()
    assert on(date(2026, 7, 28)) == set()
    with CaptureQueriesContext(connection) as queries:
        on(date(2026, 11, 8))
    assert len(queries) == 1
    with store_scope(other_store.id):
        assert on(date(2026, 11, 8)) == set()


@pytest.mark.django_db
def test_tags_one_by_one_and_in_sets(
    store: StoreInfo, other_store: StoreInfo, people: list[UUID]
) -> None:
    api.tag_customer(customer_id=people[0], tag=" vip ", by=SAM, at=AT)
    api.tag_customer(customer_id=people[0], tag="vip", by=SAM, at=AT)
    assert api.get_customer(people[0]).tags == ("vip",)
    entry = find_action("customers.tag_customer")
    assert entry is not None
    assert entry.for_set is not None
    assert entry.runs_for == "customer_id"
    api.erase_customer(customer_id=people[5], by=INES, at=AT)
    OutboxEvent.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        entry.for_set(people, tag="vip", by=SAM, at=AT)
    assert len(queries) <= 4
    told = OutboxEvent.objects.filter(name="customers.customer_changed").count()
    assert told == 4  # not who had it, not who is gone
    assert {one.tags for one in api.get_customers(people[:5]).values()} == {("vip",)}
    assert api.get_customer(people[5]).tags == ()
    with store_scope(other_store.id):
        entry.for_set(people, tag="theirs", by=SAM, at=AT)
        with pytest.raises(NotFound):
            api.tag_customer(customer_id=people[0], tag="theirs", by=SAM, at=AT)
    drop = find_action("customers.untag_customer")
    assert drop is not None
    assert drop.for_set is not None
    drop.for_set(people[1:], tag="vip", by=SAM, at=AT)
    api.untag_customer(customer_id=people[0], tag="vip", by=SAM, at=AT)
    assert {one.tags for one in api.get_customers(people).values()} == {()}
    with pytest.raises(Invalid):
        api.tag_customer(customer_id=people[0], tag=" ", by=SAM, at=AT)
