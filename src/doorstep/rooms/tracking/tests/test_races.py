"""Two workers with the same number at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking.models import Checkpoint, Tracker, TrackingNumber
from doorstep.rooms.tracking.tests.cast import (
    S,
    events_of,
    fresh,
    make_parcel,
    place_order,
    report,
    ship,
    step,
    tell,
)

pytestmark = pytest.mark.django_db(transaction=True)
NUMBERS = [f"RACE{n}" for n in range(30)]


def _together(store: StoreInfo, *works: Callable[[], object]) -> None:
    ready, failures = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            with store_scope(store.id):
                ready.wait(10)
                work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,), name="racer") for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures


def test_an_unknown_number_gets_one_tracker(store: StoreInfo) -> None:
    here = [report(step(S.IN_TRANSIT, 3), number=n) for n in NUMBERS]
    there = [report(step(S.DELIVERED, 9), number=n, carrier="") for n in reversed(NUMBERS)]
    _together(store, lambda: tell(*here), lambda: tell(*there), lambda: tell(*here))
    assert Tracker.objects.count() == TrackingNumber.objects.count() == len(NUMBERS)
    assert Checkpoint.objects.count() == 2 * len(NUMBERS)
    assert set(Tracker.objects.values_list("status", flat=True)) == {"delivered"}


def test_news_and_their_shipment_at_once(store: StoreInfo) -> None:
    parcels = [make_parcel(place_order(n), number) for n, number in enumerate(NUMBERS[:6])]
    tell(*(report(step(S.IN_TRANSIT, 2), number=n) for n in NUMBERS[:3]))
    news = [report(step(S.DELIVERED, 9), number=n) for n in reversed(NUMBERS[:6])]
    _together(store, lambda: ship(*parcels), lambda: tell(*news))
    assert Tracker.objects.count() == 6
    for tracker in Tracker.objects.all():
        assert (tracker.parcel_id is not None, tracker.status) == (True, "delivered")
        assert events_of(tracker.order_id).count("parcel_delivered") == 1


def test_the_same_steps_at_once_are_told_once(store: StoreInfo) -> None:
    [tracker] = ship(make_parcel(place_order(), "RACE"))
    news = report(step(S.IN_TRANSIT, 2), step(S.DELIVERED, 9), number="RACE")
    _together(store, *[lambda: tell(news)] * 4)
    assert fresh(tracker).status == "delivered"
    assert events_of(tracker.order_id) == ["parcel_moved", "parcel_delivered"]
