"""Everybody at once: nothing oversold, nothing held twice, nobody waits in a circle."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import transaction

from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.inventory import api
from doorstep.rooms.inventory.contracts import ReservationState
from doorstep.rooms.inventory.models import Reservation, StockLevel
from doorstep.rooms.inventory.tests.shelves import AT, CHECK, place, put, thing, want
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[StoreInfo]:
    info = stores.create_store(slug="shop", name="Shop", currency="EUR", at=AT)
    with store_scope(info.id):
        yield info


def test_64_orders_for_the_last_10_pieces_get_10(shop: StoreInfo) -> None:
    teapot, near, far = thing("TEAPOT"), place("Near", 1), place("Far", 2)
    put(teapot, near, 6)
    put(teapot, far, 4)

    def order(nth: int) -> int:
        with store_scope(shop.id), transaction.atomic():
            (result,) = api.reserve([want(f"line-{nth}", teapot, 1)], at=AT, by=CHECK)
            return result.reserved_quantity

    assert sum(at_once(64, order)) == 10
    assert sorted((r.on_hand, r.reserved) for r in StockLevel.objects.all()) == [(4, 4), (6, 6)]
    held = Reservation.objects.filter(state=ReservationState.ACTIVE)
    assert sum(row.quantity for row in held) == 10


def test_one_cause_from_many_workers_holds_once(shop: StoreInfo) -> None:
    teapot = thing("TEAPOT")
    put(teapot, place(), 50)

    def order(_: int) -> int:
        with store_scope(shop.id), transaction.atomic():
            (result,) = api.reserve([want("line", teapot, 3)], at=AT, by=CHECK)
            return result.reserved_quantity

    assert at_once(8, order) == [3] * 8
    assert api.available_to_promise([teapot]) == {teapot: 47}


def test_many_things_in_any_order_never_deadlock(shop: StoreInfo) -> None:
    berlin, hamburg = place("Berlin"), place("Hamburg")
    things = [thing(f"T{n}") for n in range(6)]
    for one in things:
        put(one, berlin, 20)
        put(one, hamburg, 20)

    def work(nth: int) -> None:
        chance = random.Random(nth)
        with store_scope(shop.id):
            for turn in range(6):
                some = chance.sample(things, 4)
                causes = [f"{nth}-{turn}-{k}" for k in range(4)]
                requests = [want(c, v, 2) for c, v in zip(causes, some, strict=True)]
                api.reserve(requests, at=AT, by=CHECK)
                chance.choice([api.release, api.consume])(causes, at=AT, by=CHECK)

    at_once(8, work)
    for row in StockLevel.objects.all():
        assert row.reserved == 0
    assert sum(r.on_hand for r in StockLevel.objects.all()) == 240 - _consumed()


def _consumed() -> int:
    rows = Reservation.objects.filter(state=ReservationState.CONSUMED)
    return sum(row.quantity for row in rows)


def test_counting_while_orders_come_keeps_the_books_straight(shop: StoreInfo) -> None:
    teapot: UUID = thing("TEAPOT")
    berlin = place()
    put(teapot, berlin, 10)

    def work(nth: int) -> None:
        with store_scope(shop.id):
            if nth % 4 == 0:
                put(teapot, berlin, nth)
            else:
                api.reserve([want(f"line-{nth}", teapot, 1)], at=AT, by=CHECK)

    at_once(12, work)
    level = StockLevel.objects.get()
    held = Reservation.objects.filter(state=ReservationState.ACTIVE)
    assert level.reserved == sum(row.quantity for row in held) <= level.on_hand
    moved = api.list_movements(variant_id=teapot)
    assert sum(one.delta for one in moved) == level.on_hand
