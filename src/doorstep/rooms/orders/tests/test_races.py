"""Everybody at once: each order once, nothing promised twice, no hold doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from doorstep.kernel.errors import Conflict
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import IncomingPerson, OrderFilter, RecordOutcome
from doorstep.rooms.orders.models import Hold, Order, OrderLine, Refund
from doorstep.rooms.orders.tests.cast import (
    AT,
    CHANNEL,
    LATER,
    SAM,
    SHOP,
    events_of,
    free,
    line,
    order,
    record,
    refund,
    stock,
)
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[StoreInfo]:
    info = stores.create_store(
        slug="shop", name="Shop", currency="EUR", timezone="Europe/Berlin", at=AT
    )
    with store_scope(info.id):
        yield info


def somebody(nth: int) -> IncomingPerson:
    return IncomingPerson(email=f"p{nth}@example.com", name=f"Person {nth}")


def test_64_orders_for_the_last_10_pieces_promise_exactly_10(shop: StoreInfo) -> None:
    tea = stock("TEA", 10)

    def buy(nth: int) -> UUID:
        with store_scope(shop.id):
            [answer] = record(order(nth, person=somebody(nth)))
            return answer.order_id

    ids = at_once(64, buy)
    found = [api.get_order(order_id).summary for order_id in ids]
    assert Counter(one.state for one in found) == {"ready": 10, "on_hold": 54}
    assert free(tea) == 0
    [row] = inventory.list_stock().rows
    assert (row.on_hand, row.reserved) == (10, 10)


def test_the_same_order_from_many_workers_is_one(shop: StoreInfo) -> None:
    tea = stock("TEA", 50)

    def bring(nth: int) -> RecordOutcome:
        with store_scope(shop.id):
            return record(order(1, lines=[line("TEA", 2)]))[0].outcome

    outcomes = Counter(at_once(12, bring))
    assert outcomes == {RecordOutcome.PLACED: 1, RecordOutcome.UNCHANGED: 11}
    [row] = Order.objects.all()
    assert OrderLine.objects.count() == 1
    assert events_of(row.id) == ["order_placed"]
    assert free(tea) == 48


def test_sets_that_overlap_in_any_order_never_wait_in_a_circle(shop: StoreInfo) -> None:
    stock("TEA", 1000)

    def bring(nth: int) -> None:
        with store_scope(shop.id):
            numbers = range(20) if nth % 2 else range(19, -1, -1)
            record(*[order(n, person=somebody(n % 5)) for n in numbers])

    at_once(8, bring)
    assert Order.objects.count() == 20
    assert free(stock_id()) == 980


def stock_id() -> UUID:
    [row] = inventory.list_stock().rows
    return row.variant_id


def test_versions_at_once_end_as_the_newest(shop: StoreInfo) -> None:
    record(order())

    def change(nth: int) -> None:
        with store_scope(shop.id):
            record(replace(order(), version_at=LATER.replace(minute=nth), note=str(nth)), at=LATER)

    at_once(10, change)
    [found] = api.list_orders(OrderFilter()).items
    assert api.get_order(found.id).note == "9"


def test_one_refund_from_many_is_one(shop: StoreInfo) -> None:
    [answer] = record(order())

    def give_back(nth: int) -> bool:
        with store_scope(shop.id):
            [one] = api.record_refunds([refund()], sales_channel=CHANNEL, by=SHOP, at=LATER)
            return one.is_new

    assert sum(at_once(8, give_back)) == 1
    assert Refund.objects.count() == 1
    assert api.get_order(answer.order_id).summary.refunded_minor == 500


def test_two_people_hold_one_order_once(shop: StoreInfo) -> None:
    [answer] = record(order())

    def hold(nth: int) -> bool:
        with store_scope(shop.id):
            try:
                api.place_hold(order_id=answer.order_id, note="", by=SAM, at=LATER)
            except Conflict:
                return False
            return True

    assert sum(at_once(6, hold)) == 1
    assert Hold.objects.count() == 1


def test_stock_that_arrives_while_orders_come_reaches_them_all(shop: StoreInfo) -> None:
    ensure_cursors()
    stock("TEA", 0)

    def act(nth: int) -> None:
        with store_scope(shop.id):
            if nth == 0:
                stock("TEA", 30, at=LATER)
            else:
                record(order(nth, person=somebody(nth)))

    at_once(16, act)
    run_until_idle()
    assert api.count_orders().on_hold == 0
    assert free(stock_id()) == 15
