"""Find all members of a segment in one statement, and how that differs from what is kept.

The answer stands in temporary tables of this connection: they go with it, so a worker that dies
leaves nothing but the chunks it had committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.conditions.api import Condition
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.keeping.matching import matching

_FOUND, _CHANGE = "audiences_found_now", "audiences_change_now"
_DIFFERENCE = f"""
    INSERT INTO {_CHANGE} (nth, id, comes)
    SELECT row_number() OVER (ORDER BY id), id, comes FROM (
        SELECT f.id, true AS comes FROM {_FOUND} f
        WHERE NOT EXISTS (SELECT 1 FROM audiences_membership m
                          WHERE m.segment_id = %s AND m.customer_id = f.id)
        UNION ALL
        SELECT m.customer_id, false FROM audiences_membership m
        WHERE m.segment_id = %s AND NOT EXISTS (SELECT 1 FROM {_FOUND} f WHERE f.id = m.customer_id)
    ) AS differing
"""  # noqa: S608 (only constants are put into the text)
_WRITE = f"""
    WITH gone AS (
        DELETE FROM audiences_membership m USING {_CHANGE} c
        WHERE c.nth > %s AND c.nth <= %s AND NOT c.comes
          AND m.segment_id = %s AND m.customer_id = c.id
        RETURNING m.customer_id, m.since
    ),
    kept AS (
        INSERT INTO audiences_pastmembership (store_id, segment_id, customer_id, since, until)
        SELECT %s, %s, g.customer_id, g.since, greatest(g.since, %s) FROM gone g
        -- nothing is remembered of the erased
        JOIN customers_customer p ON p.id = g.customer_id AND p.erased_at IS NULL
    )
    INSERT INTO audiences_membership (store_id, segment_id, customer_id, since)
    SELECT %s, %s, c.id, %s FROM {_CHANGE} c
    WHERE c.nth > %s AND c.nth <= %s AND c.comes
    ON CONFLICT (segment_id, customer_id) DO NOTHING
"""  # noqa: S608 (only constants are put into the text)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found: so many members, of whom (and of those kept) so many differ."""

    segment_id: UUID
    found: int
    differing: int

    def ids(self, after: int, upto: int) -> list[UUID]:
        """Return the differing customers ``after`` (not counted) to ``upto``, numbered from 1."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {_CHANGE} WHERE nth > %s AND nth <= %s ORDER BY nth",  # noqa: S608
                [after, upto],
            )
            return [row[0] for row in cursor.fetchall()]

    def write(self, after: int, upto: int, *, at: datetime) -> None:
        """Make some of the differences real as they were found, without looking again."""
        whose = (current_store_id(), self.segment_id, at)
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [after, upto, self.segment_id, *whose, *whose, after, upto])


@contextmanager
def compare(
    segment_id: UUID, condition: Condition, *, at: datetime, zone: ZoneInfo
) -> Iterator[Comparison]:
    """Evaluate a segment for all customers as of ``at`` and compare with its members."""
    statement = matching(condition, at=at, zone=zone)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {_FOUND}, {_CHANGE}")
            cursor.execute(f"CREATE TEMPORARY TABLE {_FOUND} (id uuid NOT NULL)")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {_CHANGE} (nth bigint NOT NULL, id uuid NOT NULL,"
                " comes boolean NOT NULL)"
            )
            cursor.execute(f"INSERT INTO {_FOUND} (id) {statement.sql}", statement.params)
            found = cursor.rowcount
            cursor.execute(f"ANALYZE {_FOUND}")
            cursor.execute(_DIFFERENCE, [segment_id, segment_id])
            differing = cursor.rowcount
            cursor.execute(f"CREATE INDEX ON {_CHANGE} (nth)")
            cursor.execute(f"ANALYZE {_CHANGE}")
        yield Comparison(segment_id, found, differing)
    finally:
        if connection.is_usable() and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {_FOUND}, {_CHANGE}")
