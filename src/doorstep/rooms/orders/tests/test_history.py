"""Years of orders: kept once, fast, resumable, in silence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from doorstep.kernel.events.reading import list_events
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import ImportCounts, IncomingOrder, IncomingPerson, OrderFilter
from doorstep.rooms.orders.models import Order, OrderCharge, OrderLine, Refund
from doorstep.rooms.orders.tests.cast import AT, CHANNEL, SHOP, line, order, record, refund, stock
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[StoreInfo]:
    info = stores.create_store(slug="shop", name="Shop", currency="EUR", at=AT)
    with store_scope(info.id):
        yield info


def past(nth: int, **more: object) -> IncomingOrder:
    given = {
        "placed_at": AT - timedelta(days=365, minutes=nth),
        "lines": [line(f"S{nth % 7}"), line(f"T{nth % 5}", 2)],
        "person": IncomingPerson(email=f"p{nth % 30}@example.com", name=f"Person {nth % 30}"),
    }
    return order(nth, **{**given, **more})


def bring(orders: object, **more: object) -> ImportCounts:
    given = {"sales_channel": CHANNEL, "import_id": "import-1", "by": SHOP, "at": AT, "chunk": 40}
    return api.import_history(orders, **{**given, **more})  # type: ignore[arg-type]


def test_all_of_it_once_and_nothing_twice(shop: StoreInfo) -> None:
    told: list[int] = []
    counts = bring((past(n) for n in range(200)), on_progress=lambda c: told.append(c.seen))
    assert (counts.seen, counts.imported, counts.rejected) == (200, 200, 0)
    assert told == [40, 80, 120, 160, 200]
    again = bring(past(n) for n in range(250))
    assert (again.imported, again.known_before) == (50, 200)
    assert Order.objects.count() == 250
    assert OrderLine.objects.count() == 500
    assert OrderCharge.objects.count() == 250
    assert Order.objects.values("customer_id").distinct().count() == 30


def test_silence(shop: StoreInfo) -> None:
    tea = stock("S1", 5)
    bring(past(n, refunds=(refund(n, n),)) for n in range(50))
    assert inventory.available_to_promise([tea], CHANNEL) == {tea: 5}
    names = {one["name"] for one in list_events(keys=[str(shop.id)])}
    assert names == {"orders.orders_imported"}
    for row in Order.objects.all():
        assert row.state == "history"
        assert list_events(subjects=[f"order:{row.id}"]) == []
    assert Refund.objects.count() == 50
    assert Order.objects.filter(refunded_minor=500).count() == 50


def test_bad_ones_are_named_and_the_rest_goes_on(shop: StoreInfo) -> None:
    bad = past(5, lines=[line(quantity=0)])
    counts = bring([past(1), bad, past(2), past(2)])
    assert (counts.seen, counts.imported, counts.rejected, counts.known_before) == (4, 2, 1, 1)
    [(external_id, words)] = counts.problems
    assert external_id == "order-5"
    assert words.startswith("lines[0].quantity: ")


def test_an_import_that_broke_off_goes_on_where_it_was(shop: StoreInfo) -> None:
    def breaking() -> Iterator[IncomingOrder]:
        for n in range(200):
            if n == 130:
                raise OSError("the disk is gone")
            yield past(n)

    with pytest.raises(OSError, match="disk"):
        bring(breaking())
    kept = Order.objects.count()
    assert 0 < kept <= 120
    assert kept % 40 == 0  # whole chunks or nothing
    counts = bring(past(n) for n in range(200))
    assert counts.imported == 200 - kept
    assert Order.objects.count() == 200


def test_what_came_live_before_stays_live(shop: StoreInfo) -> None:
    [answer] = record(order(1))
    counts = bring([order(1), past(2)])
    assert (counts.imported, counts.known_before) == (1, 1)
    assert api.get_order(answer.order_id).summary.state == "ready"
    assert len(api.list_orders(OrderFilter(include_history=False)).items) == 1


def test_two_imports_of_the_same_file_at_once(shop: StoreInfo) -> None:
    from doorstep.kernel.tests.threads import at_once

    def bring_all(nth: int) -> int:
        with store_scope(shop.id):
            return bring(past(n) for n in range(160)).imported

    assert sum(at_once(2, bring_all)) == 160
    assert Order.objects.count() == 160
