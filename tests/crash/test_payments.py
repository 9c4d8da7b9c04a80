"""A worker killed around a call to the payment provider: the money moves once.

Killed before the provider did anything (it hangs in a connection that nobody answers), or after it
did everything and before the answer was recorded. Then another worker takes over.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from dev.fakes.stripe_api import API_KEY, Fake, stripe_api
from dev.testing.servers import database_url, environment
from doorstep.connectors.payments.connecting import connect_stripe
from doorstep.kernel.clock import now
from doorstep.kernel.tests.threads import wait_for_the_dead
from doorstep.rooms.payments import api
from doorstep.rooms.payments.calls.claiming import LEASE
from doorstep.rooms.payments.contracts import Capture, ChargeState, LinkState, RefundState
from doorstep.rooms.payments.models import Call, PaymentLink
from doorstep.rooms.payments.tests.vendor import INES, SYSTEM, link, refund
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stripe(store: StoreInfo, settings: Any) -> Iterator[Fake]:
    """Fern & Kettle's Stripe account, at a Stripe of our own."""
    with stripe_api() as fake:
        settings.DOORSTEP_STRIPE_URL = fake.url
        settings.DOORSTEP_OUTBOUND_ALLOW = [fake.url.removeprefix("http://")]
        connect_stripe(api_key=API_KEY, webhook_secret="whsec_0123456789", by=INES, at=now())
        yield fake


def _charge(stripe: Fake, capture: Capture) -> Any:
    """Have a shopper pay, as seen when they come back."""
    made = link(capture=capture)
    api.ask_all_due(at=now())
    stripe.pay(PaymentLink.objects.get(id=made.id).external_id)
    api.open_pay_page(link_id=made.id, is_back=True, at=now())
    api.ask_all_due(at=now())
    return api.list_charges([made.subject])[made.subject][0]


def _want_refund(stripe: Fake) -> Callable[[], None]:
    asked = refund(_charge(stripe, Capture.NOW), 1000, at=now())

    def check() -> None:
        assert api.get_refund(asked.id).state == RefundState.SUCCEEDED
        assert [one["amount"] for one in stripe.all("refund")] == [1000]
        assert api.get_charge(asked.charge_id).refunded_minor == 1000

    return check


def _want_link(stripe: Fake) -> Callable[[], None]:
    made = link()

    def check() -> None:
        assert api.get_link(made.id).state == LinkState.OPEN
        assert len(stripe.all("checkout.session")) == 1

    return check


def _want_capture(stripe: Fake) -> Callable[[], None]:
    held = _charge(stripe, Capture.LATER)
    api.capture_charge(charge_id=held.id, amount_minor=2000, by=SYSTEM, at=now())

    def check() -> None:
        taken = api.get_charge(held.id)
        assert (taken.state, taken.captured_minor) == (ChargeState.CAPTURED, 2000)
        [intent] = stripe.all("payment_intent")
        assert (intent["status"], intent["amount_received"]) == ("succeeded", 2000)
        told = [one for one in stripe.events if one["type"] == "charge.captured"]
        assert len(told) == 1

    return check


@pytest.mark.parametrize("want", [_want_refund, _want_link, _want_capture])
@pytest.mark.parametrize("moment", ["before the call", "after the call"])
def test_a_killed_worker_moves_money_once(
    stripe: Fake, tmp_path: Path, want: Callable[[Fake], Callable[[], None]], moment: str
) -> None:
    check = want(stripe)
    at = now()
    if moment == "before the call":
        with _nobody_answers() as (url, was_called):
            _kill_when(was_called, url, tmp_path, at)
    else:
        before = len(stripe.requests)
        stripe.gate = threading.Event()  # done, and not answered
        _kill_when(lambda: len(stripe.requests) > before, stripe.url, tmp_path, at)
        time.sleep(0.2)  # the server carries it out after noting it
        stripe.gate.set()
        stripe.gate = None
    [call] = Call.objects.filter(state="due")
    assert call.attempts == 1
    assert api.ask_all_due(at=at + LEASE / 2) == 0  # the lease still holds
    assert api.ask_all_due(at=at + LEASE + timedelta(seconds=1)) == 1
    check()
    assert not Call.objects.filter(state="due").exists()
    assert api.ask_all_due(at=at + timedelta(days=3)) == 0


@contextmanager
def _nobody_answers() -> Iterator[tuple[str, Callable[[], bool]]]:
    """Listen without ever answering; tell whether somebody has connected."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.01)
        callers: list[socket.socket] = []

        def was_called() -> bool:
            if not callers:
                try:
                    callers.append(listener.accept()[0])
                except TimeoutError:
                    return False
            return True

        yield f"http://127.0.0.1:{listener.getsockname()[1]}", was_called
        for caller in callers:
            caller.close()


def _kill_when(happened: Callable[[], bool], url: str, folder: Path, at: datetime) -> None:
    """Start a worker that asks, and kill it when something has happened."""
    connection.close()
    worker = subprocess.Popen(
        [sys.executable, "-m", "doorstep.rooms.payments.tests.run_caller", at.isoformat()],
        env=environment(folder)
        | {
            "DATABASE_URL": database_url(),
            "DOORSTEP_STRIPE_URL": url,
            "DOORSTEP_OUTBOUND_ALLOW": url.removeprefix("http://"),
        },
    )
    deadline = time.monotonic() + 60
    while not happened():
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    wait_for_the_dead()
