"""Find the steps at which people are due, and take a set of them without two workers meeting."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

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
_CLAIM = """
    WITH due AS (
        SELECT id FROM journeys_enrollment
        WHERE version_id = %s AND step = %s AND status = 'active' AND due_at <= %s
        ORDER BY due_at LIMIT %s
        FOR UPDATE SKIP LOCKED
    )
    SELECT e.id, e.customer_id, e.order_id, e.visit, e.entered_at, e.waiting_for, e.is_woken,
           e.failures, e.data, c.timezone, coalesce(o.sales_channel, '')
    FROM due JOIN journeys_enrollment e ON e.id = due.id
    JOIN customers_customer c ON c.id = e.customer_id
    LEFT JOIN orders_order o ON o.id = e.order_id
"""


def claim(version: OpenVersion, step: str, *, at: datetime, size: int = SET) -> list[Person]:
    """Lock a set of people due at a step until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_STILL_LIVE, [version.journey_id])
        if cursor.fetchone() is None:
            return []
        cursor.execute(_CLAIM, [version.id, step, at, size])
        rows = cursor.fetchall()
    return [
        Person(*(*row[:8], _data(row[8]), row[9], row[10]))  # in the order of the columns
        for row in rows
    ]


def _data(raw: object) -> dict[str, object]:
    # Django's connections hand jsonb over as text to plain cursors.
    return json.loads(raw) if isinstance(raw, str) and raw != "{}" else {}
