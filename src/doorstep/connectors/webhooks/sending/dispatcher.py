"""Many requests at once from one process, none of which makes the others wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog
from django.db import connection

from doorstep.connectors.webhooks.sending.claim import Claimed, claim_due
from doorstep.connectors.webhooks.sending.recording import record
from doorstep.connectors.webhooks.sending.request import Outcome, send
from doorstep.kernel.http import refuse_in_transaction

log = structlog.get_logger(__name__)

# Threads that mostly wait for an answer. An endpoint holds four of them at most, one that fails
# a single one, so forty endpoints would have to hang to hold up a healthy one.
CAPACITY = 40


class Dispatcher:
    """Claims as much as it has free places for, and records what is done.

    A thread that is done records for all that are done by then, so that in a burst a few
    transactions on one connection do for many deliveries.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._pool = ThreadPoolExecutor(capacity, thread_name_prefix="webhook")
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._recording = threading.Lock()
        self._changed = threading.Condition()
        self._in_flight = 0
        self._finished = 0

    def tick(self, *, at: datetime) -> int:
        """Claim what is due and start to send it; returns how many were taken."""
        with self._changed:
            free = self._capacity - self._in_flight
        claimed = claim_due(at=at, size=free)
        # The guard of the outbound client looks at its own thread's connection: ask here, where
        # a transaction would be open.
        refuse_in_transaction()
        with self._changed:
            self._in_flight += len(claimed)
        for one in claimed:
            self._pool.submit(self._work, one, at)
        return len(claimed)

    def await_progress(self, seconds: float) -> bool:
        """Wait until one in hand is done; False when none is, or none was in time.

        In a burst the next claim follows the first answer, not the clock.
        """
        with self._changed:
            before = self._finished
            if not self._in_flight:
                return False
            return self._changed.wait_for(lambda: self._finished > before, seconds)

    def finish(self, timeout: float = 30.0) -> None:
        """Wait until nothing is in hand any more.

        :raises TimeoutError: something still is.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._in_flight == 0, timeout):
                raise TimeoutError(f"{self._in_flight} webhooks are still being sent")

    def close(self) -> None:
        """Let what is in hand end, and the threads with it."""
        self._pool.shutdown(wait=True)

    def _work(self, claimed: Claimed, at: datetime) -> None:
        try:
            self._done.put(send(claimed, at=at))
            self._record()
        except Exception:  # its lease ends, and it is tried again; five times, then set aside
            log.exception("webhook_failed", delivery=str(claimed.id))
        finally:
            with self._changed:
                self._in_flight -= 1
                self._finished += 1
                self._changed.notify_all()

    def _record(self) -> None:
        with self._recording:
            outcomes = list(_drained(self._done.get_nowait))
            if not outcomes:
                return  # another thread did it along with its own
            try:
                record(outcomes)
            finally:
                connection.close()


def _drained(take: Callable[[], Outcome]) -> list[Outcome]:
    found = []
    while True:
        try:
            found.append(take())
        except queue.Empty:
            return found
