"""Loops that look seldom, taken in turn by a few threads.

A thread of its own for each of them would hold a database connection each, idle nearly always:
two workers would use up all that a small server gives.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Iterable

Look = Callable[[], float]
"""Do what is due, and return the seconds until the next time."""


class Timers:
    """Who is due next; any number of threads may :meth:`serve`.

    Nobody is looked after by two threads at once: a look comes back to the others when it is over.
    """

    def __init__(self, looks: Iterable[Look]) -> None:
        at = time.monotonic()
        self._due = [(at, nth, look) for nth, look in enumerate(looks)]
        self._turns = len(self._due)
        self._changed = threading.Condition()
        self._ended = False

    def serve(self) -> None:
        """Take whoever is due, until :meth:`end`."""
        while (look := self._take()) is not None:
            self._put_back(look, look())

    def end(self) -> None:
        """Let every thread go home after the look it is in."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self) -> Look | None:
        with self._changed:
            while not self._ended:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None

    def _put_back(self, look: Look, seconds: float) -> None:
        with self._changed:
            # The number decides between two of the same time, so that all have their turn.
            self._turns += 1
            heapq.heappush(self._due, (time.monotonic() + seconds, self._turns, look))
            self._changed.notify()
