"""Settle what a stopped batch has left: dropped, with who stopped it, some thousands at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging.contracts import MessageStatus
from doorstep.rooms.messaging.events import MessageDropped
from doorstep.rooms.messaging.models import Message, MessageBatch
from doorstep.rooms.messaging.sending.outcomes import BY, Outcome

CHUNK = 2_000
REASON = "stopped"

# Only what nobody is sending: what is, its sender settles. Skips what is locked: it comes again.
_DROP = """
    WITH left_over AS (
        SELECT id FROM messaging_message
        WHERE batch_id = %(batch)s AND store_id = %(store)s AND status IN ('queued', 'deferred')
        LIMIT %(size)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE messaging_message AS m
    SET status = 'dropped', status_words = %(words)s, due_at = NULL, closed_at = %(at)s
    FROM left_over
    WHERE m.id = left_over.id
    RETURNING m.id, m.customer_id, m.kind, m.channel, m.subject_ref
"""
_STOPPED = """
    SELECT b.id, b.store_id FROM messaging_messagebatch b
    WHERE b.stopped_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM messaging_message m
        WHERE m.batch_id = b.id AND m.status IN ('queued', 'deferred'))
    LIMIT 1
"""


def words_of(batch: MessageBatch) -> str:
    """Return what is said on each message that did not go."""
    kind, _, name = batch.stopped_by.partition(":")
    is_id = len(name) == 36 and name.count("-") == 4
    who = "somebody in the team" if is_id or kind == "system" else name or batch.stopped_by
    what = f"“{batch.label}”" if batch.label else "The campaign"
    return f"{what} was stopped by {who} before this message was sent."


def dropped_by_stop(message: Message, batch: MessageBatch) -> Outcome:
    """Return the outcome of a claimed message whose batch was stopped before it was handed over."""
    words = words_of(batch)
    event = MessageDropped(
        message.id, message.customer_id, message.kind, message.channel, REASON, words
    )
    return Outcome(message, MessageStatus.DROPPED, words, event=event)


def settle_stopped(*, at: datetime) -> int:
    """Drop one set of the messages a stopped batch has left; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_STOPPED)
        row = cursor.fetchone()
    if row is None:
        return 0
    batch_id, store_id = row
    with store_scope(store_id), transaction.atomic():
        words = words_of(MessageBatch.objects.get(id=batch_id))
        values = {"batch": batch_id, "store": store_id, "size": CHUNK, "words": words, "at": at}
        with connection.cursor() as cursor:
            cursor.execute(_DROP, values)
            dropped = cursor.fetchall()
        publish_many(
            [
                EventDraft(
                    MessageDropped(message_id, customer_id, kind, channel, REASON, words),
                    customer_id or message_id,
                    at,
                    BY,
                    subject,
                )
                for message_id, customer_id, kind, channel, subject in dropped
            ]
        )
    return len(dropped)
