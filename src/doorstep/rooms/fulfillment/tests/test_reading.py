"""Lists, scans, pick lists, carriers; people who are merged and erased."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.rooms.customers import api as customers
from doorstep.rooms.fulfillment import api
from doorstep.rooms.fulfillment.contracts import ServiceLevelInput, ShipmentFilter
from doorstep.rooms.fulfillment.models import Shipment
from doorstep.rooms.fulfillment.tests.cast import (
    INES,
    LATER,
    UPS,
    line,
    order,
    pack,
    place,
    sent,
    ship,
)
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.tests.cast import JONAS
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listening(store: StoreInfo) -> None:
    ensure_cursors()


def numbers(**wanted: object) -> list[str]:
    return [one.number for one in api.list_shipments(ShipmentFilter(**wanted)).items]  # type: ignore[arg-type]


def test_found_by_what_people_type(store: StoreInfo) -> None:
    [first, _] = place(order(1), order(2, lines=[line("MUG-BLUE")], person=JONAS))
    pack(sent(first)[0], tracking_number=UPS)
    assert numbers(search="1002") == ["#1002-1"]
    assert numbers(search="#1002-1") == ["#1002-1"]
    assert numbers(search="weber") == ["#1002-1"]
    assert numbers(search="mug-bl") == ["#1002-1"]
    assert numbers(search="1z 999 aa1") == ["#1001-1"]
    assert numbers(search="nobody") == []
    assert numbers(state="packed") == ["#1001-1"]
    assert numbers(order_id=first) == ["#1001-1"]
    assert numbers(search="' & | ! :*") == []


def test_pages_lose_and_repeat_nothing(store: StoreInfo) -> None:
    ids = place(*[order(n) for n in range(1, 8)])
    for filters in (ShipmentFilter(state="to_pack"), ShipmentFilter()):
        seen: list[str] = []
        cursor = ""
        while True:
            page = api.list_shipments(filters, cursor=cursor, limit=3)
            seen += [one.number for one in page.items]
            cursor = page.next_cursor
            if not cursor:
                break
        assert sorted(seen) == [f"#{1000 + n}-1" for n in range(1, 8)]
    Shipment.objects.filter(order_id__in=ids[:4]).update(ship_by_date=None, watch_at=None)
    first = api.list_shipments(ShipmentFilter(state="to_pack"), limit=5)
    second = api.list_shipments(ShipmentFilter(state="to_pack"), cursor=first.next_cursor, limit=5)
    assert len({one.id for one in (*first.items, *second.items)}) == 7
    for wrong in ("abc", first.next_cursor[:-4]):
        with pytest.raises(Invalid):
            api.list_shipments(cursor=wrong)
    with pytest.raises(Invalid):
        api.list_shipments(ShipmentFilter(due="soon"))


def test_a_scanner_reads_any_of_our_codes(store: StoreInfo) -> None:
    [order_id] = place(order())
    packed = pack(sent(order_id)[0], tracking_number=UPS)
    shipment_id = packed.summary.id
    page = orders.order_page_url(store, order_id, at=LATER)
    console = f"https://shop.example/c/shipments/{shipment_id}/"
    codes = ("#1001-1", "1001-1", "#1001", "1001", UPS, UPS.lower(), page, console)
    for code in codes:
        assert api.find_by_scan(code) == shipment_id, code
    for code in (
        "",
        "4711",
        "https://example.com/",
        "\x00",
        "https://x/o/forged.token",
        "x" * 9999,
    ):
        assert api.find_by_scan(code) is None


def test_one_pick_list_for_many(store: StoreInfo) -> None:
    ids = place(order(1, lines=[line("TEA", 2), line("MUG")]), order(2, lines=[line("TEA", 3)]))
    wanted = [sent(one)[0].summary.id for one in ids]
    rows = api.pick_list(wanted)
    assert [(one.sku, one.quantity, one.shipments) for one in rows] == [
        ("MUG", 1, ("#1001-1",)),
        ("TEA", 5, ("#1001-1", "#1002-1")),
    ]
    pack(sent(ids[0])[0])
    assert [one.quantity for one in api.pick_list(wanted)] == [3]


def test_reading_sets_takes_a_constant_number_of_queries(store: StoreInfo) -> None:
    ids = place(*[order(n) for n in range(1, 12)])
    for order_id in ids:
        ship(pack(sent(order_id)[0]))
    with CaptureQueriesContext(connection) as few:
        api.list_parcels_of_orders(ids[:1])
    with CaptureQueriesContext(connection) as many:
        found = api.list_parcels_of_orders(ids)
    assert len(found) == 11
    assert len(many) == len(few)
    parcels = [one.id for of_one in found.values() for one in of_one]
    with CaptureQueriesContext(connection) as read:
        assert len(api.get_parcels(parcels)) == 11
    assert len(read) <= len(few) + 1


def test_carriers_are_chosen_by_the_shipping_method(store: StoreInfo) -> None:
    level = ServiceLevelInput("paket", "DHL Paket", 1, 2, ("DHL", "Standard"))
    api.save_carrier(code="dhl", service_levels=[level], by=INES, at=LATER)
    api.save_carrier(
        code="bike", name="Bike", tracking_url="https://bike.example/{number}", is_default=True,
        by=INES, at=LATER,
    )  # fmt: skip
    [standard, other] = place(order(1), order(2, shipping_method="Express"))
    [parcel] = pack(sent(standard)[0]).parcels
    assert (parcel.carrier, parcel.service_level) == ("dhl", "paket")
    [parcel] = pack(sent(other)[0], tracking_number="B-77").parcels
    assert (parcel.carrier, parcel.tracking_url) == ("bike", "https://bike.example/B77")
    api.save_carrier(code="dhl", is_default=True, by=INES, at=LATER)
    assert [one.code for one in api.list_carriers() if one.is_default] == ["dhl"]
    api.delete_carrier(code="bike", by=INES, at=LATER)
    with pytest.raises(NotFound):
        api.delete_carrier(code="bike", by=INES, at=LATER)
    for wrong in (
        {"code": "Bad Code!"},
        {"code": "x"},
        {"code": "x", "name": "X", "provider": "nobody"},
        {"code": "x", "name": "X", "tracking_url": "ftp://x/{number}"},
        {"code": "x", "name": "X", "is_default": True, "is_active": False},
        {"code": "x", "name": "X", "service_levels": [level, level]},
    ):
        with pytest.raises(Invalid):
            api.save_carrier(**wrong, by=INES, at=LATER)


def test_shipments_follow_merges_and_forget_the_erased(store: StoreInfo) -> None:
    [hers, his] = place(order(1), order(2, person=JONAS))
    maya, jonas = (sent(one)[0].summary.customer_id for one in (hers, his))
    assert maya is not None
    assert jonas is not None
    merge = customers.merge_customers(survivor_id=maya, absorbed_id=jonas, by=INES, at=LATER)
    run_until_idle()
    assert sent(his)[0].summary.customer_id == maya
    customers.undo_merge(merge_id=merge.id, by=INES, at=LATER)
    run_until_idle()
    assert sent(his)[0].summary.customer_id == jonas
    Shipment.objects.filter(order_id=his).update(hold_words="Mr. Weber asked us to wait.")
    customers.erase_customer(customer_id=jonas, by=INES, at=LATER)
    run_until_idle()
    assert sent(his)[0].summary.recipient_name == ""
    assert "weber" not in repr(Shipment.objects.values().get(order_id=his)).lower()
    assert numbers(search="weber") == []
    assert numbers(search="1002") == ["#1002-1"]
    assert sent(hers)[0].summary.recipient_name == "Maya Lindqvist"
