"""Killed senders, senders beside each other, a delivery that kills."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dev.fakes.webhook_receiver import Answer, Receiver
from dev.testing.servers import database_url, environment
from doorstep.connectors.webhooks.models import Attempt, Delivery
from doorstep.connectors.webhooks.sending import claim
from doorstep.connectors.webhooks.sending.claim import claim_due, release_claims_of_the_dead
from doorstep.connectors.webhooks.sending.dispatcher import Dispatcher
from doorstep.connectors.webhooks.sending.recording import record_outcomes
from doorstep.connectors.webhooks.sending.request import MAX_LOST_LEASES
from doorstep.connectors.webhooks.sending.request import send as send_one
from doorstep.connectors.webhooks.tests.conftest import AT, happen, only, placed
from doorstep.kernel.models.heartbeat import WorkerHeartbeat
from doorstep.kernel.tests.threads import at_once
from doorstep.kernel.worker import this_worker
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)

Make = Callable[..., Any]
Send = Callable[..., int]
Worker = subprocess.Popen[bytes]


@pytest.fixture
def worker(receiver: Receiver, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Start a real ``doorstep worker`` that may call the receiver."""
    env = environment(tmp_path) | {
        "DATABASE_URL": database_url(),
        "DOORSTEP_OUTBOUND_ALLOW": f"127.0.0.1:{receiver.port}",
    }
    started: list[Worker] = []

    def start() -> Worker:
        with (tmp_path / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "doorstep.cli", "worker"]
            started.append(subprocess.Popen(command, env=env, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(10)


@pytest.mark.crash
def test_killed_in_mid_send_it_is_sent_again_under_the_same_id(
    listening: StoreInfo,
    receiver: Receiver,
    endpoint: Make,
    send: Send,
    worker: Callable[[], Worker],
) -> None:
    receiver.answers["/hooks"] = Answer(seconds=30)
    endpoint()
    now = datetime.now(UTC)
    happen(placed(), at=now)
    process = worker()
    deadline = time.monotonic() + 60
    while not receiver.received and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()  # SIGKILL
    process.wait(10)
    assert len(receiver.received) == 1
    row = only()
    assert (row.status, row.attempts) == ("sending", 1)
    receiver.answers.clear()
    assert send(now) == 0, "the dead one's lease holds"
    # It gave no sign of life: taken over long before the lease ends.
    later = datetime.now(UTC) + timedelta(seconds=20)
    assert release_claims_of_the_dead(at=later) == 1
    assert send(later) == 1
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == row.webhook_id
    assert first.body == second.body
    row = only()
    assert (row.status, row.attempts, row.lost_leases) == ("delivered", 2, 1)
    assert [one.number for one in Attempt.objects.all()] == [2]


@pytest.mark.crash
def test_a_worker_that_is_asked_to_end_finishes_what_it_has_in_hand(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, worker: Callable[[], Worker]
) -> None:
    receiver.answers["/hooks"] = Answer(seconds=2)
    endpoint()
    happen(placed(), at=datetime.now(UTC))
    process = worker()
    deadline = time.monotonic() + 60
    while not receiver.received and time.monotonic() < deadline:
        time.sleep(0.02)
    process.terminate()
    assert process.wait(20) == 0
    row = only()
    assert (row.status, row.attempts) == ("delivered", 1)
    assert len(receiver.received) == 1


def test_a_living_worker_keeps_its_claims(
    listening: StoreInfo, receiver: Receiver, endpoint: Make
) -> None:
    endpoint()
    happen(placed())
    assert len(claim_due(at=AT, size=10)) == 1
    WorkerHeartbeat.objects.create(worker_id=this_worker(), at=AT)
    assert release_claims_of_the_dead(at=AT + timedelta(seconds=1)) == 0
    assert claim_due(at=AT + claim.LEASE - timedelta(seconds=1), size=10) == []
    assert len(claim_due(at=AT + claim.LEASE, size=10)) == 1


def test_who_lost_the_claim_changes_nothing(
    listening: StoreInfo, receiver: Receiver, endpoint: Make
) -> None:
    endpoint()
    happen(placed())
    (held_up,) = claim_due(at=AT, size=10)
    receiver.answers["/hooks"] = Answer(500)
    late = send_one(held_up, at=AT)
    receiver.answers.clear()
    (new,) = claim_due(at=AT + claim.LEASE, size=10)
    record_outcomes([send_one(new, at=AT + claim.LEASE)])
    record_outcomes([late])
    row = only()
    assert (row.status, row.failures) == ("delivered", 0)
    assert [one.number for one in Attempt.objects.all()] == [2]


def test_what_kills_its_sender_again_and_again_is_set_aside(
    listening: StoreInfo, receiver: Receiver, endpoint: Make, send: Send
) -> None:
    endpoint()
    happen(placed())
    at = AT
    for _ in range(MAX_LOST_LEASES):
        assert len(claim_due(at=at, size=10)) == 1
        at += claim.LEASE
    send(at)
    assert receiver.received == []
    row = only()
    assert row.status == "failed"
    assert "stopped 5 times" in row.last_error


def test_senders_beside_each_other_share_and_keep_the_limit(
    listening: StoreInfo, receiver: Receiver, endpoint: Make
) -> None:
    receiver.answers["/hooks"] = Answer(seconds=0.05)
    endpoint()
    happen(*[placed(f"#{nth}") for nth in range(40)])

    def work(_: int) -> int:
        sender, taken, idle = Dispatcher(), 0, 0
        while idle < 30:
            count = sender.tick(at=AT)
            taken, idle = taken + count, 0 if count else idle + 1
            time.sleep(0.01)
        sender.finish()
        sender.close()
        return taken

    assert sum(at_once(3, work)) == 40
    assert len(receiver.received) == 40
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 40
    assert receiver.most_in_hand["/hooks"] <= claim.PER_ENDPOINT
    assert set(Delivery.objects.values_list("status", "attempts")) == {("delivered", 1)}
