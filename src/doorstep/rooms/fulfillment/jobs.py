"""The loop that watches over promises."""

from __future__ import annotations

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.fulfillment.watch import look_at_promises


@worker_loop("ship_by", idle_seconds=30)
def watch_promises() -> int:
    """Look at one set of shipments whose ship-by day is near or over."""
    return look_at_promises(now())
