"""Sending, against real receivers: what is signed, what is tried again, what is given up."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dev.fakes.webhook_receiver import Answer, Receiver
from doorstep.connectors.webhooks import api
from doorstep.connectors.webhooks.models import Attempt, Delivery, Endpoint
from doorstep.connectors.webhooks.schedule import WAITS
from doorstep.connectors.webhooks.sending import claim
from doorstep.connectors.webhooks.sending.dispatcher import Dispatcher
from doorstep.connectors.webhooks.tests.conftest import AT, INES, happen, only, placed
from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.kernel.http import NetworkInTransaction
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)

Send = Callable[..., int]
Make = Callable[..., Any]


def test_a_receiver_verifies_with_the_library(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    made = endpoint()
    now = datetime.now(UTC)
    happen(placed(), at=now)
    assert send(now) == 1
    got = receiver.received[0]
    payload = Webhook(made.secret).verify(got.body, got.headers)
    assert payload["type"] == "order.placed"
    assert payload["data"]["order_number"] == "#1001"
    assert got.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(got.body + b" ", got.headers)
    row = only()
    assert (row.status, row.attempts, row.last_status_code, row.claimed_by) == (
        "delivered",
        1,
        200,
        "",
    )
    assert row.body.encode() == got.body
    attempt = Attempt.objects.get()
    assert (attempt.status_code, attempt.error, attempt.response_body) == (200, "", "ok")
    assert attempt.signature == got.headers["webhook-signature"]
    assert send(now) == 0


def test_ten_tries_over_three_days_then_it_waits_for_a_person(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    receiver.answers["/hooks"] = Answer(500, b"\x00broken \xff" + b"x" * 2000)
    endpoint()
    happen(placed())
    at, tries = AT, []
    while (row := Delivery.objects.get()).status == "pending":
        assert row.next_attempt_at is not None
        at = max(at, row.next_attempt_at)
        assert send(at - timedelta(seconds=1)) == 0 or not tries
        if Delivery.objects.get().status != "pending" or row.attempts == 0:
            send(at)
        else:
            assert send(at) == 1
        tries.append(at)
    assert len(receiver.received) == len(WAITS) + 1
    assert {got.headers["webhook-id"] for got in receiver.received} == {row.webhook_id}
    assert {got.body for got in receiver.received} == {row.body.encode()}
    stamps = [int(got.headers["webhook-timestamp"]) for got in receiver.received]
    assert stamps == sorted(set(stamps)), "each try is signed anew"
    assert timedelta(days=2.8) < tries[-1] - AT < timedelta(days=3.6)
    row = only()
    assert (row.status, row.failures, row.last_error) == ("failed", 10, "It answered 500.")
    assert Endpoint.objects.get().is_active
    assert len(Attempt.objects.latest("number").response_body) <= 1024
    assert api.count_problems() == 1


def test_a_receiver_that_asks_for_time_gets_it(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    receiver.answers["/hooks"] = Answer(429, headers={"Retry-After": "7200"})
    endpoint()
    happen(placed())
    send()
    due = only().next_attempt_at
    assert due is not None
    assert timedelta(hours=2) <= due - AT < timedelta(hours=2, minutes=1)


def test_410_disables_at_once_and_keeps_what_waits(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    receiver.answers["/hooks"] = Answer(410)
    made = endpoint()
    later = AT + timedelta(hours=1)
    happen(placed("#1"))
    happen(placed("#2"), at=later)
    send()
    row = Endpoint.objects.get()
    assert (row.is_active, row.disabled_reason) == (False, "gone")
    assert set(Delivery.objects.values_list("status", flat=True)) == {"parked"}
    assert send(later) == 0
    assert len(receiver.received) == 1
    assert api.count_problems() == 1
    receiver.answers.clear()
    api.enable_endpoint(endpoint_id=made.endpoint.id, by=INES, at=later)
    assert send(later) == 2
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    assert api.count_problems() == 0


def test_five_days_of_failures_disable_and_one_success_forgives(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    receiver.answers["/hooks"] = Answer(503)
    endpoint()
    happen(placed("#1"))
    send()
    since = Endpoint.objects.get().failing_since
    assert since is not None
    receiver.answers.clear()
    happen(placed("#2"), at=AT + timedelta(days=4))
    send(AT + timedelta(days=4))
    assert Endpoint.objects.get().failing_since is None
    receiver.answers["/hooks"] = Answer(503)
    for day in (5, 9, 10):
        at = AT + timedelta(days=day, minutes=day)
        happen(placed(f"#{day}"), at=at)
        send(at)
        assert Endpoint.objects.get().is_active is (day < 10)
    assert Endpoint.objects.get().disabled_reason == "failing"
    assert [row.disabled_reason for row in api.list_given_up()] == ["failing"]


def test_both_secrets_sign_for_a_day(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    made = endpoint()
    now = datetime.now(UTC)
    rotated = api.rotate_secret(endpoint_id=made.endpoint.id, by=INES, at=now)
    assert rotated.previous_secret == made.secret
    happen(placed(), at=now)
    send(now)
    got = receiver.received[0]
    Webhook(made.secret).verify(got.body, got.headers)
    Webhook(rotated.secret).verify(got.body, got.headers)
    tomorrow = now + timedelta(hours=24, seconds=1)
    happen(placed(), at=tomorrow)
    send(tomorrow)
    assert len(receiver.received[1].headers["webhook-signature"].split()) == 1
    assert api.reveal_secret(endpoint_id=made.endpoint.id, by=INES, at=tomorrow) == (
        type(rotated)(rotated.secret, "", None)
    )


def test_redirects_are_not_followed(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    for status in (301, 302, 307, 308):
        path = f"/{status}"
        receiver.answers[path] = Answer(status, headers={"Location": receiver.url("/inside")})
        endpoint(path)
    happen(placed())
    send()
    assert receiver.of("/inside") == []
    assert {(row.last_status_code, row.status) for row in Delivery.objects.all()} == {
        (status, "pending") for status in (301, 302, 307, 308)
    }
    assert "Redirects are not followed" in Delivery.objects.all()[0].last_error


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
    ],
)
def test_what_became_private_is_refused_at_each_sending(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send, url: str
) -> None:
    made = endpoint()
    # As if its name had meant another address when it was entered.
    Endpoint.objects.filter(id=made.endpoint.id).update(url=url)
    happen(placed())
    send()
    row = only()
    assert row.status == "pending"
    assert row.last_status_code is None
    assert "not on the public internet" in row.last_error
    assert "127.0.0.1" not in row.last_error
    assert receiver.received == []


def test_a_demo_sends_only_where_the_installation_says(
    db: None, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    ensure_cursors()
    demo = stores.create_store(slug="try-it", name="Demo", currency="EUR", is_demo=True, at=AT)
    with store_scope(demo.id):
        endpoint()
        api.create_endpoint(url="https://8.8.8.8/hooks", by=INES, at=AT)
        happen(placed())
        send()
        assert len(receiver.received) == 1
        refused = Delivery.objects.get(status="pending")
        assert "This is a demo shop" in refused.last_error


def test_a_slow_receiver_holds_up_nobody_else(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, dispatcher: Dispatcher
) -> None:
    receiver.answers["/slow"] = Answer(seconds=1.5)
    endpoint("/slow")
    endpoint("/quick")
    happen(*[placed(f"#{nth}") for nth in range(20)])
    began = time.monotonic()
    while len(receiver.of("/quick")) < 20:
        dispatcher.tick(at=AT)
        time.sleep(0.01)
        assert time.monotonic() - began < 1.4, "the quick one waits for the slow one"
    assert len(receiver.of("/slow")) == claim.PER_ENDPOINT
    dispatcher.finish()
    assert receiver.most_in_hand["/slow"] == claim.PER_ENDPOINT


def test_one_that_fails_gets_one_at_a_time(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, dispatcher: Dispatcher
) -> None:
    made = endpoint()
    Endpoint.objects.filter(id=made.endpoint.id).update(failing_since=AT)
    happen(*[placed(f"#{nth}") for nth in range(5)])
    assert dispatcher.tick(at=AT) == 1
    dispatcher.finish()
    assert dispatcher.tick(at=AT) == claim.PER_ENDPOINT, "it answered: all its places again"
    dispatcher.finish()


def test_a_secret_that_can_not_be_read_holds_up_only_its_own(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    broken = endpoint("/broken")
    endpoint("/fine")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_webhooks_endpoint SET secrets = 'junk' WHERE id = %s",
            [broken.endpoint.id],
        )
    happen(placed())
    send()
    assert [got.path for got in receiver.received] == ["/fine"]
    row = Delivery.objects.get(endpoint_id=broken.endpoint.id)
    assert "cannot be read" in row.last_error
    api.rotate_secret(endpoint_id=broken.endpoint.id, by=INES, at=AT)
    send(AT + timedelta(minutes=1))
    assert len(receiver.of("/broken")) == 1


def test_an_answer_without_end_and_one_that_never_comes(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    receiver.answers["/big"] = Answer(body=b"x" * 2_000_000)
    endpoint("/big")
    nobody = endpoint("/nobody")
    Endpoint.objects.filter(id=nobody.endpoint.id).update(url="http://127.0.0.1:9/")
    happen(placed())
    send()
    errors = " ".join(Delivery.objects.values_list("last_error", flat=True))
    assert "over 1048576 bytes" in errors
    assert "not open" in errors or "failed" in errors


def test_nothing_is_sent_inside_a_transaction(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, dispatcher: Dispatcher
) -> None:
    endpoint()
    happen(placed())
    with pytest.raises(NetworkInTransaction), transaction.atomic():
        dispatcher.tick(at=AT)
    assert receiver.received == []
    assert only().status == "pending", "the claim was rolled back"


def test_a_burst_is_claimed_and_recorded_in_sets(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, dispatcher: Dispatcher
) -> None:
    endpoint()
    endpoint("/two")
    happen(*[placed(f"#{nth}") for nth in range(30)])
    with CaptureQueriesContext(connection) as seen:
        assert dispatcher.tick(at=AT) == 8
    few = len(seen)
    dispatcher.finish()
    Delivery.objects.filter(status="pending").delete()
    happen(placed("#31"))
    with CaptureQueriesContext(connection) as seen:
        assert dispatcher.tick(at=AT) == 2
    assert len(seen) == few
    dispatcher.finish()


def test_stores_share_the_sender_and_nothing_else(
    listening: StoreInfo, other_store: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    ours = endpoint("/ours")
    with store_scope(other_store.id):
        theirs = endpoint("/theirs")
        happen(placed("#theirs"))
    happen(placed("#ours"))
    assert send() == 2
    assert json.loads(receiver.of("/ours")[0].body)["data"]["order_number"] == "#ours"
    assert json.loads(receiver.of("/theirs")[0].body)["data"]["order_number"] == "#theirs"
    assert ours.secret != theirs.secret
    assert Attempt.objects.count() == 1


def test_in_a_burst_the_next_follows_the_answer(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, dispatcher: Dispatcher
) -> None:
    endpoint()
    happen(*[placed(f"#{nth}") for nth in range(100)])
    assert dispatcher.await_progress(5) is False, "nothing is in hand: no reason to wait"
    began = time.monotonic()
    while dispatcher.tick(at=AT) or dispatcher.await_progress(5):
        pass
    assert len(receiver.received) == 100
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
    # Waiting for the clock, four at a time, would take 25 turns of a fifth of a second.
    assert time.monotonic() - began < 4.5
