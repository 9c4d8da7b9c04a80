"""Pure rules: dates, addresses, versions, words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.errors import Conflict
from doorstep.kernel.searching import search_query, words_of
from doorstep.rooms.orders.contracts import FinancialStatus, OrderSettings, OrderState
from doorstep.rooms.orders.rules import checks, holds, states
from doorstep.rooms.orders.rules.address_lines import address_lines
from doorstep.rooms.orders.rules.addresses import check_address
from doorstep.rooms.orders.rules.checks import LineFacts, OrderFacts
from doorstep.rooms.orders.rules.estimates import (
    Calendar,
    add_working_days,
    estimate,
    made_to_order,
)
from doorstep.rooms.orders.rules.search import (
    number_key,
    postcode_key,
    search_text,
)
from doorstep.rooms.orders.rules.versions import version

FRIDAY = date(2026, 11, 20)
CALENDAR = Calendar(ZoneInfo("Europe/Berlin"), production=(1, 2), transit=(2, 4))
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(DAYS, st.integers(0, 60), st.sets(DAYS, max_size=20))
def test_a_promise_is_always_a_working_day(day: date, count: int, closed: set[date]) -> None:
    calendar = Calendar(ZoneInfo("UTC"), (0, 0), (0, 0), frozenset(closed))
    found = add_working_days(day, count, calendar)
    assert calendar.is_working(found)
    between = [day + timedelta(n) for n in range((found - day).days)]
    # Counting back: exactly ``count`` working days lie before the day that was promised.
    assert sum(calendar.is_working(one) for one in between) == count


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.tuples(st.integers(0, 20), st.integers(0, 20)),
    st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
def test_the_range_never_turns_around(
    start: datetime, production: tuple[int, int], transit: tuple[int, int]
) -> None:
    low_high = (min(production), max(production))
    calendar = Calendar(ZoneInfo("Asia/Tokyo"), low_high, (min(transit), max(transit)))
    found = estimate(start.replace(tzinfo=UTC), calendar, production=None, ships=True)
    assert found.ship_by_date is not None
    assert found.delivery_from_date is not None
    assert found.delivery_to_date is not None
    assert found.delivery_from_date <= found.delivery_to_date
    assert found.ship_by_date <= found.delivery_to_date


def test_friday_night_in_berlin_is_counted_in_berlin() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # Saturday, half past midnight in Berlin
    found = estimate(late, CALENDAR, production=None, ships=True)
    assert found.ship_by_date == date(2026, 11, 25)  # Monday plus two working days
    assert found.delivery_from_date == date(2026, 11, 26)
    assert found.delivery_to_date == date(2026, 12, 1)


def test_what_is_made_takes_as_long_as_its_slowest_line() -> None:
    assert made_to_order([None, (3, 5), (2, 8)]) == (3, 8)
    assert made_to_order([None]) is None
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    found = estimate(at, CALENDAR, production=(5, 7), ships=True)
    assert (found.production_days_min, found.production_days_max) == (5, 7)
    assert found.ship_by_date == date(2026, 12, 1)


def test_a_download_has_no_dates() -> None:
    found = estimate(datetime(2026, 11, 20, tzinfo=UTC), CALENDAR, production=None, ships=False)
    assert found.ship_by_date is None
    assert found.delivery_to_date is None


def address(**more: str) -> dict[str, str]:
    given = {"name": "Maya", "line1": "Kastanienallee 12", "city": "Berlin"}
    return given | {"postal_code": "10435", "country_code": "DE"} | more


@pytest.mark.parametrize(
    "good",
    [
        address(),
        address(postal_code="D-10435"),
        address(postal_code=" 10435 "),
        address(country_code="GB", city="London", postal_code="sw1a1aa"),
        address(country_code="US", city="Austin", postal_code="78701-1234"),
        address(country_code="US", city="Austin", postal_code="78701", region="TX"),
        address(country_code="JP", city="", postal_code="１００－０００１", region="Tokyo"),
        address(country_code="PL", city="Warszawa", postal_code="00950"),
        address(country_code="AE", city="Dubai", postal_code="00000"),
        address(country_code="HK", city="", postal_code="999077", region="Kowloon"),
        address(country_code="IE", city="Galway", postal_code=""),
        address(country_code="XK", city="Prishtina", postal_code="10000"),
        address(line1="", line2="Packstation 104"),
    ],
)
def test_real_addresses_pass(good: dict[str, str]) -> None:
    assert check_address(good).problems == {}


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (None, "line1"),
        ({}, "line1"),
        (address(line1=""), "line1"),
        (address(city=""), "city"),
        (address(postal_code=""), "postal_code"),
        (address(postal_code="1043"), "postal_code"),
        (address(postal_code="ABCDE"), "postal_code"),
        (address(country_code=""), "country_code"),
        (address(country_code="Germany"), "country_code"),
    ],
)
def test_what_nobody_can_deliver_to_is_named(bad: dict[str, str] | None, field: str) -> None:
    found = check_address(bad).problems
    assert list(found) == [field]
    assert found[field].endswith(".")


def test_the_rest_is_a_warning_only() -> None:
    found = check_address(address(country_code="US", city="Austin", postal_code="78701", name=""))
    assert found.problems == {}
    assert len(found.warnings) == 2  # no state, nobody named


@given(st.text(max_size=40), st.text(max_size=10), st.sampled_from(["DE", "US", "JP", "QQ", ""]))
def test_no_address_makes_the_check_fall_over(line1: str, postcode: str, country: str) -> None:
    check_address(address(line1=line1, postal_code=postcode, country_code=country))


def test_lines_stand_in_the_countrys_own_order() -> None:
    assert address_lines(address(), "en") == ["Kastanienallee 12", "10435 Berlin", "Germany"]
    american = address(country_code="US", city="Austin", postal_code="78701", region="TX")
    assert address_lines(american, "de") == [
        "Kastanienallee 12",
        "Austin, TX 78701",
        "Vereinigte Staaten",
    ]
    assert address_lines({"line1": "Somewhere"}, "en") == ["Somewhere"]


VERSIONS = st.builds(
    version,
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2)).map(
        lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
    ),
    st.sampled_from(list(FinancialStatus)),
    is_fulfilled=st.booleans(),
    is_canceled=st.booleans(),
)


@given(st.permutations(range(4)), st.lists(VERSIONS, min_size=4, max_size=4))
def test_versions_end_the_same_in_whatever_order_they_come(
    arrival: list[int], found: list[tuple]
) -> None:
    kept = found[arrival[0]]
    for nth in arrival[1:]:
        if found[nth] > kept:
            kept = found[nth]
    assert kept == max(found)


def test_paid_within_the_second_of_ordering_is_not_lost() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    ordered = version(at, "pending", is_fulfilled=False, is_canceled=False)
    paid = version(at, "paid", is_fulfilled=False, is_canceled=False)
    assert paid > ordered


@pytest.mark.parametrize("typed", ["#1001", " 1001 ", "１００１"[:0] + "1001", "# 1 0 0 1"])
def test_numbers_forgive_signs(typed: str) -> None:
    assert number_key(typed) == "1001"


def test_a_number_of_signs_only_is_still_a_number() -> None:
    assert number_key("##") == "##"
    assert postcode_key("sw1a 1aa") == "SW1A1AA"


@given(st.text(max_size=80))
def test_every_word_of_a_name_finds_it(name: str) -> None:
    found = search_text(number="#1", email="", names=[name], skus=[]).split()
    assert set(words_of(name)) <= set(found)


@given(st.text(max_size=80))
def test_nothing_typed_is_tsquery_syntax(typed: str) -> None:
    query = search_query(typed)
    words = [part for part in query.split(" & ") if part]
    assert all(part.startswith("'") and part.endswith("':*") for part in words)
    assert all(part[1:-3].isalnum() for part in words)


def test_accents_and_sharp_s_are_forgiven() -> None:
    assert words_of("Amélie Groß-Straße") == ("amelie", "gross", "strasse")


def facts(**more: object) -> OrderFacts:
    given: dict[str, object] = {
        "is_shippable": True,
        "shipping_address": address(),
        "billing_address": address(),
        "financial_status": "paid",
        "payment_method": "",
        "total_minor": 150_000,
        "currency": "EUR",
        "lines": (LineFacts("1", "Mug", "MUG", ()),),
    }
    return OrderFacts(**given | more)  # type: ignore[arg-type]


def reasons(order: OrderFacts, settings: OrderSettings | None = None) -> set[str]:
    found, _ = checks.find_reasons(order, settings or OrderSettings(), store_currency="EUR")
    return {reason for reason, details in found.items() if details is not None}


def test_a_plain_order_has_no_reason_to_wait() -> None:
    assert reasons(facts()) == set()


@pytest.mark.parametrize(
    ("status", "method", "waits"),
    [
        ("pending", "", True),
        ("partially_paid", "", True),
        ("voided", "", True),
        ("authorized", "", False),
        ("refunded", "", False),
        ("pending", "Cash on Delivery (COD)", False),
        ("pending", "cod", False),
        ("pending", "codfish bank", True),
        ("pending", "Nachnahme", False),
    ],
)
def test_money_must_be_there_unless_it_is_paid_at_the_door(
    status: str, method: str, waits: bool
) -> None:
    found = reasons(facts(financial_status=status, payment_method=method))
    assert found == ({"payment_pending"} if waits else set())


def test_nothing_to_pay_is_not_pending() -> None:
    assert reasons(facts(financial_status="pending", total_minor=0)) == set()


def test_large_and_abroad_is_looked_at_and_says_why() -> None:
    settings = OrderSettings(review_above_minor=100_000)
    abroad = facts(billing_address=address(country_code="FR"))
    assert reasons(abroad, settings) == {"risk_review"}
    found, _ = checks.find_reasons(abroad, settings, store_currency="EUR")
    words = holds.words_for("risk_review", found["risk_review"])  # type: ignore[index,arg-type]
    assert "€1,500.00" in words
    assert "FR" in words
    assert reasons(facts(), settings) == set()
    assert reasons(abroad) == set()
    small = facts(billing_address=address(country_code="FR"), total_minor=99_999)
    assert reasons(small, settings) == set()


def test_what_is_made_needs_its_details() -> None:
    settings = OrderSettings(required_properties={"MUG": ("Engraving",)})
    assert reasons(facts(), settings) == {"options_incomplete"}
    filled = facts(lines=(LineFacts("1", "Mug", "MUG", (("engraving", "For Grandma"),)),))
    assert reasons(filled, settings) == set()
    blank = facts(lines=(LineFacts("1", "Mug", "MUG", (("Engraving", " "),)),))
    assert reasons(blank, settings) == {"options_incomplete"}


def test_downloads_need_no_address() -> None:
    assert reasons(facts(is_shippable=False, shipping_address=None)) == set()


def test_history_stays_history() -> None:
    assert all(
        not states.can_become(OrderState.HISTORY, target)
        for target in OrderState
        if target is not OrderState.HISTORY
    )
    with pytest.raises(Conflict, match="history"):
        states.check_open("history")
