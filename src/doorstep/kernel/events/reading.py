"""Reading the log: rows back into the facts they were."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import structlog
from django.db import connection
from django.db.models import Q
from pydantic import ValidationError

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, type_named
from doorstep.kernel.events.sequencer import head_position
from doorstep.kernel.instants import read_instants_fast
from doorstep.kernel.models.events import LoggedEvent, OutboxEvent
from doorstep.kernel.tenancy import current_store_id

log = structlog.get_logger(__name__)

_SHOWN = ("event_id", "name", "payload", "key", "subject", "at", "actor", "actor_label")
_COLUMNS = "position, event_id, store_id, name, payload, key, subject, at, actor, actor_label"


def read_lanes(cursors: dict[int, int], names: Sequence[str], limit: int) -> list[Recorded]:
    """Read the next events of some lanes, oldest first, of the given names only.

    :param cursors: lane → position up to which it was read.
    """
    with connection.cursor() as cursor:
        read_instants_fast(cursor)
        cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM kernel_event e
            JOIN unnest(%s::smallint[], %s::bigint[]) AS c(lane, read_to) ON c.lane = e.lane
            WHERE e.position > %s AND e.position > c.read_to AND e.name = ANY(%s)
            ORDER BY e.position LIMIT %s
            """,  # noqa: S608 (only a constant is put into the text)
            [
                list(cursors.keys()),
                list(cursors.values()),
                min(cursors.values()),
                list(names),
                limit,
            ],
        )
        return [_recorded(row) for row in cursor.fetchall()]


def read_positions(positions: Sequence[int]) -> list[Recorded]:
    """Read single events by position, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM kernel_event WHERE position = ANY(%s) ORDER BY position",  # noqa: S608
            [list(positions)],
        )
        return [_recorded(row) for row in cursor.fetchall()]


_STEP = 5_000


def read_since(names: Sequence[str], since: datetime, *, limit: int) -> list[Recorded]:
    """Read the current store's events of some names that happened since an instant, oldest first.

    Walks the log back from its end, for it has no index of moments. Positions follow the clock
    but for minutes: the walk ends at the first step whose events are all an hour older.

    :param limit: at most so many, the newest ones.
    """
    store_id, before, found = current_store_id(), head_position() + 1, list[Recorded]()
    while len(found) < limit:
        with connection.cursor() as cursor:
            cursor.execute(_EDGE, [before, _STEP])
            first, newest = cursor.fetchone()
            if first is None or newest < since - timedelta(hours=1):
                break
            cursor.execute(
                f"""
                SELECT {_COLUMNS} FROM kernel_event
                WHERE position >= %s AND position < %s AND store_id = %s AND name = ANY(%s)
                  AND at >= %s
                ORDER BY position DESC LIMIT %s
                """,  # noqa: S608 (only a constant is put into the text)
                [first, before, store_id, list(names), since, limit - len(found)],
            )
            found += [_recorded(row) for row in cursor.fetchall()]
        before = first
    return found[::-1]


_EDGE = """
    SELECT min(position), max(at) FROM (
        SELECT position, at FROM kernel_event WHERE position < %s ORDER BY position DESC LIMIT %s
    ) AS step
"""


def _recorded(row: tuple[Any, ...]) -> Recorded:
    position, event_id, store_id, name, payload, key, subject, at, actor, label = row
    fact = _fact(name, payload)
    return Recorded(
        position, event_id, store_id, name, fact, key, subject, at, _actor(actor, label)
    )


@lru_cache(maxsize=1_000)
def _actor(key: str, label: str) -> Actor:
    """Return who did it: of a set of events mostly one and the same."""
    kind, _, actor_id = key.partition(":")
    return Actor(kind, actor_id, label)  # type: ignore[arg-type]


def _fact(name: str, payload: str) -> Any:
    """Rebuild the dataclass; what no code knows any more, or knows otherwise, stays JSON.

    A payload that does not fit its class must not keep a handler from reading on: it fails in
    the handler and is parked like any poison.
    """
    event_type = type_named(name)
    if event_type is None:
        return json.loads(payload)  # Django leaves jsonb from a raw cursor as text
    try:
        return event_type.adapter.validate_json(payload)
    except ValidationError as error:
        log.warning("event_does_not_fit", name=name, error=str(error.errors()[0]["msg"]))
        return json.loads(payload)


def list_events(
    *, subjects: Iterable[str] = (), keys: Iterable[str] = (), limit: int = 200
) -> list[dict[str, Any]]:
    """List the current store's events about some subjects or keys, newest first, as plain dicts.

    Events still in the outbox (a worker has not sequenced them yet) are included, so that a
    timeline is complete also while no worker runs.
    """
    store_id = current_store_id()
    about = Q(subject__in=list(subjects)) if subjects else Q(key__in=list(keys))
    staged = OutboxEvent.objects.filter(about, store_id=store_id).order_by("-id")
    logged = LoggedEvent.objects.filter(about, store_id=store_id).order_by("-position")
    return [*staged.values(*_SHOWN)[:limit], *logged.values(*_SHOWN)[:limit]][:limit]


def newest_event_at() -> datetime | None:
    """Return when the newest event of the log happened."""
    return LoggedEvent.objects.order_by("-position").values_list("at", flat=True).first()
