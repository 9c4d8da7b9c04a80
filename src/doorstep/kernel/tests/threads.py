"""Running the same thing in several threads at the same moment, each with its own connection."""

from __future__ import annotations

import threading
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
