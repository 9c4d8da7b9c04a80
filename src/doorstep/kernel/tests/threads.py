"""Running the same thing in several threads at the same moment, each with its own connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def at_once(count: int, do: Callable[[int], Result]) -> list[Result]:
    """Call ``do(0)`` … ``do(count - 1)`` together; return the results in that order."""
    gate = threading.Barrier(count, timeout=20)

    def run(nth: int) -> Result:
        try:
            connection.ensure_connection()
            gate.wait()
            return do(nth)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def wait_for_the_dead(patience: float = 20) -> None:
    """Wait until the database has noticed that the clients of killed processes are gone.

    A killed client's server process finishes its statement first and holds its row locks until
    then: who looks for unlocked work right away finds none and takes all for done.
    """
    give_up = time.monotonic() + patience
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND backend_type = 'client backend'
                  AND pid <> pg_backend_pid()
                  -- An idle one holds no lock: some test's thread that has not closed it yet.
                  AND state <> 'idle'
                """
            )
            others = cursor.fetchone()[0]
        if not others:
            return
        if time.monotonic() > give_up:
            raise AssertionError(f"{others} connections of killed processes are still there")
        time.sleep(0.005)
