"""From an order that is ready to a parcel that has left."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.events.reading import list_events
from doorstep.kernel.ids import new_id
from doorstep.rooms.fulfillment import api
from doorstep.rooms.fulfillment.contracts import ParcelContents, ShipmentFilter
from doorstep.rooms.fulfillment.tests.cast import (
    AT,
    INES,
    LATER,
    MIA,
    UPS,
    WANDA,
    contents,
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
)
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import MovementReason, StockCount
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def listening(store: StoreInfo) -> None:
    ensure_cursors()


def events_of(order_id: UUID) -> list[str]:
    found = list_events(subjects=[f"order:{order_id}"])
    return [one["name"] for one in reversed(found) if one["name"].startswith("fulfillment.")]


def test_from_order_to_carrier(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    [order_id] = place(order(lines=[line("TEA", 2), line("MUG", 1)]))
    [found] = sent(order_id)
    assert (found.summary.number, found.summary.state) == ("#1001-1", "to_pack")
    assert pieces(found) == {"TEA": 2, "MUG": 1}
    assert found.summary.location_name == "Berlin"
    assert found.summary.ship_by_date == orders.get_order(order_id).estimate.ship_by_date
    assert api.pick_shipments(shipment_ids=[found.summary.id], by=WANDA, at=LATER) == 1
    assert api.pick_shipments(shipment_ids=[found.summary.id], by=WANDA, at=LATER) == 0
    packed = pack(found, tracking_number="1z 999 aa1 01 2345 6784", weight_grams=900)
    [parcel] = packed.parcels
    assert (parcel.tracking_number, parcel.carrier, parcel.carrier_name) == (UPS, "ups", "UPS")
    assert UPS in parcel.tracking_url
    assert orders.get_order(order_id).summary.state == "ready"
    gone = ship(packed)
    run_until_idle()
    assert gone.summary.state == "shipped"
    detail = orders.get_order(order_id)
    assert detail.summary.state == "shipped"
    assert detail.fulfilled_at == LATER
    assert [one.shipped_quantity for one in detail.lines] == [2, 1]
    [level] = inventory.list_levels(tea)
    assert (level.on_hand, level.reserved) == (3, 0)
    assert events_of(order_id) == [
        "fulfillment.shipment_created",
        "fulfillment.shipment_packed",
        "fulfillment.shipment_shipped",
    ]
    assert list_events(subjects=[f"order:{order_id}"])[0]["payload"]["is_whole_order"] is True


def test_one_shipment_per_location(store: StoreInfo) -> None:
    tea, mug = stock("TEA", 5), stock("MUG", 0)
    far = inventory.create_location(name="Hamburg", priority=200, by=INES, at=AT)
    inventory.set_stock([StockCount(mug, far.id, 5)], reason=MovementReason.COUNTED, at=AT, by=INES)
    [order_id] = place(order(lines=[line("TEA"), line("MUG", 2), line("CARD")]))
    first, second = sent(order_id)
    assert pieces(first) == {"TEA": 1, "CARD": 1}  # not counted: goes with the first
    assert (pieces(second), second.summary.location_name) == ({"MUG": 2}, "Hamburg")
    ship(pack(second))
    assert orders.get_order(order_id).summary.state == "ready"
    assert {one.location_name: one.on_hand for one in inventory.list_levels(mug)}["Hamburg"] == 3
    ship(pack(first))
    assert orders.get_order(order_id).summary.state == "shipped"
    assert inventory.list_levels(tea)[0].on_hand == 4


def test_downloads_tests_and_history(store: StoreInfo) -> None:
    [digital] = place(order(1, lines=[line("BOOK", requires_shipping=False)]))
    [old] = place(order(2, placed_at=AT - timedelta(days=30)))
    [test] = place(order(3, is_test=True))
    assert sent(digital) == []
    assert sent(old) == []
    assert states(test) == ["to_pack"]
    assert api.count_shipments(at=LATER).to_pack == 0


def test_packing_counts_every_piece(store: StoreInfo) -> None:
    [order_id] = place(order(lines=[line("TEA", 3), line("MUG", 1)]))
    [found] = sent(order_id)
    tea, mug = (thing.order_line_id for thing in found.things)
    assert tea is not None
    assert mug is not None
    wrong = [
        [],
        [ParcelContents({})],
        [ParcelContents({tea: 4, mug: 1})],
        [ParcelContents({tea: 3, mug: 1}), ParcelContents({mug: 1})],
        [ParcelContents({tea: 3})],
        [ParcelContents({tea: 3, mug: 1, new_id(): 1})],
        [ParcelContents({tea: 3, mug: 1}, carrier="nobody")],
        [ParcelContents({tea: 3, mug: 1}, box_id=new_id())],
        [ParcelContents({tea: 3, mug: 1}, extras={new_id(): 1})],
        [ParcelContents({tea: 3, mug: 1}, weight_grams=0)],
        [ParcelContents({tea: 3, mug: 1}, tracking_number="-" * 300)],
    ]
    for parcels in wrong:
        with pytest.raises(Invalid):
            api.pack_shipment(shipment_id=found.summary.id, parcels=parcels, by=WANDA, at=LATER)
    assert states(order_id) == ["to_pack"]
    two = [ParcelContents({tea: 2}), ParcelContents({tea: 1, mug: 1})]
    packed = api.pack_shipment(shipment_id=found.summary.id, parcels=two, by=WANDA, at=LATER)
    assert [[(t.sku, t.quantity) for t in p.things] for p in packed.parcels] == [
        [("TEA", 2)],
        [("TEA", 1), ("MUG", 1)],
    ]
    again = api.pack_shipment(shipment_id=found.summary.id, parcels=two, by=INES, at=LATER)
    assert (again.packed_by, len(again.parcels)) == ("user:wanda", 2)
    with pytest.raises(Conflict, match="packed already"):
        pack(found)


def test_the_rest_goes_later(store: StoreInfo) -> None:
    stock("TEA", 3)
    [order_id] = place(order(lines=[line("TEA", 3)]))
    [found] = sent(order_id)
    tea = found.things[0].order_line_id
    assert tea is not None
    packed = api.pack_shipment(
        shipment_id=found.summary.id,
        parcels=[ParcelContents({tea: 2})],
        leave_rest=True,
        by=WANDA,
        at=LATER,
    )
    ship(packed)
    run_until_idle()
    detail = orders.get_order(order_id)
    assert (detail.summary.state, detail.lines[0].shipped_quantity) == ("ready", 2)
    rest = sent(order_id)[1]
    assert (pieces(rest), rest.summary.state) == ({"TEA": 1}, "to_pack")
    ship(pack(rest))
    assert orders.get_order(order_id).summary.state == "shipped"


def test_split_and_put_together_again(store: StoreInfo) -> None:
    [order_id] = place(order(lines=[line("TEA", 3)]))
    [found] = sent(order_id)
    tea = found.things[0].order_line_id
    assert tea is not None
    for wrong in ({}, {tea: 0}, {tea: 3}, {tea: 4}, {new_id(): 1}):
        with pytest.raises(Invalid):
            api.split_shipment(shipment_id=found.summary.id, later=wrong, by=WANDA, at=LATER)
    later = api.split_shipment(shipment_id=found.summary.id, later={tea: 1}, by=WANDA, at=LATER)
    record(order(lines=[line("TEA", 3)], version_at=LATER, note="x"), at=LATER)
    run_until_idle()
    assert [pieces(one) for one in sent(order_id)] == [{"TEA": 2}, {"TEA": 1}]  # stays apart
    api.cancel_shipment(shipment_id=later.summary.id, by=WANDA, at=LATER)
    assert pieces(sent(order_id)[0]) == {"TEA": 3}
    assert states(order_id) == ["to_pack", "canceled"]
    with pytest.raises(Conflict, match="all that is left"):
        api.cancel_shipment(shipment_id=found.summary.id, by=WANDA, at=LATER)


def test_holds_keep_it_here(store: StoreInfo) -> None:
    [first, second] = place(order(1), order(2))
    pack(sent(second)[0])
    for order_id in (first, second):
        orders.place_hold(order_id=order_id, note="Call her.", by=INES, at=LATER)
    run_until_idle()
    assert states(first) == ["on_hold"]
    assert sent(first)[0].hold_words == "Call her."
    with pytest.raises(Conflict, match="on hold"):
        pack(sent(first)[0])
    assert states(second) == ["packed"]  # its work is not thrown away, but it does not leave
    with pytest.raises(Conflict, match="must stay here"):
        ship(sent(second)[0])
    for order_id in (first, second):
        [hold] = orders.get_order(order_id).holds
        orders.release_hold(order_id=order_id, hold_id=hold.id, by=INES, at=LATER)
    run_until_idle()
    assert states(first) == ["to_pack"]
    ship(sent(second)[0])
    assert states(second) == ["shipped"]


def test_what_is_there_goes_by_decision(store: StoreInfo) -> None:
    stock("TEA", 2)
    [order_id] = place(order(lines=[line("TEA", 5), line("MUG")]))
    assert sent(order_id) == []
    made = api.ship_available(order_id=order_id, by=WANDA, at=LATER)
    assert (pieces(made), made.summary.state) == ({"TEA": 2}, "to_pack")
    with pytest.raises(Conflict, match="Nothing"):
        api.ship_available(order_id=order_id, by=WANDA, at=LATER)
    ship(pack(made))
    assert orders.get_order(order_id).summary.state == "on_hold"
    stock("TEA", 3, at=LATER)
    run_until_idle()
    rest = sent(order_id)[-1]
    assert orders.get_order(order_id).summary.state == "ready"
    assert pieces(rest) == {"TEA": 3, "MUG": 1}
    ship(pack(rest))
    assert orders.get_order(order_id).summary.state == "shipped"


def test_only_stock_can_be_decided_away(store: StoreInfo) -> None:
    stock("TEA", 2)
    [order_id] = place(order(lines=[line("TEA", 5)], financial_status=FinancialStatus.PENDING))
    with pytest.raises(Conflict, match="more than stock"):
        api.ship_available(order_id=order_id, by=WANDA, at=LATER)
    assert sent(order_id) == []


def test_changes_reach_what_is_not_packed_and_mark_what_is(store: StoreInfo) -> None:
    [first, second] = place(order(1, lines=[line("TEA", 2)]), order(2))
    pack(sent(second)[0])
    record(
        order(1, lines=[line("TEA", 1), line("MUG", 3)], version_at=LATER),
        order(2, lines=[line("TEA", 1), line("MUG", 1)], version_at=LATER),
        at=LATER,
    )
    run_until_idle()
    assert [pieces(one) for one in sent(first)] == [{"TEA": 1, "MUG": 3}]
    packed, added = sent(second)
    assert packed.order_changed_at == LATER
    assert (pieces(added), added.summary.state) == ({"MUG": 1}, "to_pack")
    with pytest.raises(Conflict, match="was changed after"):
        ship(packed)
    api.confirm_packed(shipment_id=packed.summary.id, by=WANDA, at=LATER)
    ship(packed)
    assert states(second) == ["shipped", "to_pack"]


def test_reopened_it_takes_in_what_changed(store: StoreInfo) -> None:
    [order_id] = place(order())
    packed = pack(sent(order_id)[0])
    api.reopen_shipment(shipment_id=packed.summary.id, reason="Box too small", by=WANDA, at=LATER)
    [found] = sent(order_id)
    assert (found.summary.state, found.parcels) == ("to_pack", ())
    again = api.reopen_shipment(shipment_id=packed.summary.id, by=WANDA, at=LATER)
    assert again.summary.state == "to_pack"
    ship(pack(found))
    with pytest.raises(Conflict, match="not here any more"):
        api.reopen_shipment(shipment_id=packed.summary.id, by=WANDA, at=LATER)


def test_canceled_orders_send_nothing(store: StoreInfo) -> None:
    [first, second] = place(order(1), order(2))
    packed = pack(sent(second)[0])
    record(
        order(1, canceled_at=LATER, version_at=LATER),
        order(2, canceled_at=LATER, version_at=LATER),
        at=LATER,
    )
    # Before planning has heard of it: the order's own row is asked.
    with pytest.raises(Conflict, match="was canceled"):
        ship(packed)
    run_until_idle()
    assert states(first) == states(second) == ["canceled"]
    with pytest.raises(Conflict, match="was canceled"):
        pack(sent(first)[0])


def test_an_own_shipment_is_not_undone_by_the_platforms_updates(store: StoreInfo) -> None:
    stock("TEA", 5)
    [order_id] = place(order(lines=[line("TEA", 2)]))
    ship(pack(sent(order_id)[0]))
    later = LATER + timedelta(hours=1)
    record(order(lines=[line("TEA", 2)], version_at=later, tags=("vip",)), at=later)
    run_until_idle()
    assert orders.get_order(order_id).summary.state == "shipped"
    much = later + timedelta(hours=1)
    record(order(lines=[line("TEA", 2)], version_at=much, fulfilled_at=much), at=much)
    run_until_idle()
    assert states(order_id) == ["shipped"]
    [row] = inventory.list_stock().rows
    assert (row.on_hand, row.reserved) == (3, 0)
    record(
        order(lines=[line("TEA", 2), line("MUG")], version_at=much + timedelta(hours=1)),
        at=much + timedelta(hours=1),
    )
    run_until_idle()
    assert orders.get_order(order_id).summary.state == "ready"
    assert [pieces(one) for one in sent(order_id)] == [{"TEA": 2}, {"MUG": 1}]


def test_many_leave_at_once_and_those_that_cannot_say_why(store: StoreInfo) -> None:
    ids = place(*[order(n) for n in range(1, 4)])
    ready = [pack(sent(order_id)[0]) for order_id in ids[:2]]
    open_one = sent(ids[2])[0]
    wanted = [one.summary.id for one in (*ready, open_one)]
    outcomes = api.ship_shipments(shipment_ids=wanted, by=WANDA, at=LATER)
    assert [one.is_shipped for one in outcomes] == [True, True, False]
    assert outcomes[2].problem == "#1003-1 is not packed yet. Pack it first."
    again = api.ship_shipments(shipment_ids=wanted[:2], by=WANDA, at=LATER)
    assert [one.is_shipped for one in again] == [True, True]
    assert events_of(ids[0]).count("fulfillment.shipment_shipped") == 1
    assert api.count_shipments(at=LATER).shipped_today == 2


def test_numbers_before_and_after_leaving(store: StoreInfo) -> None:
    [order_id] = place(order())
    packed = pack(sent(order_id)[0])
    [parcel] = packed.parcels
    api.set_tracking_number(parcel_id=parcel.id, tracking_number=UPS, by=WANDA, at=LATER)
    ship(packed)
    assert "fulfillment.tracking_number_changed" not in events_of(order_id)
    view = api.set_tracking_number(
        parcel_id=parcel.id, tracking_number="00340434161094042557", carrier="dhl", by=WANDA,
        at=LATER,
    )  # fmt: skip
    assert (view.carrier, view.carrier_name) == ("dhl", "DHL")
    api.set_tracking_number(
        parcel_id=parcel.id, tracking_number="00340434161094042557", carrier="dhl", by=WANDA,
        at=LATER,
    )  # fmt: skip
    assert events_of(order_id).count("fulfillment.tracking_number_changed") == 1
    with pytest.raises(NotFound):
        api.set_tracking_number(parcel_id=new_id(), tracking_number="1", by=WANDA, at=LATER)
    with pytest.raises(Invalid):
        api.set_tracking_number(parcel_id=parcel.id, tracking_number="—", by=WANDA, at=LATER)


def test_who_may_not_ship_changes_nothing(store: StoreInfo) -> None:
    [order_id] = place(order())
    [found] = sent(order_id)
    with pytest.raises(PermissionDenied):
        api.pack_shipment(shipment_id=found.summary.id, parcels=[contents(found)], by=MIA, at=LATER)
    assert states(order_id) == ["to_pack"]
    assert events_of(order_id) == ["fulfillment.shipment_created"]


def test_another_store_sees_nothing(store: StoreInfo, other_store: StoreInfo) -> None:
    from doorstep.kernel.tenancy import store_scope

    [order_id] = place(order())
    packed = pack(sent(order_id)[0], tracking_number=UPS)
    shipment_id, [parcel] = packed.summary.id, packed.parcels
    with store_scope(other_store.id):
        with pytest.raises(NotFound):
            api.get_shipment(shipment_id)
        with pytest.raises(NotFound):
            api.ship_shipment(shipment_id=shipment_id, by=WANDA, at=LATER)
        with pytest.raises(NotFound):
            api.set_tracking_number(parcel_id=parcel.id, tracking_number="1", by=WANDA, at=LATER)
        assert api.get_parcels([parcel.id]) == {}
        assert api.list_shipments(ShipmentFilter(search=UPS)).items == ()
        assert api.find_by_scan(UPS) is None
    assert states(order_id) == ["packed"]
