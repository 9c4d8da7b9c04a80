"""When a delivery that failed is tried again, and when an endpoint is given up."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

# The specification's example: ten tries over a little more than three days.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1  # of the wait, either way: what failed together does not come back together
LONGEST_ASKED_WAIT = timedelta(hours=24)
GIVE_UP_ENDPOINT_AFTER = timedelta(days=5)


def next_try(failures: int, at: datetime, *, asked_wait: float = 0.0) -> datetime | None:
    """Return when to try again after ``failures`` failures, None when that was the last try.

    :param asked_wait: seconds that the receiver asked for by Retry-After; at most a day counts.
    """
    if failures > len(WAITS):
        return None
    # spreading retries needs no unpredictable numbers
    wait = WAITS[failures - 1] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    asked = min(timedelta(seconds=asked_wait), LONGEST_ASKED_WAIT)
    return at + max(wait, asked)


def is_given_up(failing_since: datetime | None, at: datetime) -> bool:
    """Tell whether an endpoint has failed for so long that it is disabled."""
    return failing_since is not None and at - failing_since >= GIVE_UP_ENDPOINT_AFTER
