"""Giving committed events their place in the log.

Transactions commit in another order than the one in which they drew their ids, so a reader that
goes by id would step over a row that becomes visible later. Therefore actions write into an
outbox, and one sequencer at a time moves what is *visible* into the log, in outbox order, and
commits before the next one may start. Positions therefore become visible in their own order, and
"everything after position N" misses nothing.

Order per key holds too: two actions on one thing exclude each other by its row lock, so when the
later one's event is visible, the earlier one's is as well (or was moved before).
"""

from __future__ import annotations

from django.db import connection, transaction

from doorstep.kernel import live

LANES = 32  # stored with each event: a change needs a migration that re-lanes the cursors
_LOCK = 0x0D00_0001  # advisory lock number of the sequencer


def sequence(limit: int = 5000) -> int:
    """Move up to ``limit`` committed events from the outbox into the log.

    :returns: how many were moved; 0 also when another worker is just doing it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            """
            WITH next AS MATERIALIZED (
                SELECT id FROM kernel_outbox ORDER BY id LIMIT %s
            ), moved AS (
                DELETE FROM kernel_outbox o USING next WHERE o.id = next.id RETURNING o.*
            ), logged AS (
                INSERT INTO kernel_event (lane, event_id, store_id, name, key, subject,
                                          actor, actor_label, payload, at)
                SELECT (hashtextextended(key, 0) & %s)::smallint, event_id, store_id, name, key,
                       subject, actor, actor_label, payload, at
                FROM (SELECT * FROM moved ORDER BY id) AS ordered
                RETURNING store_id, subject
            )
            SELECT count(*), array_agg(DISTINCT
                -- live_tickets.topic_of() in SQL
                translate(encode(substr(
                    sha256(convert_to(store_id || ':' || subject, 'UTF8')), 1, 9
                ), 'base64'), '+/', '-_')
            ) FILTER (WHERE subject <> '')
            FROM logged
            """,
            [limit, LANES - 1],
        )
        moved, topics = cursor.fetchone()
        live.tell(topics or [])
        return int(moved)


def head_position() -> int:
    """Return the position of the newest event in the log, 0 when it is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(position), 0) FROM kernel_event")
        return int(cursor.fetchone()[0])
