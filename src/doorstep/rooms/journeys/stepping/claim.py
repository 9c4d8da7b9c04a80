"""Find the steps at which people are due, and take a set of them without two workers meeting."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.instants import read_instants_fast
from doorstep.rooms.journeys.stepping.people import Person
from doorstep.rooms.journeys.versions import OpenVersion

# One statement's worth: large enough that statements cost little per person, small enough that a
# worker holds some tens of MB and a kill repeats little.
SET = 5_000

_DUE_STEPS = """
    SELECT w.version_id, w.step
    FROM unnest(%s::uuid[], %s::text[]) AS w(version_id, step)
    CROSS JOIN LATERAL (
        SELECT e.due_at FROM journeys_enrollment e
        WHERE e.version_id = w.version_id AND e.step = w.step
          AND e.status = 'active' AND e.due_at <= %s
        ORDER BY e.due_at LIMIT 1
    ) oldest
    ORDER BY oldest.due_at
"""


def due_steps(versions: Sequence[OpenVersion], *, at: datetime) -> list[tuple[UUID, str]]:
    """List (version, step) at which somebody is due, the longest due first: one probe each."""
    pairs = [(v.id, step) for v in versions for step in v.definition.steps]
    if not pairs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_DUE_STEPS, [[p[0] for p in pairs], [p[1] for p in pairs], at])
        return cursor.fetchall()


# The journey's row is shared: publishing with "move", pausing and archiving wait for sets that are
# being worked off, and sets that come later see what they did.
_STILL_LIVE = "SELECT 1 FROM journeys_journey WHERE id = %s AND status = 'live' FOR SHARE"
# Everything is taken from the locked rows themselves: joined to the table once more, the planner
# reads all of it for each set.
_CLAIM = """
    WITH due AS (
        SELECT id, customer_id, order_id, visit, entered_at, waiting_for, is_woken, failures, data
        FROM journeys_enrollment
        WHERE version_id = %s AND step = %s AND status = 'active' AND due_at <= %s
        ORDER BY due_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    SELECT due.id, due.customer_id, due.order_id, due.visit, due.entered_at, due.waiting_for,
           due.is_woken, due.failures, due.data,
           (SELECT c.timezone FROM customers_customer c WHERE c.id = due.customer_id),
           coalesce((SELECT o.sales_channel FROM orders_order o WHERE o.id = due.order_id), '')
    FROM due
"""


def claim(version: OpenVersion, step: str, *, at: datetime, size: int = SET) -> list[Person]:
    """Lock a set of people due at a step until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_STILL_LIVE, [version.journey_id])
        if cursor.fetchone() is None:
            return []
        read_instants_fast(cursor)
        cursor.execute(_CLAIM, [version.id, step, at, size])
        rows = cursor.fetchall()
    return [
        Person(*(*row[:8], _data(row[8]), row[9], row[10]))  # in the order of the columns
        for row in rows
    ]


def _data(raw: object) -> dict[str, object]:
    # Django's connections hand jsonb over as text to plain cursors.
    return json.loads(raw) if isinstance(raw, str) and raw != "{}" else {}
