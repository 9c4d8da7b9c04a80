"""The worker process: loops go on after a failure, jobs run, and it ends when asked to."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from doorstep.kernel import worker
from doorstep.kernel.jobs import job
from doorstep.kernel.models.heartbeat import WorkerHeartbeat
from doorstep.kernel.worker import WorkerLoop

pytestmark = pytest.mark.django_db(transaction=True)
_ran = threading.Event()


@pytest.fixture(autouse=True)
def no_jobs_of_others(transactional_db: None) -> None:
    """Take away jobs that tests before left: Django does not empty a table it does not manage."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@job(name="kernel_tests.put_kettle_on")
def put_kettle_on() -> None:
    """Say that the job ran (tests only)."""
    _ran.set()


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """A worker in this process with three loops of the test's own."""
    ticks = {"steady": 0, "failing": 0, "seldom": 0}

    def count(name: str) -> int:
        ticks[name] += 1
        if name != "steady" and ticks[name] == 1:
            raise ValueError("the water is cold")
        return int(name == "seldom" and ticks[name] < 3)

    loops = {
        name: WorkerLoop(name, lambda n=name: count(n), idle, 1)  # type: ignore[misc]
        for name, idle in zip(ticks, (0.01, 0.01, 3600), strict=True)
    }
    monkeypatch.setattr(worker, "_loops", loops)
    return ticks


def until(done: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def in_thread(work: Callable[[], object]) -> None:
    """Do something as a loop does it: in a thread, with a database connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def put_on_and_change_ones_mind() -> None:
    """Defer a job in a transaction that is rolled back."""
    with contextlib.suppress(RuntimeError), transaction.atomic():
        put_kettle_on.defer()
        raise RuntimeError


def test_a_worker_runs_loops_and_jobs_and_ends_when_asked(running: dict[str, int]) -> None:
    stop = threading.Event()

    def run() -> None:
        try:
            worker.run_worker(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: running["failing"] > 1 and running["steady"] > 3)
        # One that failed is tried again soon, and one that did something at once.
        until(lambda: running["seldom"] == 3)
        until(WorkerHeartbeat.objects.exists)
        # What a loop of this very process defers belongs to the loop's transaction.
        in_thread(put_on_and_change_ones_mind)
        assert not ProcrastinateJob.objects.exists()
        in_thread(put_kettle_on.defer)
        until(_ran.is_set)
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert not WorkerHeartbeat.objects.exists(), "a worker that ends takes its sign of life along"


def test_a_job_of_a_rolled_back_transaction_does_not_exist() -> None:
    put_on_and_change_ones_mind()
    assert not ProcrastinateJob.objects.exists()
