"""Holding pieces: who gets what, once, in order, and what the database refuses."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid
from doorstep.kernel.models.events import OutboxEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import api
from doorstep.rooms.inventory.contracts import MovementReason, ReservationState, ShippedPieces
from doorstep.rooms.inventory.models import Reservation, StockLevel, StockMovement
from doorstep.rooms.inventory.tests.shelves import AT, CHECK, INES, LATER, place, put, thing, want
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


def reserve(*requests: object) -> list[tuple[int, int]]:
    found = api.reserve(requests, at=LATER, by=CHECK)  # type: ignore[arg-type]
    return [(one.reserved_quantity, one.missing_quantity) for one in found]


def test_requests_are_served_in_order_until_nothing_is_left(store: StoreInfo) -> None:
    teapot, berlin = thing("TEAPOT"), place()
    put(teapot, berlin, 5)
    assert reserve(want("a", teapot, 3), want("b", teapot, 3), want("c", teapot, 1)) == [
        (3, 0),
        (2, 1),
        (0, 1),
    ]
    (level,) = api.list_levels(teapot)
    assert (level.on_hand, level.reserved, level.free) == (5, 5, 0)


def test_the_same_request_again_changes_nothing(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    for _ in range(3):
        assert reserve(want("a", teapot, 3)) == [(3, 0)]
    assert [r.quantity for r in api.list_reservations(variant_id=teapot)] == [3]


def test_a_request_grows_and_shrinks_what_its_cause_holds(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    assert reserve(want("a", teapot, 2)) == [(2, 0)]
    assert reserve(want("a", teapot, 7)) == [(5, 2)]
    assert reserve(want("a", teapot, 1)) == [(1, 0)]
    assert api.available_to_promise([teapot]) == {teapot: 4}
    assert reserve(want("a", teapot, 0)) == [(0, 0)]
    assert api.available_to_promise([teapot]) == {teapot: 5}


def test_a_line_that_changed_its_variant_gives_the_old_pieces_back(store: StoreInfo) -> None:
    blue, green, berlin = thing("BLUE"), thing("GREEN"), place()
    put(blue, berlin, 1)
    put(green, berlin, 1)
    reserve(want("a", blue, 1))
    assert reserve(want("a", green, 1), want("b", blue, 1)) == [(1, 0), (1, 0)]
    assert reserve(want("b", None, 1)) == [(1, 0)]
    assert api.available_to_promise([blue]) == {blue: 1}


def test_untracked_and_unknown_things_always_pass(store: StoreInfo) -> None:
    voucher = thing("VOUCHER")
    results = api.reserve([want("a", voucher, 4), want("b", None, 2)], at=AT, by=CHECK)
    assert [(r.reserved_quantity, r.missing_quantity, r.is_tracked) for r in results] == [
        (4, 0, False),
        (2, 0, False),
    ]
    assert Reservation.objects.count() == 0
    assert api.available_to_promise([voucher]) == {voucher: None}


def test_one_parcel_goes_before_two(store: StoreInfo) -> None:
    teapot, near, far = thing("TEAPOT"), place("Near", 1), place("Far", 2)
    put(teapot, near, 2)
    put(teapot, far, 5)
    (whole,) = api.reserve([want("a", teapot, 3)], at=AT, by=CHECK)
    assert [(s.location_id, s.quantity) for s in whole.splits] == [(far, 3)]
    (split,) = api.reserve([want("b", teapot, 4)], at=AT, by=CHECK)
    assert [(s.location_id, s.quantity) for s in split.splits] == [(near, 2), (far, 2)]


def test_safety_stock_is_kept_from_a_channel(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    api.set_safety_stock(quantity=2, sales_channel="ebay", by=INES, at=AT)
    assert reserve(want("a", teapot, 5, "ebay")) == [(3, 2)]
    assert reserve(want("b", teapot, 5, "shopify")) == [(2, 3)]
    api.set_safety_stock(quantity=0, variant_id=teapot, sales_channel="ebay", by=INES, at=AT)
    api.release(["a", "b"], at=AT, by=CHECK)
    assert reserve(want("c", teapot, 5, "ebay")) == [(5, 0)]


def test_a_marketplaces_own_shelves_serve_nobody_else(store: StoreInfo) -> None:
    teapot, theirs = thing("TEAPOT"), place("FBA", sales_channel="amazon")
    put(teapot, theirs, 3)
    assert reserve(want("a", teapot, 1, "shopify")) == [(0, 1)]
    assert reserve(want("b", teapot, 1, "amazon")) == [(1, 0)]
    assert api.available_to_promise([teapot], "amazon") == {teapot: 2}
    api.edit_location(location_id=theirs, is_active=False, by=INES, at=AT)
    assert reserve(want("c", teapot, 1, "amazon")) == [(0, 1)]


def test_released_pieces_are_free_again_and_said_so(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 2)
    reserve(want("a", teapot, 2))
    OutboxEvent.objects.all().delete()
    assert api.release(["a", "never-asked"], at=LATER, by=CHECK) == 2
    assert api.release(["a"], at=LATER, by=CHECK) == 0
    assert [(e.name, e.payload) for e in OutboxEvent.objects.all()] == [
        ("inventory.stock_increased", {"variant_ids": [str(teapot)]})
    ]
    assert reserve(want("b", teapot, 2)) == [(2, 0)]


def test_shipped_pieces_leave_the_shelf_once(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    reserve(want("a", teapot, 2), want("b", teapot, 1))
    assert api.consume(["a"], at=LATER, by=CHECK) == 2
    assert api.consume(["a"], at=LATER, by=CHECK) == 0
    assert api.release(["a"], at=LATER, by=CHECK) == 0
    (level,) = api.list_levels(teapot)
    assert (level.on_hand, level.reserved) == (3, 1)
    shipped = api.list_movements(variant_id=teapot)[0]
    assert (shipped.delta, shipped.on_hand_after, shipped.reason, shipped.cause) == (
        -2,
        3,
        MovementReason.SHIPPED,
        "a",
    )
    # What was shipped counts towards what the cause needs.
    assert reserve(want("a", teapot, 3)) == [(3, 0)]
    assert reserve(want("a", teapot, 2)) == [(2, 0)]


def test_a_cause_asks_once_in_a_set_and_never_for_less_than_nothing(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    for wrong in (
        [want("a", teapot, 1), want("a", teapot, 1)],
        [want("a", teapot, -1)],
        [want("", teapot, 1)],
    ):
        with pytest.raises(Invalid):
            api.reserve(wrong, at=AT, by=CHECK)
    assert Reservation.objects.count() == 0


def test_the_number_of_queries_does_not_grow_with_the_orders(store: StoreInfo) -> None:
    berlin = place()
    things = [thing(f"T{n}") for n in range(20)]
    for one in things:
        put(one, berlin, 100)

    def queries(prefix: str, count: int) -> int:
        requests = [want(f"{prefix}{n}", things[n % 20], 1) for n in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            api.reserve(requests, at=AT, by=CHECK)
        return len(captured)

    assert queries("few", 2) == queries("many", 200)


def test_another_stores_stock_is_invisible(store: StoreInfo, other_store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    reserve(want("a", teapot, 1))
    with store_scope(other_store.id):
        assert api.list_levels(teapot) == []
        (result,) = api.reserve([want("x", teapot, 1)], at=AT, by=CHECK)
        assert not result.is_tracked  # unknown here: nothing of the other store was touched
        assert api.release(["a"], at=AT, by=CHECK) == 0
        with pytest.raises(Invalid):
            put(teapot, place(), 1)
    (level,) = api.list_levels(teapot)
    assert (level.on_hand, level.reserved) == (5, 1)


@pytest.mark.parametrize(
    "broken",
    [{"reserved": 6}, {"reserved": -1}, {"on_hand": 1}, {"on_hand": -1}],
)
def test_the_database_refuses_to_oversell(store: StoreInfo, broken: dict[str, int]) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    reserve(want("a", teapot, 2))
    with pytest.raises(IntegrityError, match="nothing_oversold"), transaction.atomic():
        StockLevel.objects.update(**broken)


def test_the_database_refuses_broken_reservations(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    reserve(want("a", teapot, 2))
    row = Reservation.objects.get()
    for broken in (
        {"quantity": 0},
        {"state": "lost"},
        {"state": ReservationState.RELEASED},
        {"ended_at": AT},
        {"cause": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reservation.objects.update(**broken)
    twin = Reservation(
        store_id=store.id,
        level_id=row.level_id,
        variant_id=teapot,
        cause="a",
        quantity=1,
        reserved_at=AT,
        by="x:y",
    )
    with pytest.raises(IntegrityError, match="held_once_per_cause"), transaction.atomic():
        twin.save(force_insert=True)


def test_the_ledger_of_the_shelves_cannot_be_rewritten(store: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 5)
    for change in (
        lambda: StockMovement.objects.update(delta=1),
        lambda: StockMovement.objects.all().delete(),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()


def test_reservations_lists_say_for_which_order(store: StoreInfo) -> None:
    teapot: UUID = thing("TEAPOT")
    put(teapot, place(), 5)
    api.reserve([want("a", teapot, 2)], at=AT, by=CHECK)
    api.reserve([want("b", teapot, 1)], at=AT + timedelta(hours=2), by=CHECK)
    found = api.list_reservations(variant_id=teapot)
    assert [(one.subject, one.quantity, one.location_name) for one in found] == [
        ("order:b", 1, "Berlin"),
        ("order:a", 2, "Berlin"),
    ]
    assert catalog.get_variant(teapot).is_tracked


def test_a_part_is_shipped_where_it_lay_and_the_rest_stays_held(store: StoreInfo) -> None:
    teapot, near, far = thing("TEAPOT"), place("Near", 1), place("Far", 2)
    put(teapot, near, 2)
    put(teapot, far, 4)
    api.reserve([want("line", teapot, 5)], at=AT, by=CHECK)
    assert api.consume_pieces([ShippedPieces("line", 2, far)], at=AT, by=CHECK) == 2
    assert {one.location_id: one.quantity for one in api.held_pieces(["line"])["line"]} == {
        near: 2,
        far: 1,
    }
    (again,) = api.reserve([want("line", teapot, 5)], at=AT, by=CHECK)
    assert (again.reserved_quantity, again.missing_quantity) == (5, 0)  # shipped ones count
    assert api.consume_pieces([ShippedPieces("line", 9, far)], at=AT, by=CHECK) == 3
    assert api.consume_pieces([ShippedPieces("line", 1, far)], at=AT, by=CHECK) == 0
    assert {one.location_id: one.on_hand for one in api.list_levels(teapot)} == {near: 0, far: 1}
