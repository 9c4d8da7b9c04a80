"""Killed workers, workers beside each other, the same webhook at the same moment."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, connections

from doorstep.connectors.base import receive
from doorstep.connectors.base.intake.working import work_off
from doorstep.connectors.base.models import Connection, Delivery
from doorstep.connectors.base.signatures import sign_base64
from doorstep.connectors.base.tests.conftest import AT
from doorstep.connectors.shopify.tests.payloads import order, refund
from doorstep.kernel.models.events import OutboxEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once, wait_for_the_dead
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter

pytestmark = pytest.mark.django_db(transaction=True)

SOON = AT + timedelta(seconds=1)
Deliver = Callable[..., Delivery]


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    receive._doors.clear()
    yield
    receive._doors.clear()


def all_orders() -> dict[str, Any]:
    return {one.number: one for one in orders.list_orders(OrderFilter(), limit=200).items}


def events(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {OutboxEvent._meta.db_table} WHERE name = %s", [name])
        found: int = cursor.fetchone()[0]
        return found


def _killed_at(statement: int) -> bool:
    """Work off in a child that dies before its Nth statement; False if it got done."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        left = statement

        def die(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(die):
            while work_off(SOON):
                pass
        os._exit(0)
    _, status = os.waitpid(child, 0)
    wait_for_the_dead()
    return os.WIFSIGNALED(status)


@pytest.mark.crash
def test_killed_between_any_two_statements_nothing_is_lost_or_doubled(deliver: Deliver) -> None:
    deliver(refund(), "refunds/create")  # before its order: waits, is woken, is applied
    work_off(SOON)
    for number in range(3):
        deliver(order(id=9007199254740993 + number, name=f"#{number}"))
    deliver(order(id=7, currency="EUX"))
    kills = 0
    for statement in range(1, 200):
        if not _killed_at(statement):
            break
        kills += 1
    assert kills >= 15, "the worker ended before it was killed often enough to prove anything"
    assert {one.status for one in Delivery.objects.all()} == {"processed", "rejected"}
    found = all_orders()
    assert set(found) == {"#0", "#1", "#2"}
    assert found["#0"].refunded_minor == 1250
    assert events("orders.order_placed") == 3
    assert events("orders.order_refunded") == 1


def test_two_workers_share_the_work_and_repeat_none(deliver: Deliver, store: Any) -> None:
    for number in range(60):
        deliver(order(id=number + 1, name=f"#{number}", email=f"shopper{number % 7}@example.com"))

    def work(_: int) -> int:
        done = 0
        while True:
            try:
                taken = work_off(SOON, limit=5)
            except OperationalError:  # two met: the worker's loop would come again as well
                continue
            if not taken:
                return done
            done += taken

    shares = at_once(3, work)
    while work_off(SOON):
        pass
    assert len(all_orders()) == 60
    assert events("orders.order_placed") == 60
    assert sum(shares) <= 60
    assert set(Delivery.objects.values_list("status", "attempts")) == {("processed", 1)}


def test_an_order_and_its_refund_in_two_workers_find_each_other(deliver: Deliver) -> None:
    for number in range(20):
        order_id = 100 + number
        deliver(order(id=order_id, name=f"#{number}"))
        deliver(refund(id=order_id, order_id=order_id), "refunds/create")

    def work(_: int) -> None:
        idle = 0
        while idle < 3:
            try:
                idle = 0 if work_off(SOON, limit=1) else idle + 1
            except OperationalError:
                continue

    at_once(2, work)
    while work_off(SOON):
        pass
    assert {one.status for one in Delivery.objects.all()} == {"processed"}
    assert {one.refunded_minor for one in all_orders().values()} == {1250}


def test_the_same_webhook_many_times_at_once_is_stored_once(connection_id: UUID) -> None:
    body = json.dumps(order()).encode()
    headers = {
        "x-shopify-topic": "orders/create",
        "x-shopify-webhook-id": "d-1",
        "x-shopify-hmac-sha256": sign_base64(body, "0123456789"),
    }
    stored = at_once(8, lambda _: receive.receive(connection_id, headers, body, at=AT))
    assert sorted(stored) == [False] * 7 + [True]
    assert Delivery.objects.count() == 1


def test_a_flood_of_wrong_signatures_is_counted_with_few_writes(
    connection_id: UUID, store: Any
) -> None:
    receive._budget.clear()
    receive._refused.clear()
    writes = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal writes
        writes += sql.lstrip().startswith("UPDATE")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        for _ in range(500):
            with pytest.raises(receive.BadSignature):
                receive.receive(connection_id, {"x-shopify-hmac-sha256": "no"}, b"{}", at=AT)
    with store_scope(store.id):
        known = Connection.objects.get(id=connection_id).bad_signature_count
    assert writes <= 25
    assert known + receive._refused.get(connection_id, 0) == 500
