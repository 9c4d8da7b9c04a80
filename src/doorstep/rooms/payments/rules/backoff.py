"""When a vendor is asked again, and when a person has to look."""

from __future__ import annotations

from datetime import timedelta

# Two days in all: longer than any vendor's usual outage, and longer than the day for which Stripe
# repeats a kept answer, so that an error it has kept is asked afresh before we give up.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 3_600, 2 * 3_600, 4 * 3_600, 8 * 3_600, 12 * 3_600, 24 * 3_600)
)
LONGEST = timedelta(days=1)
# How often a refund that the vendor took on is looked at, should its report get lost; banks take
# up to ten days, some vouchers a month.
LOOK_EVERY = timedelta(days=1)
LOOKS = 35


def wait_after(attempts: int, asked_for: float | None = None) -> timedelta | None:
    """Return the pause after so many attempts, None when it was tried often enough.

    :param asked_for: seconds that the vendor wants us to wait (Retry-After); believed up to a day.
    """
    if attempts > len(WAITS):
        return None
    usual = WAITS[max(attempts, 1) - 1]
    return max(usual, min(timedelta(seconds=asked_for or 0), LONGEST))
