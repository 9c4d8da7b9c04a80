"""Publishing: events are written in the action's own transaction, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_columns
from doorstep.kernel.events.registry import type_of
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id


class PublishedOutsideTransaction(RuntimeError):
    """An event was published where nothing would roll it back together with its cause."""


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event about to be published."""

    event: Any
    key: str | UUID
    at: datetime
    by: Actor
    subject: str = ""


def publish(event: Any, *, key: str | UUID, at: datetime, by: Actor, subject: str = "") -> None:
    """Publish one event from within the transaction of its cause.

    :param key: events of one key (a customer, mostly) reach every handler in order.
    :param subject: what it is about, as ``"order:<uuid>"``; timelines are read by it.
    """
    publish_many([EventDraft(event, key, at, by, subject)])


def publish_many(drafts: Sequence[EventDraft]) -> None:
    """Publish events in the order given, with one statement for all."""
    if not drafts:
        return
    if not connection.in_atomic_block:
        raise PublishedOutsideTransaction("publish() needs transaction.atomic() around it")
    store_id = current_store_id()
    rows = [
        (
            new_id(),
            type_of(type(draft.event)).name,
            str(draft.key),
            draft.subject,
            draft.by.key,
            draft.by.label,
            type_of(type(draft.event)).adapter.dump_json(draft.event).decode(),
            draft.at,
        )
        for draft in drafts
    ]
    with connection.cursor() as cursor:
        # unnest() of arrays keeps the statement's text constant whatever the number of events;
        # WITH ORDINALITY keeps their order, from which the ids (and so the log) follow.
        cursor.execute(
            """
            INSERT INTO kernel_outbox
                (event_id, store_id, name, key, subject, actor, actor_label, payload, at)
            SELECT event_id, %s, name, key, subject, actor, actor_label, payload::jsonb, at
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                        %s::text[], %s::timestamptz[])
                 WITH ORDINALITY
                 AS t(event_id, name, key, subject, actor, actor_label, payload, at, nth)
            ORDER BY nth
            """,
            [store_id, *as_columns(rows, 8)],
        )
