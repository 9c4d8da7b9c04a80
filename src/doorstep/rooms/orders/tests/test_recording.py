"""Orders come in: once each, complete, checked, in a constant number of queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.money import UnknownCurrency
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant
from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingCharge,
    IncomingDiscount,
    IncomingPerson,
    LineAmounts,
    OrderTotals,
    RecordOutcome,
)
from doorstep.rooms.orders.models import Order, OrderLine
from doorstep.rooms.orders.tests.cast import (
    AT,
    CHANNEL,
    JONAS,
    LATER,
    MAYA,
    SHOP,
    events_of,
    free,
    line,
    order,
    record,
    refund,
    stock,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def test_a_new_order_is_kept_whole_and_announced(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    rich = order(
        lines=[line("TEA", 2, options=(("Size", "100 g"),), properties=(("Gift", "yes"),))],
        discounts=(IncomingDiscount("Welcome", 0, code="HELLO"),),
        tags=("vip",),
        note="Please ring twice",
        warnings=("odd tax",),
    )
    [answer] = record(rich)
    assert answer.outcome is RecordOutcome.PLACED
    found = api.get_order(answer.order_id)
    assert found.summary.state == "ready"
    assert found.summary.total_minor == 2490
    assert found.summary.email == "maya@example.com"
    assert found.lines[0].options == (("Size", "100 g"),)
    assert found.lines[0].properties == (("Gift", "yes"),)
    assert found.charges[0].amount_minor == 490
    assert found.discounts[0].code == "HELLO"
    assert found.tags == ("vip",)
    assert found.warnings == ("odd tax",)
    assert found.estimate.ship_by_date is not None
    assert events_of(answer.order_id) == ["order_placed"]
    assert free(tea) == 3


def test_the_same_order_twice_changes_nothing(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    [first] = record(order())
    [again] = record(order())
    assert again.order_id == first.order_id
    assert again.outcome is RecordOutcome.UNCHANGED
    assert events_of(first.order_id) == ["order_placed"]
    assert free(tea) == 4


def test_two_states_of_one_order_in_one_set_end_as_the_newer(store: StoreInfo) -> None:
    older = order(financial_status=FinancialStatus.PENDING)
    newer = order(version_at=LATER, note="paid")
    for batch in ((older, newer), (newer, older)):
        answers = record(*batch)
        assert {a.order_id for a in answers} == {answers[0].order_id}
        assert api.get_order(answers[0].order_id).note == "paid"


def test_a_hundred_take_as_many_queries_as_one(store: StoreInfo) -> None:
    record(order(0))
    people = [
        IncomingPerson(platform_id=f"9{n}", email=f"p{n}@example.com", name=f"Person {n}")
        for n in range(102)
    ]
    with CaptureQueriesContext(connection) as one:
        record(order(1, person=people[0]))
    with CaptureQueriesContext(connection) as hundred:
        record(
            *[
                order(n, person=people[n], lines=[line(f"SKU{n}"), line(f"MUG{n}")])
                for n in range(2, 102)
            ]
        )
    assert Order.objects.count() == 102
    # New things of the catalog and savepoints of others may come on top, never one an order.
    assert abs(len(hundred) - len(one)) <= 6
    assert len(hundred) <= 40


def test_a_hundred_updates_take_as_many_queries_as_one(store: StoreInfo) -> None:
    stock("TEA", 1000)
    orders = [order(n) for n in range(101)]
    record(*orders)
    changed = [replace(o, version_at=LATER, note="new", lines=(line("TEA", 2),)) for o in orders]
    changed = [replace(o, totals=OrderTotals(2000, 0, 490, 0, 2490)) for o in changed]
    with CaptureQueriesContext(connection) as one:
        record(changed[0], at=LATER)
    with CaptureQueriesContext(connection) as hundred:
        record(*changed[1:], at=LATER)
    assert abs(len(hundred) - len(one)) <= 3


def test_one_person_over_two_channels_is_one_customer(store: StoreInfo) -> None:
    [first] = record(order(1))
    [second] = api.record_orders(
        [order(2, person=replace(MAYA, platform_id="woo-7"))],
        sales_channel="woocommerce",
        connection_id=None,
        by=SHOP,
        at=AT,
    )
    one, two = api.get_order(first.order_id), api.get_order(second.order_id)
    assert one.summary.customer_id == two.summary.customer_id


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (order(external_id=" "), "external_id"),
        (order(lines=[line(quantity=0)]), "lines[0].quantity"),
        (order(lines=[line(quantity=-2, amounts=LineAmounts(1, 0, 0, -2))]), "lines[0].quantity"),
        (order(lines=[line(), line()]), "lines[1].external_id"),
        (order(lines=[line(amounts=LineAmounts(1000, 0, 0, 999))]), "lines[0].total_minor"),
        (order(totals=OrderTotals(1000, 0, 490, 0, 1491)), "totals.total_minor"),
        (order(placed_at=AT.replace(tzinfo=None)), "placed_at"),
        (order(refunds=(replace(refund(), amount_minor=-1),)), "refunds.amount_minor"),
    ],
)
def test_what_cant_be_right_is_refused_with_its_field(
    store: StoreInfo, bad: object, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        record(order(2), bad)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert not Order.objects.exists()


def test_an_unknown_currency_is_refused(store: StoreInfo) -> None:
    with pytest.raises(UnknownCurrency):
        record(order(currency="XQZ"))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_the_database_cant_hold_is_refused(store: StoreInfo, text: str) -> None:
    with pytest.raises(Invalid):
        record(order(lines=[line(properties=(("Wish", text),))]))


def test_a_cent_lost_in_a_division_is_borne(store: StoreInfo) -> None:
    thirds = line(quantity=3, amounts=LineAmounts(333, 0, 0, 1000))
    [answer] = record(order(lines=[thirds]))
    assert api.get_order(answer.order_id).lines[0].total_minor == 1000


def test_zero_and_three_decimals_and_two_currencies(store: StoreInfo) -> None:
    yen = order(1, currency="JPY")
    dinar = order(
        2,
        currency="KWD",
        presentment_currency="USD",
        presentment_totals=OrderTotals(3000, 0, 100, 0, 3100),
        lines=[line(presentment_amounts=LineAmounts(3000, 0, 0, 3000))],
        charges=(IncomingCharge(ChargeKind.SHIPPING, "DHL", 490, presentment_amount_minor=100),),
    )
    answers = record(yen, dinar)
    found = api.get_order(answers[1].order_id)
    assert found.presentment_totals == OrderTotals(3000, 0, 100, 0, 3100)
    assert found.lines[0].presentment_amounts == LineAmounts(3000, 0, 0, 3000)
    assert api.get_order(answers[0].order_id).summary.currency == "JPY"


def test_five_hundred_lines_and_none(store: StoreInfo) -> None:
    many = order(1, lines=[line(f"S{n}") for n in range(500)])
    none = order(2, lines=[], totals=OrderTotals(0, 0, 490, 0, 490))
    answers = record(many, none)
    assert len(api.get_order(answers[0].order_id).lines) == 500
    assert api.get_order(answers[1].order_id).lines == ()


def test_a_guest_without_mail_is_somebody(store: StoreInfo) -> None:
    nobody = IncomingPerson()
    answers = record(order(1, person=nobody), order(2, person=nobody))
    found = [api.get_order(a.order_id).summary.customer_id for a in answers]
    assert None not in found
    assert found[0] != found[1]


def test_what_was_over_when_it_came_is_told_to_nobody(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    answers = record(order(1, canceled_at=AT, cancel_reason="customer"), order(2, fulfilled_at=AT))
    assert [api.get_order(a.order_id).summary.state for a in answers] == ["canceled", "shipped"]
    assert [events_of(a.order_id) for a in answers] == [[], []]
    assert free(tea) == 5


def test_a_download_that_was_sent_at_once_is_confirmed(store: StoreInfo) -> None:
    [answer] = record(
        order(lines=[line(requires_shipping=False)], fulfilled_at=AT, shipping_address=None)
    )
    assert events_of(answer.order_id) == ["order_placed"]


def test_an_old_live_order_is_history(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    old = order(placed_at=AT - timedelta(days=3, seconds=1))
    [answer] = record(old)
    assert answer.outcome is RecordOutcome.IMPORTED
    found = api.get_order(answer.order_id)
    assert found.summary.state == "history"
    assert events_of(answer.order_id) == []
    assert free(tea) == 5


def test_another_stores_order_is_not_there(store: StoreInfo, other_store: StoreInfo) -> None:
    [answer] = record(order())
    with store_scope(other_store.id):
        for look in (api.get_order, api.get_order_page):
            with pytest.raises(NotFound):
                look(answer.order_id)
        assert api.list_orders().items == ()
        [theirs] = record(order())
    assert theirs.order_id != answer.order_id
    assert OrderLine.objects.count() == 1


def test_refund_before_its_order_is_named(store: StoreInfo) -> None:
    [outcome] = api.record_refunds([refund()], sales_channel=CHANNEL, by=SHOP, at=AT)
    assert outcome.order_id is None
    [answer] = record(order(lines=[line("TEA", 2)]))
    [outcome, again] = api.record_refunds(
        [refund(), refund()], sales_channel=CHANNEL, by=SHOP, at=LATER
    )
    assert outcome.order_id == again.order_id == answer.order_id
    assert outcome.is_new
    found = api.get_order(answer.order_id)
    assert found.summary.refunded_minor == 500
    assert found.refunds[0].lines[0].title == "Thing TEA"
    assert events_of(answer.order_id) == ["order_placed", "order_refunded"]
    [third] = api.record_refunds([refund()], sales_channel=CHANNEL, by=SHOP, at=LATER)
    assert not third.is_new
    assert api.get_order(answer.order_id).summary.refunded_minor == 500


def test_another_buyer_named_later_gets_the_order(store: StoreInfo) -> None:
    [answer] = record(order(person=IncomingPerson()))
    record(order(version_at=LATER, person=JONAS), at=LATER)
    found = api.get_order(answer.order_id).summary
    assert found.email == "jonas@example.com"
    [other] = record(order(2, person=JONAS))
    assert found.customer_id == api.get_order(other.order_id).summary.customer_id


def test_made_to_order_shows_its_time(store: StoreInfo) -> None:
    catalog.upsert_products(
        [
            ListedProduct(
                "p-MUG",
                "Mug",
                variants=(
                    ListedVariant("v-MUG", "MUG", production_days_min=5, production_days_max=7),
                ),
            )
        ],
        channel=CHANNEL,
        at=AT,
    )
    [answer] = record(order(lines=[line("MUG"), line("TEA")]))
    found = api.get_order(answer.order_id).estimate
    assert (found.production_days_min, found.production_days_max) == (5, 7)
    assert found.ship_by_date == date(2026, 12, 1)  # seven working days after Friday
