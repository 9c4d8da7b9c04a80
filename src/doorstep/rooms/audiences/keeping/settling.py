"""Decide customers anew and write what changed: the one way into and out of a segment.

Two evaluations of one customer could overtake each other: the older answer would be written last.
Therefore whoever writes holds the segment's row: events shared (their lanes see to it that no two
handle one customer at once), everybody else alone and shortly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import Condition
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.events import SegmentEntered, SegmentLeft
from doorstep.rooms.audiences.keeping.matching import matching

CHUNK = 2_000
KEEPER = Actor.system("audiences")

_SETTLE = """
    WITH matching AS MATERIALIZED ({matching}),
    gone AS (
        DELETE FROM audiences_membership m
        WHERE m.segment_id = %s AND m.customer_id = ANY(%s::uuid[])
          AND NOT EXISTS (SELECT 1 FROM matching x WHERE x.id = m.customer_id)
        RETURNING m.customer_id, m.since
    ),
    kept AS (
        INSERT INTO audiences_pastmembership (store_id, segment_id, customer_id, since, until)
        SELECT %s, %s, g.customer_id, g.since, greatest(g.since, %s) FROM gone g
        -- nothing is remembered of the erased
        JOIN customers_customer c ON c.id = g.customer_id AND c.erased_at IS NULL
    ),
    come AS (
        INSERT INTO audiences_membership (store_id, segment_id, customer_id, since)
        SELECT %s, %s, x.id, %s FROM matching x
        WHERE NOT EXISTS (SELECT 1 FROM audiences_membership m
                          WHERE m.segment_id = %s AND m.customer_id = x.id)
        ON CONFLICT (segment_id, customer_id) DO NOTHING
        RETURNING customer_id
    )
    SELECT customer_id, true FROM come UNION ALL SELECT customer_id, false FROM gone
"""


class Changes(NamedTuple):
    """Who came into a segment and who went."""

    entered: list[UUID]
    left: list[UUID]

    def __len__(self) -> int:
        return len(self.entered) + len(self.left)


def settle(
    segment_id: UUID,
    condition: Condition,
    customer_ids: Sequence[UUID],
    *,
    at: datetime,
    zone: ZoneInfo,
    quietly: bool = False,
) -> Changes:
    """Decide some customers anew as of ``at``, in one statement, and publish who came and went.

    The caller holds the segment's row in its transaction.

    :param quietly: publish nothing: the segment changed, not the people.
    """
    if not customer_ids:
        return Changes([], [])
    ids, store_id = list(customer_ids), current_store_id()
    found = matching(condition, at=at, zone=zone, only=ids)
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE.replace("{matching}", found.sql),
            [
                *found.params,
                *(segment_id, ids),
                *(store_id, segment_id, at),
                *(store_id, segment_id, at, segment_id),
            ],
        )
        rows = cursor.fetchall()
    changes = Changes([i for i, came in rows if came], [i for i, came in rows if not came])
    if not quietly:
        publish_changes(segment_id, changes, at=at)
    return changes


def publish_changes(segment_id: UUID, changes: Changes, *, at: datetime) -> None:
    """Publish who came and who went, each with the customer's key."""
    drafts = [_draft(SegmentEntered(segment_id, one), one, at) for one in changes.entered]
    drafts += [_draft(SegmentLeft(segment_id, one), one, at) for one in changes.left]
    publish_many(drafts)


def _draft(event: SegmentEntered | SegmentLeft, customer_id: UUID, at: datetime) -> EventDraft:
    return EventDraft(event, customer_id, at, KEEPER, f"customer:{customer_id}")
