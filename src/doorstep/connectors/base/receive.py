"""Take a webhook in: check the signature, store the bytes with one statement, answer.

This is the busiest door of the system and the platform's patience is 5 seconds, so nothing is
parsed here and nothing else is asked of the database: the connection and its secrets come from a
cache that is a few seconds old at most.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from django.db import connection as database

from doorstep.connectors.base.contracts import Connector, Envelope
from doorstep.connectors.base.models import RECEIVED, Connection
from doorstep.connectors.base.registry import get_connector
from doorstep.kernel.errors import DomainError
from doorstep.kernel.ids import new_id

MAX_BODY = 5 * 1024 * 1024
_CACHE_SECONDS = 3.0
_CACHE_SIZE = 2_000


class BadSignature(DomainError):
    """The body is not signed with this connection's secret (or there is no such connection)."""

    code = "bad_signature"
    status = 401


@dataclass(frozen=True, slots=True)
class _Door:
    """What receiving needs to know of a connection."""

    store_id: UUID
    connector: Connector
    secrets: tuple[str, ...]
    stale_after: timedelta


_doors: dict[UUID, tuple[float, _Door | None]] = {}
_lock = Lock()


def forget_cached(connection_id: UUID) -> None:
    """Drop a connection from this process's cache (after a change of its secrets)."""
    _doors.pop(connection_id, None)


def _find_door(connection_id: UUID) -> _Door | None:
    cached = _doors.get(connection_id)
    if cached is not None and cached[0] > time.monotonic():
        return cached[1]
    row = Connection.all_stores.filter(id=connection_id, is_active=True).first()
    door = None
    if row is not None:
        door = _Door(
            row.store_id,
            get_connector(row.kind),
            tuple(row.webhook_secrets()),
            timedelta(hours=row.stale_after_hours),
        )
    with _lock:
        if len(_doors) >= _CACHE_SIZE:  # somebody tries ids: do not let that grow
            _doors.clear()
        _doors[connection_id] = (time.monotonic() + _CACHE_SECONDS, door)
    return door


def receive(connection_id: UUID, headers: Mapping[str, str], body: bytes, *, at: datetime) -> bool:
    """Store one delivery and return whether it was new (a repetition changes nothing).

    :param headers: with lower-cased names.
    :raises BadSignature: nothing was stored, but the attempt was counted.
    """
    door = _find_door(connection_id)
    if door is None:
        # The same work as for a known connection, so that the time taken tells nothing.
        for kind in ("shopify",):
            get_connector(kind).is_signed(headers, body, ("no such connection",))
        raise BadSignature("The signature does not match.")
    envelope = door.connector.open_envelope(headers, body)
    if envelope.is_ping:
        return False
    if not door.connector.is_signed(headers, body, door.secrets):
        _count_bad_signature(connection_id, at)
        raise BadSignature("The signature does not match.")
    return _store(connection_id, door, envelope, body, at)


def _store(connection_id: UUID, door: _Door, envelope: Envelope, body: bytes, at: datetime) -> bool:
    stale = envelope.triggered_at is not None and at - envelope.triggered_at > door.stale_after
    with database.cursor() as cursor:
        # Without a conflict target both unique indexes (delivery id, event) mean "seen before".
        cursor.execute(
            """
            INSERT INTO connectors_base_delivery
                (id, store_id, connection_id, topic, body, headers, external_delivery_id,
                 external_event_id, triggered_at, received_at, is_stale, status, attempts,
                 next_attempt_at, waiting_for, order_external_id, error_code, error_detail,
                 error_field, is_retriable, processed_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, '', '', '', '', '',
                    true, NULL)
            ON CONFLICT DO NOTHING
            """,
            [
                new_id(),
                door.store_id,
                connection_id,
                _plain(envelope.topic),
                body,
                json.dumps({name: _plain(v) for name, v in envelope.kept_headers.items()}),
                _plain(envelope.delivery_id),
                _plain(envelope.event_id),
                envelope.triggered_at,
                at,
                stale,
                RECEIVED,
                at,
            ],
        )
        return cursor.rowcount == 1


def _plain(text: str) -> str:
    """Make a header fit for PostgreSQL, which holds neither NUL nor half surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


# Refused deliveries are counted at the connection. The first ones are written at once, so that a
# merchant sees them; a flood is added up in memory and written once a second.
_refused: dict[UUID, int] = {}
_budget: dict[UUID, tuple[float, float]] = {}  # connection -> (tokens, since)


def _count_bad_signature(connection_id: UUID, at: datetime) -> None:
    with _lock:
        _refused[connection_id] = _refused.get(connection_id, 0) + 1
        moment = time.monotonic()
        tokens, since = _budget.get(connection_id, (20.0, moment))
        tokens = min(20.0, tokens + (moment - since))
        _budget[connection_id] = (tokens - 1 if tokens >= 1 else tokens, moment)
        if tokens < 1:
            return
        count = _refused.pop(connection_id)
    with database.cursor() as cursor:
        cursor.execute(
            """
            UPDATE connectors_base_connection
               SET bad_signature_count = bad_signature_count + %s,
                   bad_signature_since = coalesce(bad_signature_since, %s),
                   bad_signature_at = %s
             WHERE id = %s
            """,
            [count, at, at, connection_id],
        )
