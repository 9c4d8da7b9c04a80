"""Lists, search, look-up, the shopper's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid
from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import FinancialStatus, IncomingPerson, OrderFilter
from doorstep.rooms.orders.tests.cast import (
    AT,
    BERLIN,
    JONAS,
    LATER,
    line,
    order,
    record,
    refund,
    stock,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def numbers(**filters: object) -> list[str]:
    return [one.number for one in api.list_orders(OrderFilter(**filters)).items]  # type: ignore[arg-type]


@pytest.fixture
def three(store: StoreInfo) -> None:
    stock("MUG", 0)
    amelie = IncomingPerson(email="amelie.laurent@example.fr", name="Amélie Laurent")
    record(
        order(1, placed_at=AT - timedelta(hours=3)),
        order(2, person=JONAS, lines=[line("MUG")], placed_at=AT - timedelta(hours=2)),
        order(
            3,
            person=amelie,
            number="FK-2024-77",
            lines=[line("POT-XL-9")],
            placed_at=AT - timedelta(hours=1),
            financial_status=FinancialStatus.PENDING,
        ),
    )


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1001", ["#1001"]),
        ("#1001", ["#1001"]),
        ("100", ["#1002", "#1001"]),
        ("lindq", ["#1001"]),
        ("maya lind", ["#1001"]),
        ("Jonas Weber", ["#1002"]),
        ("jonas@example.com", ["#1002"]),
        ("amelie", ["FK-2024-77"]),
        ("AMÉLIE", ["FK-2024-77"]),
        ("fk-2024-77", ["FK-2024-77"]),
        ("fk202477", ["FK-2024-77"]),
        ("pot-xl", ["FK-2024-77"]),
        ("nobody", []),
        ("' | 'amel':* &", ["FK-2024-77"]),
        ("!!", []),
    ],
)
def test_search(typed: str, found: list[str]) -> None:
    assert numbers(search=typed) == found


@pytest.mark.usefixtures("three")
def test_filters() -> None:
    assert numbers() == ["FK-2024-77", "#1002", "#1001"]
    assert numbers(state="on_hold") == ["FK-2024-77", "#1002"]
    assert numbers(hold_reason="out_of_stock") == ["#1002"]
    assert numbers(financial_status="pending") == ["FK-2024-77"]
    assert numbers(sales_channel="woocommerce") == []
    assert numbers(placed_from=date(2026, 11, 21)) == []
    assert len(numbers(placed_from=date(2026, 11, 20), placed_to=date(2026, 11, 20))) == 3
    counts = api.count_orders()
    assert (counts.all, counts.ready, counts.on_hold) == (3, 1, 2)
    assert counts.by_hold_reason == {"out_of_stock": 1, "payment_pending": 1}
    assert api.list_sales_channels() == ["shopify"]


def test_pages_show_everything_once(store: StoreInfo) -> None:
    # Many at the same instant: the id decides where a page ends.
    record(*[order(n, placed_at=AT - timedelta(minutes=n // 5)) for n in range(23)])
    seen, cursor = [], ""
    while True:
        page = api.list_orders(cursor=cursor, limit=5)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 23
    with pytest.raises(Invalid):
        api.list_orders(cursor="nonsense")


def test_a_list_takes_few_queries(store: StoreInfo) -> None:
    stock("TEA", 0)
    record(*[order(n) for n in range(60)])
    with CaptureQueriesContext(connection) as queries:
        assert len(api.list_orders(limit=50).items) == 50
    assert len(queries) == 2
    with CaptureQueriesContext(connection) as queries:
        api.get_order(api.list_orders(limit=1).items[0].id)
    assert len(queries) <= 10


def test_search_uses_its_index(store: StoreInfo) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM orders_order WHERE "
            "to_tsvector('simple'::regconfig, COALESCE(search_text, '')) "
            "@@ to_tsquery('simple', '''maya'':*')"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "order_search" in plan


@pytest.mark.parametrize(
    ("number", "contact", "hit"),
    [
        ("#1001", "maya@example.com", True),
        ("1001", " MAYA@example.com ", True),
        ("1001", "10435", True),
        ("1001", "10 435", True),
        ("1001", "10436", False),
        ("1001", "jonas@example.com", False),
        ("1002", "maya@example.com", False),
        ("", "10435", False),
        ("1001", "", False),
        ("#", "", False),
    ],
)
def test_look_up_needs_both(store: StoreInfo, number: str, contact: str, hit: bool) -> None:
    [answer] = record(order())
    with CaptureQueriesContext(connection) as queries:
        found = api.find_for_lookup(number, contact)
    assert found == (answer.order_id if hit else None)
    assert len(queries) == 1  # a hit costs what a miss costs


def test_an_order_without_mail_and_code_is_found_by_nothing(store: StoreInfo) -> None:
    record(order(person=IncomingPerson(), shipping_address=None, billing_address=None))
    for contact in ("", " ", "-", "@"):
        assert api.find_for_lookup("1001", contact) is None


def test_the_shoppers_page_is_masked(store: StoreInfo) -> None:
    [answer] = record(order(refunds=(refund(),)))
    page = api.get_order_page(answer.order_id)
    assert page.email_masked == "m•••@example.com"
    assert "Kastanienallee" not in " ".join(page.address_masked)
    assert page.first_name == "Maya"
    assert [one.name for one in page.milestones] == [
        "placed",
        "payment",
        "checked",
        "shipping",
        "shipped",
    ]
    assert [one.state for one in page.milestones] == [
        "done",
        "done",
        "done",
        "current",
        "upcoming",
    ]


def test_the_shoppers_page_says_what_is_wrong(store: StoreInfo) -> None:
    [answer] = record(order(shipping_address=replace(BERLIN, line1="")))
    page = api.get_order_page(answer.order_id)
    assert page.needs_address
    assert page.hold_reasons == ("address_invalid",)
    assert page.milestones[2].state == "problem"
    record(order(version_at=LATER, canceled_at=LATER), at=LATER)
    page = api.get_order_page(answer.order_id)
    assert [one.name for one in page.milestones] == ["placed", "canceled"]
    assert page.updated_at == LATER
