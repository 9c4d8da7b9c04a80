"""The loops that send, take over from dead workers, and clean up."""

from __future__ import annotations

from functools import cache

from doorstep.connectors.webhooks.cleanup import delete_old
from doorstep.connectors.webhooks.sending.claim import release_claims_of_the_dead
from doorstep.connectors.webhooks.sending.dispatcher import Dispatcher
from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop

IDLE_SECONDS = 0.2


@cache
def _dispatcher() -> Dispatcher:
    return Dispatcher()  # its threads start with the first delivery


@worker_loop("webhooks.sender", idle_seconds=IDLE_SECONDS)
def send_webhooks() -> int:
    """Start to send what is due; when all places are taken, wait for one."""
    sender = _dispatcher()
    return sender.tick(at=now()) or int(sender.await_progress(IDLE_SECONDS))


@worker_loop("webhooks.rescue", idle_seconds=5)
def release_webhooks() -> int:
    """Take deliveries out of the hands of workers that died."""
    return release_claims_of_the_dead(at=now())


@worker_loop("webhooks.cleanup", idle_seconds=600)
def clean_up() -> int:
    """Delete what was sent long ago, and what is left of deleted endpoints."""
    return delete_old(now())
