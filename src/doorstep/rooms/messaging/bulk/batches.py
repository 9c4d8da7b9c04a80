"""Open and stop batches."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.actors import Actor
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
