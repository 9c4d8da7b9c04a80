"""Two people, two tabs, the platform and we at once: each thing happens once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from doorstep.kernel.errors import Conflict
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.fulfillment import api
from doorstep.rooms.fulfillment.models import Parcel, ParcelLine, Shipment
from doorstep.rooms.fulfillment.planning.replan import replan
from doorstep.rooms.fulfillment.tests.cast import (
    AT,
    CHANNEL,
    INES,
    LATER,
    SHOP,
    WANDA,
    contents,
    line,
    order,
    pack,
    place,
    record,
    sent,
    ship,
    states,
    stock,
    told,
)
from doorstep.rooms.fulfillment.watch import look_at_promises
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[StoreInfo]:
    info = stores.create_store(
        slug="shop", name="Shop", currency="EUR", timezone="Europe/Berlin", at=AT
    )
    ensure_cursors()
    with store_scope(info.id):
        yield info


def test_two_packers_pack_once(shop: StoreInfo) -> None:
    [order_id] = place(order(lines=[line("TEA", 2)]))
    [found] = sent(order_id)

    def act(nth: int) -> str:
        with store_scope(shop.id):
            try:
                packed = api.pack_shipment(
                    shipment_id=found.summary.id,
                    parcels=[contents(found, weight_grams=100 + nth)],
                    by=WANDA if nth % 2 else INES,
                    at=LATER,
                )
            except Conflict:
                return "conflict"
            return packed.packed_by

    answers = at_once(6, act)
    assert len(set(answers)) == 1  # all say who it was
    assert (Parcel.objects.count(), ParcelLine.objects.count()) == (1, 1)


def test_many_hand_over_the_same_list_once(shop: StoreInfo) -> None:
    stock("TEA", 10)
    ids = place(*[order(n) for n in range(1, 6)])
    packed = [pack(sent(order_id)[0]).summary.id for order_id in ids]

    def act(nth: int) -> bool:
        with store_scope(shop.id):
            wanted = packed if nth % 2 else packed[::-1]
            outcomes = api.ship_shipments(shipment_ids=wanted, by=WANDA, at=LATER)
            return all(one.is_shipped for one in outcomes)

    assert all(at_once(6, act))
    [row] = inventory.list_stock().rows
    assert (row.on_hand, row.reserved) == (5, 0)


def test_canceling_while_packing_and_shipping_ends_in_one_way(shop: StoreInfo) -> None:
    stock("TEA", 20)
    ids = place(*[order(n) for n in range(1, 9)])
    packed = [pack(sent(order_id)[0]) for order_id in ids]

    def act(nth: int) -> None:
        with store_scope(shop.id):
            one = packed[nth // 2]
            if nth % 2:
                record(order(nth // 2 + 1, version_at=LATER, canceled_at=LATER), at=LATER)
            else:
                try:
                    ship(one)
                except Conflict:
                    return

    at_once(16, act)
    run_until_idle()
    for order_id in ids:
        [state] = states(order_id)
        gone = orders.get_order(order_id).lines[0].shipped_quantity
        assert (state, gone) in {("shipped", 1), ("canceled", 0)}
        assert orders.get_order(order_id).summary.state == "canceled"
    shipped = Shipment.objects.filter(state="shipped").count()
    [row] = inventory.list_stock().rows
    assert (row.on_hand, row.reserved) == (20 - shipped, 0)


def test_the_platform_and_we_send_the_same_thing_at_once(shop: StoreInfo) -> None:
    stock("TEA", 20)
    ids = place(*[order(n) for n in range(1, 7)])
    packed = [pack(sent(order_id)[0]) for order_id in ids]

    def act(nth: int) -> None:
        with store_scope(shop.id):
            if nth % 2:
                api.record_platform_shipments(
                    [told(nth // 2 + 1, order_nth=nth // 2 + 1)],
                    sales_channel=CHANNEL,
                    connection_id=None,
                    by=SHOP,
                    at=LATER,
                )
            else:
                ship(packed[nth // 2])

    at_once(12, act)
    run_until_idle()
    for order_id in ids:
        assert states(order_id) == ["shipped"]
        assert orders.get_order(order_id).summary.state == "shipped"
    [row] = inventory.list_stock().rows
    assert (row.on_hand, row.reserved) == (14, 0)


def test_planning_the_same_order_at_once_plans_it_once(shop: StoreInfo) -> None:
    [answer] = record(order(lines=[line("TEA", 3)]))

    def act(nth: int) -> None:
        from django.db import transaction

        with store_scope(shop.id), transaction.atomic():
            replan([answer.order_id], by=SHOP, at=LATER)

    at_once(6, act)
    assert states(answer.order_id) == ["to_pack"]


def test_several_watches_tell_each_shipment_once(shop: StoreInfo) -> None:
    place(*[order(n) for n in range(1, 13)])
    late = AT.replace(month=12, day=20)
    counts = Counter(at_once(4, lambda nth: look_at_promises(late)))
    assert sum(number * times for number, times in counts.items()) == 12
    assert Shipment.objects.filter(missed_at__isnull=False).count() == 12
