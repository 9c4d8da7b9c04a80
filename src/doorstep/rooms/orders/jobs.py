"""The loop that ends delays."""

from __future__ import annotations

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.orders.editing.waiting import lift_due_delays


@worker_loop("delays", idle_seconds=30)
def end_delays() -> int:
    """Let go one set of orders whose day has come."""
    return lift_due_delays(now())
