"""What happens outside moves people: triggers, waits for events and deliveries, exits, goals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.clock import now
from doorstep.kernel.events import lanes
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences.events import WishBackInStock
from doorstep.rooms.audiences.tests.cast import incoming
from doorstep.rooms.customers import api as customers
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.models import Enrollment
from doorstep.rooms.journeys.tests.cast import (
    DAY,
    INES,
    MESSAGE,
    WAIT,
    live,
    people,
    run_until_idle,
)
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.tests.cast import S, make_parcel, report, ship, step, tell

pytestmark = pytest.mark.django_db

SHOP = INES


def buys(name: str, nth: int, *, at: datetime | None = None, mode: str = "live") -> UUID:
    """Let somebody order, and let everybody hear of it."""
    at = at or now()
    lanes.ensure_cursors()
    bought = incoming(name, nth, at=at, sku=f"TEA{nth}")
    [kept] = orders.record_orders(
        [bought], sales_channel="shopify", connection_id=None, mode=mode, by=SHOP, at=at
    )
    lanes.run_until_idle()
    return kept.order_id


def ways() -> list[tuple[str, str]]:
    rows = Enrollment.objects.order_by("entered_at", "id")
    return [(row.status, row.exit_reason) for row in rows]


def test_an_order_lets_somebody_in_once(store: Any) -> None:
    lanes.ensure_cursors()
    live({"pause": WAIT}, subject="order")
    order_id = buys("maya", 1)
    row = Enrollment.objects.get()
    assert (row.order_id, row.status, row.step) == (order_id, "active", "pause")
    assert row.due_at is not None
    assert timedelta(days=2, hours=22) < row.due_at - row.entered_at < timedelta(days=3, hours=2)
    lanes.rewind("journeys.people")
    lanes.run_until_idle()
    assert Enrollment.objects.count() == 1


def test_a_filter_keeps_others_out(store: Any) -> None:
    lanes.ensure_cursors()
    live({"pause": WAIT}, filter={"fact": "customer.orders", "op": "gte", "value": 2})
    buys("maya", 1)
    assert ways() == []
    buys("maya", 2)
    assert ways() == [("active", "")]


def test_history_and_tests_start_nothing(store: Any) -> None:
    lanes.ensure_cursors()
    live({"pause": WAIT})
    buys("maya", 1, at=now() - 400 * DAY, mode="history")
    assert ways() == []


def test_an_event_ends_the_wait_for_it(store: Any) -> None:
    lanes.ensure_cursors()
    wait = {"type": "wait", "event": "orders.order_placed", "days": 7, "next": None,
            "otherwise": "nudge"}  # fmt: skip
    live({"wait": wait, "nudge": MESSAGE})
    buys("maya", 1)
    buys("jonas", 2)
    run_until_idle(now())
    buys("maya", 3)
    run_until_idle(now())
    by_name = {e.customer.name: e.status for e in Enrollment.objects.select_related("customer")}
    assert by_name == {"Maya": "completed", "Jonas": "active"}
    assert not Message.objects.filter(kind="thank_you").exists()
    run_until_idle(now() + 8 * DAY)
    written = Message.objects.filter(kind="thank_you").select_related("customer")
    assert [m.customer.name for m in written if m.customer] == ["Jonas"]


def test_an_exit_and_a_goal_end_the_way(store: Any) -> None:
    lanes.ensure_cursors()
    version = live({"pause": WAIT}, goal={"event": "orders.order_placed", "days": 30})
    buys("maya", 1)
    run_until_idle(now())
    assert ways() == [("active", "")]
    buys("maya", 2)
    assert ways() == [("exited", "orders.order_placed")]
    assert api.goal_report(version.journey_id).reached == 1


def test_two_orders_in_one_set_are_an_entry_and_its_goal(store: Any) -> None:
    lanes.ensure_cursors()
    version = live({"pause": WAIT}, subject="order", goal={"event": "orders.order_placed"})
    at = now()
    for nth, moment in ((1, at - timedelta(minutes=5)), (2, at)):
        bought = incoming("maya", nth, at=moment, sku=f"TEA{nth}")
        orders.record_orders(
            [bought], sales_channel="shopify", connection_id=None, by=SHOP, at=moment
        )
    lanes.run_until_idle()
    assert ways() == [("exited", "orders.order_placed")]
    assert api.goal_report(version.journey_id).reached == 1


def test_the_order_that_began_it_is_no_goal(store: Any) -> None:
    lanes.ensure_cursors()
    version = live({"pause": WAIT}, subject="order", goal={"event": "orders.order_placed"})
    buys("maya", 1)
    assert api.goal_report(version.journey_id).reached == 0


def test_days_after_delivery_move_with_the_parcel(store: Any) -> None:
    lanes.ensure_cursors()
    wait = {"type": "wait", "delivery": {"days": 5, "at": "10:00", "give_up_days": 60},
            "next": "care", "otherwise": None}  # fmt: skip
    live({"wait": wait, "care": {**MESSAGE, "template": "care_tips"}}, subject="order")
    order_id = buys("maya", 1)
    run_until_idle(now())
    row = Enrollment.objects.get()
    assert (row.waiting_for, row.is_woken) == ("delivery", False)
    assert row.due_at is not None
    assert row.due_at > now() + 50 * DAY
    number, left = "00340434161094042557", now() - 4 * DAY
    ship(make_parcel(order_id, number, shipped_at=left), at=left)
    delivered = now() - timedelta(hours=1)
    tell(report(step(S.DELIVERED, occurred_at=delivered), number=number), at=now())
    lanes.run_until_idle()
    row.refresh_from_db()
    assert row.is_woken
    assert row.due_at is not None
    assert 4 <= (row.due_at - delivered).days <= 5
    assert row.due_at.astimezone(UTC).hour in (8, 9)  # ten o'clock in Berlin
    run_until_idle(row.due_at)
    assert Message.objects.filter(kind="care_tips").count() == 1


def test_an_erased_customer_leaves(store: Any) -> None:
    lanes.ensure_cursors()
    live({"pause": WAIT})
    buys("maya", 1)
    customers.erase_customer(customer_id=Enrollment.objects.get().customer_id, by=INES, at=now())
    lanes.run_until_idle()
    assert ways() == [("exited", "erased")]
    assert run_until_idle(now() + 9 * DAY) == 0


def test_merged_customers_are_in_it_once(store: Any) -> None:
    lanes.ensure_cursors()
    live({"pause": WAIT})
    buys("maya", 1)
    buys("mayas-other-address", 2)
    first, second = Enrollment.objects.order_by("entered_at").values_list("customer_id", flat=True)
    customers.merge_customers(survivor_id=first, absorbed_id=second, by=INES, at=now())
    lanes.run_until_idle()
    assert sorted(ways()) == [("active", ""), ("exited", "merged")]


def test_a_flood_of_triggers_costs_few_statements(store: Any) -> None:
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.events.registry import Recorded
    from doorstep.kernel.ids import new_id
    from doorstep.rooms.customers.events import CustomerChanged
    from doorstep.rooms.journeys.listening import hear

    live({"pause": WAIT}, trigger={"type": "event", "event": "customers.customer_changed"})
    at, by = now(), Actor.system("t")
    counts = []
    for size in (5, 500):
        flood = [
            Recorded(
                n, new_id(), store.id, "customers.customer_changed",
                CustomerChanged(one, ["tags"]), str(one), "", at, by,
            )
            for n, one in enumerate(people(size))
        ]  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            hear(flood)
        counts.append(len(queries))
    assert Enrollment.objects.count() == 505
    assert counts[0] == counts[1]


def test_what_a_journey_does_itself_does_not_begin_it_again(store: Any) -> None:
    lanes.ensure_cursors()
    tag = {"type": "action", "action": "customers.tag_customer", "input": {"tag": "seen"}}
    untag = {**tag, "action": "customers.untag_customer"}
    live(
        {"tag": {**tag, "next": "untag"}, "untag": {**untag, "next": None}},
        trigger={"type": "event", "event": "customers.customer_changed"},
        reentry={"mode": "always"},
    )
    [maya] = people(1)
    customers.tag_customer(customer_id=maya, tag="met", by=SHOP, at=now())
    for _ in range(3):
        lanes.run_until_idle()
        run_until_idle(now())
    assert ways() == [("completed", "")]


def test_another_stores_journeys_hear_nothing(store: Any, other_store: Any) -> None:
    lanes.ensure_cursors()
    with store_scope(other_store.id):
        live({"pause": WAIT})
    buys("maya", 1)
    with store_scope(other_store.id):
        assert ways() == []


def test_what_is_there_again_goes_along_with_who_wished_for_it(store: Any) -> None:
    lanes.ensure_cursors()
    [maya] = people(1)
    made = api.create_journey(name="There again", template="back_in_stock", by=INES, at=now())
    revision = api.get_journey(made).revision
    api.publish_journey(journey_id=made, revision=revision, by=INES, at=now())
    products = [new_id(), new_id()]
    publish(
        WishBackInStock(maya, products), key=maya, at=now(), by=INES, subject=f"customer:{maya}"
    )
    lanes.run_until_idle()
    row = Enrollment.objects.get()
    assert (row.customer_id, row.data) == (maya, {"product_ids": [str(one) for one in products]})
