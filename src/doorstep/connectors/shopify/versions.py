"""Which of two versions of one second is the later one."""

from __future__ import annotations

from datetime import datetime, timedelta


def refine(changed_at: datetime, triggered_at: datetime | None) -> datetime:
    """Return a version that also tells apart what happened within one second.

    ``updated_at`` counts whole seconds, and an order is often created and paid in the same one.
    The delay to ``triggered_at`` (up to an hour) fills the fraction: same second, later webhook,
    later version; never into the next second.
    """
    if triggered_at is None or changed_at.microsecond:
        return changed_at
    delay = min(max((triggered_at - changed_at).total_seconds(), 0.0), 3600.0)
    return changed_at + timedelta(microseconds=int(delay / 3600.0 * 999_999))
