"""Open, stop and count batches; ask for their messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array
from doorstep.kernel.errors import NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import dump_json
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import BatchSpec
from doorstep.rooms.messaging.models import MessageBatch

_OPEN = """
    INSERT INTO messaging_messagebatch
        (id, store_id, key, kind, purpose, topic, channel, source, context, label, priority,
         created_at, stopped_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, '')
    ON CONFLICT (store_id, key) DO NOTHING
"""


def open_batch(spec: BatchSpec, *, at: datetime) -> UUID:
    """Return the batch of this key, made if it is new. Joins the caller's transaction."""
    found = MessageBatch.objects.filter(key=spec.key).values_list("id", flat=True).first()
    if found is not None:
        return found
    values: list[Any] = [
        new_id(), current_store_id(), spec.key, spec.kind, spec.purpose, spec.topic,
        spec.channel or "", spec.source, dump_json(dict(spec.context)), spec.label, spec.priority,
        at,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, values)
    return MessageBatch.objects.values_list("id", flat=True).get(key=spec.key)


def stop_batch(batch_id: UUID, *, by: Actor, at: datetime) -> None:
    """Let no further message of a batch leave; the sender looks before each few it hands over.

    Stopping twice changes nothing.

    :raises NotFound: there is no such batch.
    """
    rows = MessageBatch.objects.filter(id=batch_id)
    if not rows.filter(stopped_at__isnull=True).update(stopped_at=at, stopped_by=by.key) and (
        not rows.exists()
    ):
        raise NotFound("There is no such batch of messages.")


def batch_counts(batch_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Count the messages of batches by status; one query over the batches' index."""
    found: dict[UUID, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT batch_id, status, count(*) FROM messaging_message
            WHERE batch_id = ANY(%s::uuid[]) AND store_id = %s GROUP BY batch_id, status
            """,
            [as_array(batch_ids), current_store_id()],
        )
        for batch_id, status, count in cursor.fetchall():
            found[batch_id][status] = count
    return found


def batch_engagement(batch_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Count how many messages of batches were opened and clicked by people; one query."""
    found: dict[UUID, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    if not batch_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT m.batch_id, d.kind, count(DISTINCT m.id)
            FROM messaging_message m JOIN messaging_deliveryevent d ON d.message_id = m.id
            WHERE m.batch_id = ANY(%s::uuid[]) AND m.store_id = %s AND NOT d.by_machine
              AND d.kind IN ('opened', 'clicked', 'unsubscribed', 'complained')
            GROUP BY m.batch_id, d.kind
            """,
            [as_array(batch_ids), current_store_id()],
        )
        for batch_id, kind, count in cursor.fetchall():
            found[batch_id][kind] = count
    return found
