"""Poison: an event that a handler cannot take is parked, shown, and can be retried.

The events of the same key that come after it are parked behind it, so that the handler still
sees that key's events in order once the first one goes through. Everybody else goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.reading import read_positions
from doorstep.kernel.events.registry import Recorded, handler_named
from doorstep.kernel.models.events import ParkedEvent
from doorstep.kernel.tallies import Tally
from doorstep.kernel.tenancy import current_store_id, store_scope

log = structlog.get_logger(__name__)

# Waits before the automatic retries; after the last one the event waits for a person.
BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
)


def next_attempt(attempts: int, at: datetime) -> datetime | None:
    """Return when to try again after ``attempts`` failures, None when it is a person's turn."""
    return at + BACK_OFF[attempts - 1] if attempts <= len(BACK_OFF) else None


def park(handler: str, failed: Recorded, error: str, *, at: datetime) -> None:
    """Park one event that ``handler`` could not take."""
    ParkedEvent.objects.create(
        handler=handler,
        position=failed.position,
        store_id=failed.store_id,
        key=failed.key,
        name=failed.name,
        subject=failed.subject,
        status="failed",
        error=error[:4000],
        attempts=1,
        parked_at=at,
        next_attempt_at=next_attempt(1, at),
    )


def park_behind(handler: str, events: Iterable[Recorded], *, at: datetime) -> None:
    """Park events whose key already waits for an earlier one."""
    ParkedEvent.objects.bulk_create(
        ParkedEvent(
            handler=handler,
            position=e.position,
            store_id=e.store_id,
            key=e.key,
            name=e.name,
            subject=e.subject,
            status="behind",
            parked_at=at,
        )
        for e in events
    )


def keys_parked(handler: str, keys: Iterable[str]) -> set[str]:
    """Return which of the keys have parked events of this handler; mostly it has none at all.

    Nobody parks events of the caller's lanes meanwhile, so it may look twice.
    """
    rows = ParkedEvent.objects.filter(handler=handler)
    if not rows.exists():
        return set()
    return set(rows.filter(key__in=set(keys)).values_list("key", flat=True))


def retry_parked(handler: str, key: str) -> int:
    """Give a key's parked events to their handler again, in order, until one fails.

    :returns: how many went through.
    """
    done = 0
    while _retry_first(handler, key):
        done += 1
    return done


def _retry_first(handler_name: str, key: str) -> bool:
    """Retry the first parked event of a key; True when it went through."""
    with transaction.atomic():
        # The lock makes two people (or a person and the timer) retry one after the other.
        first = (
            ParkedEvent.objects.select_for_update()
            .filter(handler=handler_name, key=key)
            .order_by("position")
            .first()
        )
        if first is None:
            return False
        try:
            with transaction.atomic(), store_scope(first.store_id):
                events = read_positions([first.position])
                handler_named(handler_name).function(events)
        except Exception as error:
            first.status = "failed"
            first.error = f"{type(error).__name__}: {error}"[:4000]
            first.attempts += 1
            first.next_attempt_at = next_attempt(first.attempts, now())
            first.save()
            log.warning("parked_event_failed_again", handler=handler_name, position=first.position)
            return False
        first.delete()
        return True


def discard_parked(handler: str, position: int) -> bool:
    """Drop one parked event for good, so that those behind it can go on.

    :returns: False when it was not parked (any more).
    """
    deleted, _ = ParkedEvent.objects.filter(handler=handler, position=position).delete()
    return bool(deleted)


# A store's events that failed in some handler (those behind them not).
NEEDS_PERSON = Tally(
    "SELECT count(*) FROM kernel_parked_event WHERE store_id = %(store)s AND status = 'failed'"
)


def list_parked(store_id: UUID, *, limit: int = 100) -> list[ParkedEvent]:
    """List a store's parked events, oldest first, each key's in their order."""
    rows = ParkedEvent.objects.filter(store_id=store_id)
    return list(rows.order_by("position", "handler")[:limit])


@action("events.retry_event", permission="problems.retry", summary="Retry a parked event")
def retry_event(*, parked_id: int, by: Actor, at: datetime) -> int:
    """Give a parked event, and those behind it, to its handler again.

    Failing again is no error of this action: the event then stays, with the new error.

    :returns: how many went through.
    :raises NotFound: it is not parked in this store (any more).
    """
    row = _parked_here(parked_id)
    done = retry_parked(row.handler, row.key)
    audit.note(subject=f"event:{row.position}", changes={"handled": [0, done]})
    return done


@action("events.discard_event", permission="problems.retry", summary="Drop a parked event")
def discard_event(*, parked_id: int, by: Actor, at: datetime) -> None:
    """Drop one parked event for good and let those behind it go on.

    :raises NotFound: it is not parked in this store (any more).
    """
    row = _parked_here(parked_id)
    discard_parked(row.handler, row.position)
    audit.note(subject=f"event:{row.position}", changes={"dropped": [row.handler, row.error[:300]]})
    retry_parked(row.handler, row.key)


def _parked_here(parked_id: int) -> ParkedEvent:
    row = ParkedEvent.objects.filter(id=parked_id, store_id=current_store_id()).first()
    if row is None:
        raise NotFound("This event is not parked any more.")
    return row


def retry_due(at: datetime) -> int:
    """Retry the parked events whose time has come; returns how many went through.

    Also those behind nothing any more: they were parked while a retry let the last one before
    them through, and neither of the two could see the other.
    """
    failed = ParkedEvent.objects.filter(
        handler=OuterRef("handler"), key=OuterRef("key"), status="failed"
    )
    due = (
        ParkedEvent.objects.filter(
            Q(next_attempt_at__lte=at, status="failed") | Q(~Exists(failed), status="behind")
        )
        .order_by("next_attempt_at")
        .values_list("handler", "key")[:100]
    )
    return sum(retry_parked(handler, key) for handler, key in set(due))
