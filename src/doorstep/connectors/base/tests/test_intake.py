"""From stored bytes to orders: in sets, each once, the good in spite of the bad."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from doorstep.connectors.base.actions import discard_delivery, retry_deliveries
from doorstep.connectors.base.intake.cleanup import delete_old
from doorstep.connectors.base.intake.working import MAX_ATTEMPTS, work_off
from doorstep.connectors.base.models import Connection, Delivery
from doorstep.connectors.base.queries import count_problems, list_problems, replay
from doorstep.connectors.base.tests.conftest import AT, INES
from doorstep.connectors.shopify.tests.payloads import line, order, refund
from doorstep.connectors.woocommerce.tests.payloads import order as woo_order
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter

pytestmark = pytest.mark.django_db

SOON = AT + timedelta(seconds=1)
Deliver = Callable[..., Delivery]


def all_orders() -> dict[str, Any]:
    page = orders.list_orders(OrderFilter(), limit=50)
    return {one.number: one for one in page.items}


def statuses() -> list[str]:
    return list(Delivery.objects.order_by("received_at").values_list("status", flat=True))


def test_an_order_arrives(deliver: Deliver) -> None:
    delivery = deliver(order())
    assert work_off(SOON) == 1
    found = all_orders()["#1001"]
    assert (found.currency, found.total_minor, found.sales_channel) == ("EUR", 2990, "shopify")
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("processed", 1)
    assert delivery.order_external_id == "9007199254740993"
    assert work_off(SOON) == 0


def test_what_is_not_due_waits(deliver: Deliver) -> None:
    deliver(order())
    assert work_off(AT - timedelta(seconds=1)) == 0


def test_good_ones_are_kept_beside_bad_ones(deliver: Deliver) -> None:
    deliver(order(id=1, name="#1"))
    deliver(order(id=2, name="#2", currency="EUX"))
    deliver(b"\xff\xfe")
    deliver(order(id=4, name="#4", line_items=[line(quantity=-2)]))
    deliver({"id": 1}, "fulfillment_orders/moved")
    deliver(order(id=6, name="#6"))
    assert work_off(SOON) == 6
    assert set(all_orders()) == {"#1", "#6"}
    assert statuses() == ["processed", "rejected", "rejected", "rejected", "ignored", "processed"]
    problems = {one.error_code: one for one in list_problems()}
    assert problems["unknown_currency"].error_field == "currency"
    assert problems["negative_quantity"].error_field == "line_items[0].quantity"
    assert not problems["invalid_utf8"].is_retriable
    assert count_problems() == {"rejected": 3}


def test_versions_of_one_order_in_one_set(deliver: Deliver) -> None:
    late = order(updated_at="2026-03-02T09:30:00+01:00", note="Ring twice")
    early = order(updated_at="2026-03-02T09:20:00+01:00", note="Do not ring")
    for body in (order(), late, early):
        deliver(body, "orders/updated")
    assert work_off(SOON) == 3
    assert statuses() == ["processed"] * 3
    (found,) = all_orders().values()
    assert orders.get_order(found.id).note == "Ring twice"


def test_an_update_older_than_what_is_known_changes_nothing(deliver: Deliver) -> None:
    deliver(order(updated_at="2026-03-02T09:30:00+01:00", note="Ring twice"))
    work_off(SOON)
    deliver(order(updated_at="2026-03-02T09:20:00+01:00", note="Do not ring"), "orders/updated")
    work_off(SOON)
    (found,) = all_orders().values()
    assert orders.get_order(found.id).note == "Ring twice"


def test_a_refund_before_its_order_waits_for_it(deliver: Deliver) -> None:
    deliver(refund(), "refunds/create")
    assert work_off(SOON) == 1
    assert statuses() == ["waiting"]
    assert "has not arrived" in list_problems()[0].error_detail
    assert work_off(SOON) == 0
    deliver(order(), "orders/create")
    assert work_off(SOON) == 1
    assert work_off(SOON) == 1  # the refund, woken in the order's own transaction
    assert statuses() == ["processed", "processed"]
    (found,) = all_orders().values()
    assert found.refunded_minor == 1250
    assert list_problems() == []


def test_a_refund_and_its_order_in_one_set(deliver: Deliver) -> None:
    deliver(refund(), "refunds/create")
    deliver(order(), "orders/create")
    assert work_off(SOON) == 2
    assert statuses() == ["processed", "processed"]


def test_a_refund_whose_order_never_comes_is_parked(deliver: Deliver) -> None:
    deliver(refund(), "refunds/create")
    at = SOON
    for _ in range(MAX_ATTEMPTS):
        assert work_off(at) == 1
        at += timedelta(days=4)
    assert statuses() == ["parked"]
    assert work_off(at) == 0


def test_a_deleted_order_is_canceled(deliver: Deliver) -> None:
    deliver(order())
    deliver({"id": 9007199254740993}, "orders/delete")
    work_off(SOON)
    (found,) = all_orders().values()
    assert found.state == "canceled"


def test_a_customer_record_makes_a_customer(deliver: Deliver) -> None:
    deliver(order())
    deliver(
        {"id": 34, "email": "tom@example.com", "first_name": "Tom", "last_name": "Baker"},
        "customers/create",
    )
    assert work_off(SOON) == 1  # orders and customers have transactions of their own
    assert work_off(SOON) == 1
    assert customers.find_customer_by_email("tom@example.com") is not None


def test_a_privacy_request_waits_for_a_person(deliver: Deliver) -> None:
    deliver({"customer": {"id": 33, "email": "maya@example.com"}}, "customers/redact")
    work_off(SOON)
    (problem,) = list_problems()
    assert (problem.status, problem.error_code) == ("parked", "privacy_customer_redact")
    assert "within 30 days" in problem.error_detail


def test_one_that_fails_in_the_room_does_not_hold_up_the_set(deliver: Deliver) -> None:
    # The fault is planted in the database: no row may carry this note.
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_order ADD CONSTRAINT planted CHECK (note <> 'poison')")
    for number in range(1, 8):
        deliver(order(id=number, name=f"#{number}", note="poison" if number == 4 else ""))
    assert work_off(SOON) == 7
    assert set(all_orders()) == {"#1", "#2", "#3", "#5", "#6", "#7"}
    (problem,) = list_problems()
    assert problem.status == "received"
    assert "planted" in problem.error_detail
    assert "maya" not in problem.error_detail  # PostgreSQL's DETAIL would repeat the row
    assert problem.next_attempt_at is not None
    assert problem.next_attempt_at > SOON
    assert count_problems() == {"failing": 1}
    at = SOON
    for _ in range(MAX_ATTEMPTS - 1):
        at += timedelta(days=4)
        assert work_off(at) == 1
    (problem,) = list_problems()
    assert problem.status == "parked"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE orders_order DROP CONSTRAINT planted")
    assert retry_deliveries(delivery_ids=[problem.id], by=INES, at=at) == 1
    assert work_off(at) == 1
    assert "#4" in all_orders()
    assert list_problems() == []


def test_retry_leaves_hopeless_and_finished_ones_alone(deliver: Deliver) -> None:
    done, hopeless, bad = deliver(order()), deliver(b"{"), deliver(order(id=3, currency="EUX"))
    work_off(SOON)
    ids = [done.id, hopeless.id, bad.id]
    assert retry_deliveries(delivery_ids=ids, by=INES, at=SOON) == 1
    assert statuses() == ["processed", "rejected", "received"]


def test_discarding_takes_a_problem_off_the_list(deliver: Deliver) -> None:
    bad, done = deliver(order(currency="EUX")), deliver(order(id=2))
    work_off(SOON)
    discard_delivery(delivery_id=bad.id, reason="a test order", by=INES, at=SOON)
    assert list_problems() == []
    with pytest.raises(Conflict):
        discard_delivery(delivery_id=done.id, by=INES, at=SOON)


def test_roles_and_stores_are_kept_apart(deliver: Deliver, other_store: Any) -> None:
    bad = deliver(order(currency="EUX"))
    work_off(SOON)
    mia = Actor("user", "mia", "Mia", role="marketer")
    with pytest.raises(PermissionDenied):
        retry_deliveries(delivery_ids=[bad.id], by=mia, at=SOON)
    with store_scope(other_store.id):
        assert list_problems() == []
        assert retry_deliveries(delivery_ids=[bad.id], by=INES, at=SOON) == 0
        with pytest.raises(NotFound):
            discard_delivery(delivery_id=bad.id, by=INES, at=SOON)
    assert statuses() == ["rejected"]


def test_two_stores_and_connections_do_not_mix(
    deliver: Deliver, other_store: Any, connection_id: UUID
) -> None:
    with store_scope(other_store.id):
        theirs = Connection.objects.create(
            store_id=other_store.id,
            kind="woocommerce",
            name="Theirs",
            sales_channel="woocommerce",
            created_at=AT,
            created_by="user:x",
        )
        deliver(woo_order(), "order.created", connection_id=theirs.id)
    deliver(order())
    while work_off(SOON):
        pass
    assert set(all_orders()) == {"#1001"}
    with store_scope(other_store.id):
        assert set(all_orders()) == {"#727"}


def test_replaying_changes_nothing_twice(deliver: Deliver) -> None:
    deliver(order())
    deliver(refund(), "refunds/create")
    work_off(SOON)
    (before,) = all_orders().values()
    assert replay(statuses=["processed"], at=SOON) == 2
    assert work_off(SOON) == 2
    assert statuses() == ["processed", "processed"]
    assert all_orders() == {"#1001": before}
    with pytest.raises(Invalid):
        replay(at=SOON)
    with pytest.raises(Invalid):
        replay(statuses=["made-up"], at=SOON)


def test_what_came_about_an_erased_persons_orders_is_deleted(deliver: Deliver) -> None:
    ensure_cursors()
    mine = deliver(order(id=1, name="#1"))
    refused = deliver(order(id=1, name="#1", currency="EUX"))
    other = deliver(order(id=2, name="#2", customer=None, email="jonas@example.com", phone=None))
    work_off(SOON)
    Delivery.objects.filter(id=refused.id).update(order_external_id="1")
    maya = all_orders()["#1"].customer_id
    assert maya not in (None, all_orders()["#2"].customer_id)
    customers.erase_customer(customer_id=maya, by=INES, at=SOON)
    run_until_idle()
    assert set(Delivery.objects.values_list("id", flat=True)) == {other.id}
    assert mine.id != refused.id


def test_finished_deliveries_go_after_ninety_days_and_problems_stay(deliver: Deliver) -> None:
    deliver(order())
    deliver(order(id=2, currency="EUX"))
    work_off(SOON)
    assert delete_old(SOON + timedelta(days=89)) == 0
    assert delete_old(SOON + timedelta(days=91)) == 1
    assert statuses() == ["rejected"]
    assert set(all_orders()) == {"#1001"}


def sending(**changes: Any) -> dict[str, Any]:
    return {
        "id": 31,
        "order_id": 1,
        "status": "success",
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": "2026-03-02T09:00:00Z",
        "tracking_company": "UPS",
        "tracking_number": "1Z999AA10123456784",
        "line_items": [],
    } | changes


def test_a_sending_waits_for_its_order_and_is_recorded_once(deliver: Deliver) -> None:
    ensure_cursors()
    early = deliver(sending(), "fulfillments/create")
    assert work_off(SOON) == 1
    early.refresh_from_db()
    assert (early.status, early.waiting_for) == ("waiting", "1")
    deliver(order(id=1, fulfillments=[sending()]))
    assert work_off(SOON) == 1
    assert work_off(SOON + timedelta(hours=1)) == 1
    run_until_idle()
    early.refresh_from_db()
    assert early.status == "processed"
    found = all_orders()["#1001"]
    [shipment] = fulfillment.list_shipments_of([found.id])[found.id]
    assert (shipment.summary.state, shipment.summary.source) == ("shipped", "platform")
    assert [one.tracking_number for one in shipment.parcels] == ["1Z999AA10123456784"]
    assert orders.get_order(found.id).summary.state == "shipped"
