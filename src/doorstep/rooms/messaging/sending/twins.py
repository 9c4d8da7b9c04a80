"""Two messages of one campaign, or of one step, for one person: customers were made one meanwhile.

Each of the two was asked for by itself, so each has a message of the same batch. One of them goes:
the one that has left already, else the one that was asked for first. The other is dropped and says
why. Looked at twice, because a merge may fall anywhere: when the messages move to the survivor
(``drop_twins``), and before anything is sent (``set_aside_twins``), when nobody may have moved them
yet.

A step that somebody comes to again after days is no twin of itself: twins are asked for within
:data:`TOGETHER`, and about the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging.actions.request_messages import decision_row
from doorstep.rooms.messaging.contracts import Channel, TraceStep
from doorstep.rooms.messaging.events import MessageDropped
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.rules.gate import Decision
from doorstep.rooms.messaging.sending import outcomes
from doorstep.rooms.messaging.sending.outcomes import BY, Outcome
from doorstep.rooms.messaging.writing import insert_rows

TOGETHER = timedelta(days=2)
# The lanes move a merged customer's messages within seconds; one that is parked may take days.
LATELY = timedelta(days=7)
REASON = "same_person_twice"
WORDS = (
    "The same person gets this message already: two customers were made one after both had been "
    "asked for."
)

# Of two, the one that has left, else the older one, goes. Both of two senders come to the same.
_YIELDS = """
    SELECT mine.id FROM messaging_message mine
    WHERE mine.id = ANY(%(ids)s::uuid[]) AND EXISTS (
        SELECT FROM messaging_message twin
        WHERE twin.store_id = %(store)s AND twin.customer_id = ANY(%(people)s::uuid[])
          AND twin.batch_id = mine.batch_id AND twin.id <> mine.id
          AND twin.subject_ref = mine.subject_ref AND NOT twin.is_test
          AND twin.created_at BETWEEN mine.created_at - %(together)s
                                  AND mine.created_at + %(together)s
          AND (twin.status IN ('sent', 'delivered', 'complained')
               OR twin.status IN ('queued', 'deferred', 'sending')
                  AND (twin.created_at, twin.id) < (mine.created_at, mine.id)))
"""
_DROP = """
    UPDATE messaging_message
    SET status = 'dropped', status_words = %(words)s, due_at = NULL, closed_at = %(at)s
    WHERE id = ANY(%(ids)s::uuid[]) AND status IN ('queued', 'deferred')
    RETURNING id
"""


def drop_twins(customer_id: UUID, *, at: datetime) -> int:
    """Drop what a survivor would get twice, of all that is still to go; return how many.

    What is being sent just now is left to its sender. Joins the caller's transaction.
    """
    open_ids = Message.objects.filter(
        customer_id=customer_id, batch__isnull=False, status__in=("queued", "deferred")
    ).values_list("id", flat=True)
    yielding = _yielding(list(open_ids), [customer_id])
    if not yielding:
        return 0
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"ids": as_array(yielding), "words": WORDS, "at": at}
        cursor.execute(_DROP, values)
        dropped = [row[0] for row in cursor.fetchall()]
    rows = list(Message.objects.filter(id__in=dropped))
    insert_rows([decision_row(row, _decision(row), at, stage="send") for row in rows])
    publish_many(
        [
            EventDraft(
                MessageDropped(row.id, row.customer_id, row.kind, row.channel, REASON, WORDS),
                customer_id, at, BY, row.subject_ref,
            )
            for row in rows
        ]
    )  # fmt: skip
    return len(rows)


def set_aside_twins(
    messages: Sequence[Message], *, at: datetime
) -> tuple[list[Message], list[Outcome]]:
    """Split off what its person gets from another message of the same batch; one query mostly."""
    asked = {m.customer_id for m in messages if m.batch_id is not None and m.customer_id}
    pairs = customers.list_made_one(asked, since=at - LATELY) if asked else []
    if not pairs:
        return list(messages), []
    yielding: set[UUID] = set()
    for people in _groups(pairs):
        mine = [m.id for m in messages if m.customer_id in people and m.batch_id is not None]
        yielding |= _yielding(mine, people)
    left = [m for m in messages if m.id not in yielding]
    done = [
        outcomes.dropped(m, decision_row(m, _decision(m), at, stage="send"))
        for m in messages
        if m.id in yielding
    ]
    return left, done


def _yielding(message_ids: Sequence[UUID], people: Sequence[UUID] | set[UUID]) -> set[UUID]:
    if not message_ids:
        return set()
    values: dict[str, Any] = {
        "ids": as_array(message_ids),
        "people": as_array(people),
        "store": current_store_id(),
        "together": TOGETHER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_YIELDS, values)
        return {row[0] for row in cursor.fetchall()}


def _groups(pairs: Sequence[tuple[UUID, UUID]]) -> list[set[UUID]]:
    """Join pairs into people: who was absorbed by whom was absorbed is one with both."""
    groups: list[set[UUID]] = []
    for pair in pairs:
        touching = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touching]
        groups.append(set(pair).union(*touching))
    return groups


def _decision(message: Message) -> Decision:
    trace = (TraceStep(message.channel, "is_no_twin", "drop", REASON, WORDS),)
    channel = Channel(message.channel)
    return Decision("drop", channel, message.to_address, REASON, WORDS, None, trace, True)
