"""What platforms report as sent, and how it meets what was planned here."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.events.reading import list_events
from doorstep.rooms.fulfillment import api
from doorstep.rooms.fulfillment.contracts import IncomingParcel
from doorstep.rooms.fulfillment.tests.cast import (
    AT,
    LATER,
    SHOP,
    UPS,
    line,
    order,
    pack,
    pieces,
    place,
    record,
    sent,
    ship,
    states,
    stock,
    tell,
    told,
)
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
DHL = "00340434161094042557"


@pytest.fixture(autouse=True)
def listening(store: StoreInfo) -> None:
    ensure_cursors()


def events_of(order_id: UUID, name: str) -> list[dict]:
    found = list_events(subjects=[f"order:{order_id}"])
    return [one["payload"] for one in reversed(found) if one["name"] == f"fulfillment.{name}"]


def test_sent_elsewhere_it_is_not_packed_here(store: StoreInfo) -> None:
    stock("TEA", 5)
    [order_id] = place(order(lines=[line("TEA", 2)]))
    [outcome] = tell(told(lines={"TEA": 2}))
    [found] = sent(order_id)
    assert (outcome.order_id, outcome.shipment_id) == (order_id, found.summary.id)
    assert (found.summary.state, found.summary.source) == ("shipped", "platform")
    [parcel] = found.parcels
    assert (parcel.tracking_number, parcel.carrier, parcel.shipped_at) == (UPS, "ups", LATER)
    assert [(t.sku, t.quantity) for t in parcel.things] == [("TEA", 2)]
    assert orders.get_order(order_id).summary.state == "shipped"
    [row] = inventory.list_stock().rows
    assert (row.on_hand, row.reserved) == (3, 0)
    # The platform's own word comes later, and takes nothing off the shelf again.
    record(order(lines=[line("TEA", 2)], version_at=LATER, fulfilled_at=LATER), at=LATER)
    run_until_idle()
    assert states(order_id) == ["shipped"]
    [row] = inventory.list_stock().rows
    assert (row.on_hand, row.reserved) == (3, 0)


def test_a_part_is_taken_from_what_is_open(store: StoreInfo) -> None:
    [order_id] = place(order(lines=[line("TEA", 3), line("MUG")]))
    tell(told(lines={"TEA": 1}))
    found = sent(order_id)
    assert [(one.summary.state, pieces(one)) for one in found] == [
        ("to_pack", {"TEA": 2, "MUG": 1}),
        ("shipped", {"TEA": 1}),
    ]
    ship(pack(found[0]))
    assert orders.get_order(order_id).summary.state == "shipped"


def test_the_same_news_again_changes_nothing_and_newer_news_does(store: StoreInfo) -> None:
    [order_id] = place(order())
    assert tell(told())[0].is_changed
    assert not tell(told())[0].is_changed
    old = told(number=DHL, version=-5)
    assert not tell(old)[0].is_changed
    assert tell(told(parcels=(IncomingParcel(DHL, "DHL Paket"),), version=5))[0].is_changed
    [found] = sent(order_id)
    assert [(p.tracking_number, p.carrier) for p in found.parcels] == [(DHL, "dhl")]
    [changed] = events_of(order_id, "tracking_number_changed")
    assert (changed["previous_number"], changed["tracking_number"]) == (UPS, DHL)
    two = (IncomingParcel(DHL, "DHL Paket"), IncomingParcel(UPS, "UPS"))
    tell(told(parcels=two, version=6))
    assert len(sent(order_id)[0].parcels) == 2
    assert len(events_of(order_id, "shipment_shipped")) == 1


def test_called_off_it_is_packed_here_again(store: StoreInfo) -> None:
    [order_id] = place(order(lines=[line("TEA", 2)]))
    tell(told())
    assert orders.get_order(order_id).summary.state == "shipped"
    tell(told(is_canceled=True, version=5))
    detail = orders.get_order(order_id)
    assert (detail.summary.state, detail.lines[0].shipped_quantity) == ("ready", 0)
    assert states(order_id) == ["canceled", "to_pack"]
    [canceled] = events_of(order_id, "shipment_canceled")
    assert canceled["was_shipped"] is True
    assert tell(told(9, is_canceled=True))[0].shipment_id is None  # never heard of


def test_what_we_packed_and_the_platform_reports_is_one(store: StoreInfo) -> None:
    [first, second, third] = place(order(1), order(2), order(3))
    pack(sent(first)[0])
    ship(pack(sent(second)[0]))
    ship(pack(sent(third)[0], tracking_number=UPS))
    tell(told(1, order_nth=1), told(2, order_nth=2), told(3, order_nth=3, lines={"TEA": 1}))
    for order_id in (first, second, third):
        [found] = sent(order_id)
        assert (found.summary.state, found.summary.source) == ("shipped", "own")
        assert [one.tracking_number for one in found.parcels] == [UPS]
        assert len(events_of(order_id, "shipment_shipped")) == 1
        assert orders.get_order(order_id).lines[0].shipped_quantity == 1
    assert len(events_of(second, "tracking_number_changed")) == 1


def test_what_is_packed_here_gives_way_to_what_left_elsewhere(store: StoreInfo) -> None:
    [order_id] = place(order(lines=[line("TEA", 3), line("MUG")]))
    pack(sent(order_id)[0])
    tell(told(lines={"TEA": 1}))
    opened, gone = sent(order_id)
    assert (opened.summary.state, pieces(opened)) == ("to_pack", {"TEA": 2, "MUG": 1})
    assert opened.parcels == ()
    assert (gone.summary.state, pieces(gone)) == ("shipped", {"TEA": 1})
    [reopened] = events_of(order_id, "shipment_reopened")
    assert reopened["reason"] == "Part of it was sent elsewhere."
    ship(pack(opened))
    assert orders.get_order(order_id).summary.state == "shipped"


def test_gone_without_details_and_the_details_later(store: StoreInfo) -> None:
    stock("TEA", 5)
    [order_id] = place(order(lines=[line("TEA", 2), line("MUG", 1)]))
    gone = order(lines=[line("TEA", 2), line("MUG", 1)], version_at=LATER, fulfilled_at=LATER)
    record(gone, at=LATER)
    run_until_idle()
    [found] = sent(order_id)
    assert (found.summary.state, found.summary.source) == ("shipped", "platform")
    assert [one.tracking_number for one in found.parcels] == [""]
    tell(told(1, lines={"TEA": 2}))
    assert [pieces(one) for one in sent(order_id)] == [{"MUG": 1}, {"TEA": 2}]
    tell(told(2, lines={"MUG": 1}, number=DHL))
    assert states(order_id) == ["shipped", "shipped"]
    assert [one.shipped_quantity for one in orders.get_order(order_id).lines] == [2, 1]
    [row] = inventory.list_stock("TEA").rows
    assert (row.on_hand, row.reserved) == (3, 0)


def test_taken_back_without_details(store: StoreInfo) -> None:
    [order_id] = place(order())
    record(order(version_at=LATER, fulfilled_at=LATER), at=LATER)
    run_until_idle()
    much = LATER + timedelta(hours=1)
    record(order(version_at=much), at=much)
    run_until_idle()
    assert orders.get_order(order_id).summary.state == "ready"
    assert states(order_id) == ["canceled", "to_pack"]
    assert orders.get_order(order_id).lines[0].shipped_quantity == 0


def test_more_than_ordered_and_strange_lines(store: StoreInfo) -> None:
    [order_id] = place(order(lines=[line("TEA", 2)]))
    tell(told(lines={"TEA": 7, "NOBODY": 1}))
    assert [pieces(one) for one in sent(order_id)] == [{"TEA": 2}]
    assert tell(told(2, lines={"NOBODY": 1}))[0].shipment_id is None
    assert tell(told(3, order_nth=99))[0].order_id is None
    assert states(order_id) == ["shipped"]


def test_history_is_kept_without_telling_anybody(store: StoreInfo) -> None:
    [order_id] = place(order(placed_at=AT - timedelta(days=30), fulfilled_at=AT))
    tell(told())
    [found] = sent(order_id)
    assert (found.summary.state, len(found.parcels)) == ("shipped", 1)
    [shipped] = events_of(order_id, "shipment_shipped")
    assert shipped["is_history"] is True
    assert orders.get_order(order_id).summary.state == "history"
    assert api.count_shipments(at=LATER).shipped_today == 0


def test_a_set_takes_as_many_statements_as_one(store: StoreInfo) -> None:
    place(*[order(n) for n in range(1, 22)])
    with CaptureQueriesContext(connection) as one:
        api.record_platform_shipments(
            [told(1)], sales_channel="shopify", connection_id=None, by=SHOP, at=LATER
        )
    many = [told(n, order_nth=n) for n in range(2, 22)]
    with CaptureQueriesContext(connection) as all_of_them:
        api.record_platform_shipments(
            many, sales_channel="shopify", connection_id=None, by=SHOP, at=LATER
        )
    assert len(all_of_them) <= len(one)
