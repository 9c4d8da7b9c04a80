"""The numbers on shelves: by hand, from platforms, from files."""

from __future__ import annotations

import pytest

from doorstep.kernel.actions.catalog import run_action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.ids import new_id
from doorstep.kernel.models.audit import AuditEntry
from doorstep.kernel.models.events import OutboxEvent
from doorstep.rooms.inventory import api
from doorstep.rooms.inventory.contracts import LineError, MovementReason, StockCount
from doorstep.rooms.inventory.models import StockMovement
from doorstep.rooms.inventory.tests.shelves import (
    AT,
    CHECK,
    INES,
    LATER,
    WANDA,
    place,
    put,
    thing,
    want,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def events() -> list[tuple[str, dict[str, object]]]:
    return [(row.name, row.payload) for row in OutboxEvent.objects.order_by("id")]


def test_adjusting_moves_the_shelf_and_writes_the_ledger(store: StoreInfo) -> None:
    teapot, berlin = thing("TEAPOT"), place()
    level = api.adjust_stock(
        variant_id=teapot,
        location_id=berlin,
        delta=7,
        reason=MovementReason.RECEIVED,
        note="Delivery 12",
        by=WANDA,
        at=AT,
    )
    assert (level.on_hand, level.reserved) == (7, 0)
    api.adjust_stock(
        variant_id=teapot,
        location_id=berlin,
        on_hand=5,
        reason=MovementReason.COUNTED,
        by=WANDA,
        at=LATER,
    )
    found = api.list_movements(variant_id=teapot)
    assert [(one.delta, one.on_hand_after, one.by_label) for one in found] == [
        (-2, 5, "Wanda"),
        (7, 7, "Wanda"),
    ]
    assert events() == [("inventory.stock_increased", {"variant_ids": [str(teapot)]})]
    entry = AuditEntry.objects.filter(action="inventory.adjust_stock").latest("at")
    assert entry.changes == {"on_hand": [7, 5]}


def test_a_count_below_what_is_reserved_takes_from_the_newest(store: StoreInfo) -> None:
    teapot, berlin = thing("TEAPOT"), place()
    put(teapot, berlin, 6)
    api.reserve([want("old", teapot, 3)], at=AT, by=CHECK)
    api.reserve([want("new", teapot, 3)], at=LATER, by=CHECK)
    OutboxEvent.objects.all().delete()
    put(teapot, berlin, 4)
    (level,) = api.list_levels(teapot)
    assert (level.on_hand, level.reserved) == (4, 4)
    assert {r.cause: r.quantity for r in api.list_reservations(variant_id=teapot)} == {
        "old": 3,
        "new": 1,
    }
    assert events() == [
        (
            "inventory.reservations_lost",
            {"causes": ["new"], "subjects": ["order:new"], "variant_ids": [str(teapot)]},
        )
    ]
    (again,) = api.reserve([want("new", teapot, 3)], at=LATER, by=CHECK)
    assert (again.reserved_quantity, again.missing_quantity) == (1, 2)
    put(teapot, berlin, 0)
    assert api.list_reservations(variant_id=teapot) == []


def test_what_adjusting_refuses(store: StoreInfo) -> None:
    teapot, berlin = thing("TEAPOT"), place()
    put(teapot, berlin, 3)
    base = {"variant_id": teapot, "location_id": berlin, "reason": MovementReason.COUNTED}
    for wrong, error in (
        ({}, Invalid),
        ({"delta": 1, "on_hand": 2}, Invalid),
        ({"delta": 1, "reason": MovementReason.SHIPPED}, Invalid),
        ({"delta": -4}, Conflict),
        ({"on_hand": -1}, Conflict),
        ({"delta": 1, "variant_id": new_id()}, NotFound),
        ({"delta": 1, "location_id": new_id()}, NotFound),
    ):
        with pytest.raises(error):
            api.adjust_stock(**(base | wrong), by=WANDA, at=AT)  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        api.adjust_stock(**base, delta=1, by=Actor("user", "m", "Mia", role="marketer"), at=AT)
    with pytest.raises(Invalid) as caught:
        run_action("inventory.adjust_stock", {"variant_id": "x"}, by=WANDA, at=AT)
    assert caught.value.field == "variant_id"
    assert [row.on_hand_after for row in StockMovement.objects.all()] == [3]


def test_a_platforms_numbers_come_in_sets(store: StoreInfo) -> None:
    teapot, cup, berlin = thing("TEAPOT"), thing("CUP"), place()
    counts = [StockCount(teapot, berlin, 4), StockCount(cup, berlin, 9)]
    sync = {"reason": MovementReason.SYNCED, "at": AT, "by": CHECK}
    assert api.set_stock(counts, **sync) == 2  # type: ignore[arg-type]
    assert api.set_stock(counts, **sync) == 0  # type: ignore[arg-type]
    for wrong in (
        [*counts, counts[0]],
        [StockCount(teapot, berlin, -1)],
        [StockCount(teapot, berlin, 3_000_000_000)],
        [StockCount(new_id(), berlin, 1)],
    ):
        with pytest.raises(Invalid):
            api.set_stock(wrong, **sync)  # type: ignore[arg-type]
    assert StockMovement.objects.count() == 2


def test_a_file_sets_stock_and_tells_its_wrong_lines(store: StoreInfo) -> None:
    teapot, _, berlin = thing("TEAPOT"), thing("CUP"), place("Berlin", 1)
    place("Hamburg", 2)
    text = (
        "\ufeffSKU;Location;Quantity\r\n"
        "TEAPOT;berlin;12\r\n"
        "CUP;;3\r\n"
        "\r\n"
        "NONE;Berlin;1\r\n"
        "CUP;Mars;1\r\n"
        "CUP;Hamburg;-2\r\n"
        "CUP;Hamburg\r\n"
        "CUP;Berlin;4\r\n"
        "TEAPOT;berlin;13\r\n"
    )
    result = api.import_stock(text=text, by=WANDA, at=AT)
    assert (result.lines, result.changed, result.unchanged) == (8, 2, 0)
    assert [(error.line, error.field) for error in result.errors] == [
        (5, "sku"),
        (6, "location"),
        (7, "on_hand"),
        (8, ""),
        (9, "sku"),
        (10, "sku"),
    ]
    assert result.errors[0] == LineError(5, "sku", "No variant has the sku “NONE”.")
    (level,) = api.list_levels(teapot)
    assert (level.location_id, level.on_hand) == (berlin, 12)
    again = api.import_stock(text=text, by=WANDA, at=LATER)
    assert (again.changed, again.unchanged) == (0, 2)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "file"),
        ("\ufeff", "file"),
        ("name,price\nTeapot,3\n", "sku"),
        ("sku,location\nTEAPOT,Berlin\n", "on_hand"),
        ('sku,on_hand\nTEAPOT,"12\n', "line 2"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(
    store: StoreInfo, text: str, field: str
) -> None:
    thing("TEAPOT")
    place()
    with pytest.raises(Invalid) as caught:
        api.import_stock(text=text, by=WANDA, at=AT)
    assert caught.value.field == field
    assert StockMovement.objects.count() == 0


def test_locations_have_names_of_their_own(store: StoreInfo) -> None:
    berlin = place("Berlin")
    with pytest.raises(Conflict):
        place("Berlin")
    hamburg = place("Hamburg")
    with pytest.raises(Conflict):
        api.edit_location(location_id=hamburg, name="Berlin", by=INES, at=AT)
    for wrong in ({"name": " "}, {"country_code": "Germany"}, {"priority": -1}):
        with pytest.raises(Invalid):
            api.edit_location(location_id=berlin, **wrong, by=INES, at=AT)  # type: ignore[arg-type]
    api.edit_location(location_id=hamburg, priority=1, country_code="de", by=INES, at=AT)
    assert [(one.name, one.country_code) for one in api.list_locations()] == [
        ("Hamburg", "DE"),
        ("Berlin", ""),
    ]
    with pytest.raises(NotFound):
        api.edit_location(location_id=new_id(), name="X", by=INES, at=AT)


def test_safety_stock_is_one_rule_a_case(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    OutboxEvent.objects.all().delete()
    for quantity in (1, 3):
        api.set_safety_stock(quantity=quantity, by=WANDA, at=AT)
    assert [(one.sales_channel, one.quantity) for one in api.list_safety_stock()] == [("", 3)]
    assert api.available_to_promise([teapot]) == {teapot: 2}
    assert events() == []
    assert api.set_safety_stock(quantity=None, by=WANDA, at=AT) is None
    assert events() == [("inventory.stock_increased", {"variant_ids": [str(teapot)]})]
    with pytest.raises(Invalid):
        api.set_safety_stock(quantity=-1, by=WANDA, at=AT)
    with pytest.raises(Invalid):
        api.set_safety_stock(quantity=1, sales_channel="x" * 3_000, by=WANDA, at=AT)
    with pytest.raises(Invalid):
        api.set_safety_stock(quantity=1, variant_id=new_id(), by=WANDA, at=AT)


def test_the_stock_list_is_searched_and_paged(store: StoreInfo) -> None:
    berlin, hamburg = place("Berlin", 1), place("Hamburg", 2)
    for sku in ("TEAPOT-A", "TEAPOT-B", "CUP"):
        put(thing(sku), berlin, 4)
    put(thing("CUP"), hamburg, 6)
    thing("UNCOUNTED")
    page = api.list_stock(limit=2)
    rest = api.list_stock(limit=2, cursor=page.next_cursor)
    assert [row.sku for row in (*page.rows, *rest.rows)] == ["CUP", "TEAPOT-A", "TEAPOT-B"]
    assert (page.rows[0].on_hand, len(page.rows[0].levels)) == (10, 2)
    assert rest.next_cursor == ""
    assert [row.sku for row in api.list_stock("teapot-b").rows] == ["TEAPOT-B"]
    (cup,) = api.list_stock("cup", location_id=hamburg).rows
    assert cup.on_hand == 6
    with pytest.raises(Invalid):
        api.list_stock(cursor="nonsense!")
