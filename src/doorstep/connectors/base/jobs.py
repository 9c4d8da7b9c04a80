"""The loops that work off stored deliveries and delete the old ones."""

from __future__ import annotations

from doorstep.connectors.base.intake.cleanup import delete_old
from doorstep.connectors.base.intake.working import work_off
from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop


@worker_loop("intake", idle_seconds=0.05)
def intake() -> int:
    """Apply one set of due deliveries."""
    return work_off(now())


@worker_loop("delivery_cleanup", idle_seconds=600)
def clean_up() -> int:
    """Delete finished deliveries whose time is over."""
    return delete_old(now())
