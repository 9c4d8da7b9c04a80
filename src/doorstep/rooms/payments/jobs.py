"""The loops that ask vendors and end requests to pay whose time is over."""

from __future__ import annotations

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.payments.actions.links import end_due_links
from doorstep.rooms.payments.calls.work import ask_due


# Four at once: one vendor that takes its time does not hold up the others.
@worker_loop("payments", idle_seconds=0.5, threads=4)
def ask_vendors() -> int:
    """Ask one vendor one thing that is due."""
    return ask_due(at=now())


@worker_loop("payment_links", idle_seconds=20)
def end_links() -> int:
    """End requests to pay that nobody paid in time."""
    return end_due_links(at=now())
