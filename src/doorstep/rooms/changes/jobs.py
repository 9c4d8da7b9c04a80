"""The loops of the changes room."""

from __future__ import annotations

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.changes.flow.paying import expire_due
from doorstep.rooms.changes.flow.telling import tell_next
from doorstep.rooms.changes.notices import close_due


@worker_loop("changes_telling", idle_seconds=0.5, threads=2)
def tell_platforms() -> int:
    """Tell one shop platform one thing."""
    return tell_next(at=now())


@worker_loop("changes_unpaid", idle_seconds=30)
def expire_unpaid() -> int:
    """Undo changes that were not paid in time."""
    return expire_due(now())


@worker_loop("delay_notices", idle_seconds=60)
def close_notices() -> int:
    """Close delay notices that nobody answered in time."""
    return close_due(now())
