"""The first story, over HTTP, with the real processes: an order comes in, is checked, confirmed.

A shop's signed webhook goes to the real web process; the real worker records the order, checks it
against stock and sends the confirmation to a real SMTP server; the shopper opens the link in it.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dev.testing.servers import LiveServer
from doorstep.connectors.base import api as connectors
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderFilter
from tests.scenarios.kettle import Shop, open_shop, payload, send, until

STORES = itertools.count(1)


@pytest.fixture
def shop(shared_server: LiveServer, mail_server: tuple[int, Path]) -> Shop:
    """A new store as its merchant would set it up."""
    return open_shop(shared_server.url, mail_server, slug=f"kettle-{next(STORES)}")


def test_an_order_arrives_is_checked_and_confirmed(shop: Shop) -> None:
    assert send(shop, "orders/create", payload(1001)) == 200
    assert send(shop, "orders/create", payload(1001), secret="wrong") == 401
    until(lambda: len(shop.mails()) == 1, "the confirmation")

    [mail] = shop.mails()
    assert mail["To"].addresses[0].addr_spec == "shopper1001@example.com"
    assert "#1001" in mail["Subject"]
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert "Teapot" in text
    assert "49.00" in text
    assert "application/ld+json" in html

    # The shopper follows the link in the plain-text part, without signing in.
    link = re.search(r"http://127\.0\.0\.1:\d+/o/\S+", text)
    assert link is not None
    with urllib.request.urlopen(link[0]) as page:
        shown = page.read().decode()
    assert "Teapot" in shown
    assert "Kastanienallee" not in shown, "the address is masked"

    with store_scope(shop.store_id):
        [order] = orders.list_orders().items
        assert (order.number, order.state, order.total_minor) == ("#1001", "ready", 4900)
        about = f"order:{order.id}"
        # The mail server has it a moment before the worker notes so.
        until(lambda: messaging.list_messages(subject=about).items[0].status == "sent", "the note")
        [message] = messaging.list_messages(subject=about).items
        assert messaging.explain(message.id)[0].outcome == "send"


def test_sent_again_late_or_early_nothing_happens_twice(shop: Shop) -> None:
    refund = {
        "id": 31,
        "order_id": 450_001_002,
        "created_at": datetime.now(UTC).isoformat(),
        "refund_line_items": [
            {"id": 1, "line_item_id": 1, "quantity": 1, "subtotal": "49.00", "total_tax": "0.00"}
        ],
        "transactions": [
            {"id": 5, "kind": "refund", "status": "success", "amount": "49.00", "currency": "EUR"}
        ],
    }
    order = payload(1002)
    assert send(shop, "refunds/create", refund) == 200  # before its order
    for delivery in ("a", "a", "b"):
        assert send(shop, "orders/create", order, delivery=delivery) == 200
    stale = payload(1002, 2, updated_at="2020-01-01T00:00:00Z")
    assert send(shop, "orders/updated", stale, delivery="c") == 200
    until(lambda: len(shop.mails()) >= 2, "confirmation and word of the refund")

    with store_scope(shop.store_id):
        until(lambda: connectors.count_problems() == {}, "everything to be taken in")
        [summary] = orders.list_orders().items
        found = orders.get_order(summary.id)
        assert [line.quantity for line in found.lines] == [1]
        assert summary.refunded_minor == 4900
        subjects = [m.subject_line for m in messaging.list_messages().items]
    assert len(subjects) == len(set(subjects)) == 2


def test_what_cannot_be_an_order_waits_for_a_person_and_the_good_go_on(shop: Shop) -> None:
    broken = payload(1003, currency="EURO")
    assert send(shop, "orders/create", broken) == 200
    assert send(shop, "orders/create", payload(1004)) == 200
    until(lambda: len(shop.mails()) == 1, "the good order's confirmation")
    with store_scope(shop.store_id):
        until(lambda: bool(connectors.list_problems()), "the rejection")
        [problem] = connectors.list_problems()
        assert (problem.status, problem.error_field) == ("rejected", "currency")
        _info, body, _headers = connectors.get_delivery(problem.id)
    assert json.loads(body)["name"] == "#1003"


@pytest.mark.crash
def test_a_worker_killed_again_and_again_loses_and_doubles_no_order(
    shop: Shop, shared_server: LiveServer
) -> None:
    """Kill -9 the worker while orders come in; each is placed once and confirmed once.

    A mail may reach the mail server twice when the kill falls between its "250 OK" and our note
    of it (docs/adr/0007): then both carry the same Message-ID, by which mail servers drop one.
    """
    total = 60
    worker = shared_server.worker
    for number in range(2000, 2000 + total):
        assert send(shop, "orders/create", payload(number)) == 200
        if number % 10 == 5:
            assert worker.pid is not None
            time.sleep(0.05 * (number % 7))  # another moment of its work each time
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait_end(10)
            worker.start()
    until(
        lambda: len({mail["Message-ID"] for mail in shop.mails()}) == total,
        "all confirmations",
        150,
    )

    with store_scope(shop.store_id):
        placed = orders.list_orders(OrderFilter(), limit=200).items
        assert len(placed) == total
        messages = messaging.list_messages(limit=200).items
        # A kill between "250 OK" and our note of it leaves "sending" until the lease runs out.
        counts = {status: n for status, n in messaging.count_by_status().items() if n}
        assert set(counts) <= {"sent", "sending"}
        assert sum(counts.values()) == total
        assert len({m.subject for m in messages}) == len(messages) == total
        promised = sum(order.item_count for order in placed if order.state == "ready")
    assert promised == 5, "five teapots were in stock"
