"""Marketing at most once: write down what a provider is about to be given, before it is.

Nobody can know whether a mail server took what it was given when the connection, or the worker,
died before the answer. An order's confirmation is then sent again (better twice than never); an
offer is not: it is set aside, and says so. One small row for each few messages makes the difference
between what was never begun, and goes out, and what may have gone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.ids import new_id
from doorstep.kernel.worker import this_worker
from doorstep.rooms.messaging.models import Message

MAY_HAVE_BEEN_SENT = (
    "It may have been sent: the sending was interrupted before the answer came. "
    "Marketing is not sent twice, so it is left at that."
)

LATE_WORD = timedelta(seconds=5)
"""What somebody said shortly before the gate was asked may have been committed after it."""

# The claims' rows are locked, so that nobody takes one over between this look and the note: whoever
# does afterwards finds the note. A row that somebody else holds at this moment is not waited for.
_BEGIN = """
    WITH held AS (
        SELECT m.id, m.batch_id, m.customer_id, m.channel, m.address_key
        FROM messaging_message m
        JOIN unnest(%(ids)s::uuid[], %(attempts)s::int[]) AS t(id, attempts)
            ON m.id = t.id AND m.attempts = t.attempts
        WHERE m.status = 'sending'
        FOR SHARE OF m SKIP LOCKED
    )
    INSERT INTO messaging_handover (id, store_id, message_ids, by, at)
    SELECT %(id)s, %(store)s, ids, %(by)s, %(at)s
    FROM (
        SELECT array_agg(held.id) AS ids
        FROM held LEFT JOIN messaging_messagebatch b ON b.id = held.batch_id
        WHERE b.stopped_at IS NULL
          AND NOT EXISTS (
              SELECT FROM messaging_consent c
              WHERE c.store_id = %(store)s AND c.customer_id = held.customer_id
                AND c.channel = held.channel AND c.at > %(asked)s AND c.state <> 'granted')
          AND NOT EXISTS (
              SELECT FROM messaging_suppression s
              WHERE s.store_id = %(store)s AND s.channel = held.channel
                AND s.address = held.address_key AND s.since > %(asked)s AND s.lifted_at IS NULL)
    ) AS goes
    WHERE ids IS NOT NULL
    RETURNING message_ids
"""
_BEGUN = """
    SELECT DISTINCT i.id FROM messaging_handover h, unnest(h.message_ids) AS i(id)
    WHERE h.message_ids && %(ids)s::uuid[] AND i.id = ANY (%(ids)s::uuid[])
"""


def begin(store_id: UUID, messages: Sequence[Message], *, at: datetime) -> tuple[UUID, set[UUID]]:
    """Note that some messages are handed over now; return the note's id and which may go.

    Those whose batch has been stopped meanwhile may not, nor those whose claim was lost: a worker
    that was held up for so long that another took its claim over must not send what that one sends.
    Nor may those whose person said no since the gate was asked, with the claim: it is asked again.
    One statement, in a transaction of its own: it is durable when the first byte leaves.
    """
    note = new_id()
    values: dict[str, Any] = {
        "id": note,
        "store": store_id,
        "ids": as_array([message.id for message in messages]),
        "attempts": as_array([message.attempts for message in messages]),
        "by": this_worker(),
        "at": at,
        "asked": at - LATE_WORD,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, values)
        row = cursor.fetchone()
    return note, set(row[0]) if row else set()


def begun(message_ids: Collection[UUID]) -> set[UUID]:
    """Return which of some messages a sender that never came back had begun to hand over."""
    if not message_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_BEGUN, {"ids": as_array(message_ids)})
        return {row[0] for row in cursor.fetchall()}


def end(notes: Collection[UUID], *, lost: Collection[UUID] = ()) -> None:
    """Forget notes, in the transaction that records what became of their messages.

    :param lost: messages whose claim somebody else has taken over. Their notes stay: whoever has
        them now may only be about to look.
    """
    if notes:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM messaging_handover WHERE id = ANY (%s::uuid[])"
                " AND NOT message_ids && %s::uuid[]",
                [as_array(notes), as_array(lost)],
            )
