"""What happens while the engine is bringing somebody to the wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from doorstep.kernel.clock import now
from doorstep.kernel.events import lanes
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.audiences.tests.cast import incoming
from doorstep.rooms.journeys.models import Enrollment, sets
from doorstep.rooms.journeys.stepping.run import advance_due
from doorstep.rooms.journeys.tests.cast import DAY, MESSAGE, live
from doorstep.rooms.journeys.tests.test_listening import SHOP, buys
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.tests.cast import S, make_parcel, report, ship, step, tell

pytestmark = pytest.mark.django_db(transaction=True)

WAIT_FOR_ORDER = {
    "type": "wait", "event": "orders.order_placed", "days": 7, "next": None, "otherwise": "nudge",
}  # fmt: skip
WAIT_FOR_PARCEL = {
    "type": "wait", "delivery": {"days": 5, "give_up_days": 60}, "next": "nudge", "otherwise": None,
}  # fmt: skip


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def _during_a_step(happens: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen, and be heard of, between a set's claim and its end."""
    store_id, in_hand, go_on = current_store_id(), threading.Event(), threading.Event()
    move = sets.move

    def slowly(places: Any, *, at: Any) -> None:
        in_hand.set()
        assert go_on.wait(20)
        move(places, at=at)

    monkeypatch.setattr(sets, "move", slowly)

    def run(work: Callable[[], object]) -> threading.Thread:
        def whole() -> None:
            with store_scope(store_id):
                work()
            connections.close_all()

        thread = threading.Thread(target=whole)
        thread.start()
        return thread

    engine = run(lambda: advance_due(at=now()))
    assert in_hand.wait(20)
    happens()
    listener = run(lanes.run_until_idle)
    while listener.is_alive() and not _somebody_waits_for_a_lock():
        listener.join(0.02)
    go_on.set()
    engine.join(20)
    listener.join(20)


def test_an_event_ends_a_wait_that_begins_at_that_moment(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live({"wait": WAIT_FOR_ORDER, "nudge": MESSAGE})
    buys("maya", 1)

    def again() -> None:
        bought = incoming("maya", 2, at=now(), sku="TEA2")
        orders.record_orders(
            [bought], sales_channel="shopify", connection_id=None, by=SHOP, at=now()
        )

    _during_a_step(again, monkeypatch)
    row = Enrollment.objects.get()
    assert (row.step, row.waiting_for, row.is_woken) == ("wait", "event", True)


def test_a_parcel_arrives_while_somebody_comes_to_wait_for_it(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live({"wait": WAIT_FOR_PARCEL, "nudge": MESSAGE}, subject="order")
    order_id = buys("maya", 1)
    number, left = "00340434161094042557", now() - 4 * DAY
    ship(make_parcel(order_id, number, shipped_at=left), at=left)
    lanes.run_until_idle()
    delivered = step(S.DELIVERED, occurred_at=now() - timedelta(hours=1))
    _during_a_step(lambda: tell(report(delivered, number=number), at=now()), monkeypatch)
    row = Enrollment.objects.get()
    assert (row.step, row.waiting_for, row.is_woken) == ("wait", "delivery", True)
