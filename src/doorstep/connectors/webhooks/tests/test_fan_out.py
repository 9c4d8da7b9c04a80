"""From the event log to deliveries: in sets, once, and only where somebody listens."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.connectors.webhooks import api
from doorstep.connectors.webhooks.handlers import fan_out
from doorstep.connectors.webhooks.models import Delivery
from doorstep.connectors.webhooks.tests.conftest import AT, INES, happen, only, placed
from doorstep.connectors.webhooks.tests.test_catalog import recorded
from doorstep.kernel.events import parking
from doorstep.kernel.events.lanes import rewind, run_until_idle
from doorstep.kernel.events.sequencer import sequence
from doorstep.kernel.models.events import OutboxEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders.events import NoteAdded, OrderCanceled
from doorstep.rooms.stores.contracts import StoreInfo

URL = "https://erp.example.com/hooks"
HANDLER = "connectors_webhooks.fan_out"


def listen(url: str = URL, **more: Any) -> Any:
    return api.create_endpoint(url=url, by=INES, at=AT, **more).endpoint


def queries(do: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        do()
    return len(seen)


def test_each_endpoint_gets_what_it_chose(listening: StoreInfo) -> None:
    everything = listen()
    listen("https://two.example.com/", event_types=["order.canceled"])
    order = placed()
    happen(order, OrderCanceled(order.order_id, order.customer_id, "customer"))
    found = set(Delivery.objects.values_list("endpoint_id", "event_type"))
    assert found == {
        (everything.id, "order.placed"),
        (everything.id, "order.canceled"),
        (found - {(everything.id, "order.placed"), (everything.id, "order.canceled")}).pop(),
    }
    assert len(found) == 3
    assert all(one.next_attempt_at == AT for one in Delivery.objects.all())


def test_nobody_listens(listening: StoreInfo) -> None:
    happen(placed())
    assert not Delivery.objects.exists()
    batch = [recorded(placed()) for _ in range(50)]
    assert queries(lambda: fan_out(batch)) == 1


def test_three_queries_however_many_events_and_endpoints(listening: StoreInfo) -> None:
    for nth in range(10):
        listen(f"https://{nth}.example.com/")
    assert queries(lambda: fan_out([recorded(placed())])) == 3
    assert queries(lambda: fan_out([recorded(placed()) for _ in range(200)])) == 3
    assert Delivery.objects.count() == 2010


def test_once_also_when_the_log_is_read_again(listening: StoreInfo) -> None:
    listen()
    happen(placed())
    body = only().body
    rewind(HANDLER)
    run_until_idle()
    assert only().body == body


def test_disabled_and_deleted_endpoints_hear_nothing(listening: StoreInfo) -> None:
    first, second = listen(), listen("https://two.example.com/")
    api.disable_endpoint(endpoint_id=first.id, by=INES, at=AT)
    api.delete_endpoint(endpoint_id=second.id, by=INES, at=AT)
    happen(placed())
    assert not Delivery.objects.exists()


def test_stores_are_apart(listening: StoreInfo, other_store: StoreInfo) -> None:
    with store_scope(other_store.id):
        listen()
    happen(placed())
    assert not Delivery.all_stores.exists()


def test_what_is_not_public_is_not_told(listening: StoreInfo) -> None:
    listen()
    happen(NoteAdded(uuid4(), uuid4()))
    assert not Delivery.objects.exists()


def test_odd_writing_arrives_as_it_is(listening: StoreInfo) -> None:
    listen()
    number = '#1\\"{}, NULL שלום 😀'
    # The order is not in the orders room: its number comes from there, this one from a reason.
    happen(OrderCanceled(uuid4(), None, number))
    assert json.loads(only().body)["data"]["reason"] == number


def test_a_poison_event_is_parked_and_others_go_on(listening: StoreInfo) -> None:
    listen()
    OutboxEvent.objects.create(
        store_id=listening.id,
        name="orders.order_placed",
        key="poison",
        actor="system:x",
        payload={"order_id": "not an id"},
        at=AT,
    )
    sequence()
    happen(placed())
    assert only().event_type == "order.placed"
    parked = [row for row in parking.list_parked(listening.id) if row.handler == HANDLER]
    assert len(parked) == 1
    assert "does not fit" in parked[0].error


@pytest.mark.parametrize("reason", ["x" * 100_000, ""])
def test_long_and_empty(listening: StoreInfo, reason: str) -> None:
    listen()
    happen(OrderCanceled(uuid4(), None, reason))
    assert json.loads(only().body)["data"]["reason"] == reason
