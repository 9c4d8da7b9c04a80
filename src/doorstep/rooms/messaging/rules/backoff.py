"""How long to wait before a transient failure is tried again."""

from __future__ import annotations

from datetime import timedelta

# About a day and a half in all: greylisting is over in minutes, a provider's outage in hours.
DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800, 43200)
)


def delay_after(failures: int) -> timedelta | None:
    """Return how long to wait after so many transient failures; None: give up.

    :param failures: how often it has failed by now, at least 1.
    """
    return DELAYS[failures - 1] if failures <= len(DELAYS) else None
