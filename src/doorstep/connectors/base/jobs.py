"""The loop that works off stored deliveries."""

from __future__ import annotations

from doorstep.connectors.base.intake.working import work_off
from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop


@worker_loop("intake", idle_seconds=0.05)
def intake() -> int:
    """Apply one set of due deliveries."""
    return work_off(now())
