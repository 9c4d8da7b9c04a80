"""What has left, as shipments tell: totals, stock, and the order's state."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import ShippedTotals
from doorstep.rooms.orders.tests.cast import AT, LATER, SHOP, events_of, line, order, record, stock
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def tell(order_id: UUID, *totals: int) -> bool:
    lines = api.get_orders_to_ship([order_id])[order_id].lines
    told = ShippedTotals(
        order_id, {one.id: n for one, n in zip(lines, totals, strict=False)}, LATER
    )
    return api.record_shipped([told], by=SHOP, at=LATER)[order_id]


def test_totals_told_twice_change_nothing(store: StoreInfo) -> None:
    stock("TEA", 5)
    [answer] = record(order(lines=[line("TEA", 3), line("GIFT", requires_shipping=False)]))
    for _ in range(2):
        assert tell(answer.order_id, 2) is False
        [row] = inventory.list_stock().rows
        assert (row.on_hand, row.reserved) == (3, 1)
    for _ in range(2):
        assert tell(answer.order_id, 3) is True
        [row] = inventory.list_stock().rows
        assert (row.on_hand, row.reserved) == (2, 0)
    assert api.get_order(answer.order_id).summary.state == "shipped"
    assert events_of(answer.order_id).count("order_shipped") == 1


def test_what_comes_back_opens_the_order_again(store: StoreInfo) -> None:
    [answer] = record(order(lines=[line("TEA", 2)]))
    tell(answer.order_id, 2)
    assert tell(answer.order_id, 1) is False
    found = api.get_order(answer.order_id)
    assert (found.summary.state, found.fulfilled_at) == ("ready", None)


def test_what_is_over_keeps_its_state(store: StoreInfo) -> None:
    canceled, old = record(
        order(1, canceled_at=AT), order(2, placed_at=AT - timedelta(days=30), lines=[line("A")])
    )
    for one, state in ((canceled, "canceled"), (old, "history")):
        assert tell(one.order_id, 1) is True
        found = api.get_order(one.order_id)
        assert (found.summary.state, found.lines[0].shipped_quantity) == (state, 1)
    assert events_of(old.order_id) == []


def test_a_set_takes_a_constant_number_of_statements(store: StoreInfo) -> None:
    answers = record(*[order(n) for n in range(1, 9)])
    found = api.get_orders_to_ship([one.order_id for one in answers])
    told = [ShippedTotals(k, {o.lines[0].id: 1}, LATER) for k, o in found.items()]
    with CaptureQueriesContext(connection) as few:
        api.record_shipped(told[:1], by=SHOP, at=LATER)
    with CaptureQueriesContext(connection) as many:
        assert all(api.record_shipped(told[1:], by=SHOP, at=LATER).values())
    assert len(many) == len(few)
