"""The sender's loop in the worker process."""

from __future__ import annotations

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.messaging.sending.claim import release_claims_of_the_dead
from doorstep.rooms.messaging.sending.send_due import send_awaited, send_marketing
from doorstep.rooms.messaging.sending.stopping import settle_stopped

# Each thread keeps its own connection to the provider: while one waits for an answer, another
# renders. More would only take turns at the interpreter's lock.
SENDER_THREADS = 4
# Of their own: a campaign never takes the threads that confirmations go through.
MARKETING_THREADS = 2


@worker_loop("messaging.sender", idle_seconds=0.2, threads=SENDER_THREADS)
def send_messages() -> int:
    """Send one claim's worth of the due messages people wait for."""
    return send_awaited(at=now())


@worker_loop("messaging.marketing", idle_seconds=0.5, threads=MARKETING_THREADS)
def send_offers() -> int:
    """Send one claim's worth of due marketing."""
    return send_marketing(at=now())


@worker_loop("messaging.stopping", idle_seconds=1)
def settle_batches() -> int:
    """Drop what a stopped batch has left."""
    return settle_stopped(at=now())


@worker_loop("messaging.rescue", idle_seconds=5)
def release_messages() -> int:
    """Take messages out of the hands of workers that died."""
    return release_claims_of_the_dead(at=now())
