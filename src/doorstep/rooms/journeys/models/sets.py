"""The few statements by which enrollments are written, each for any number of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array, as_columns, as_uuids


@dataclass(slots=True)
class Place:
    """Where somebody stands after a set was worked off: the new values of their enrollment."""

    id: UUID
    step: str
    visit: int
    due_at: datetime | None
    waiting_for: str
    is_woken: bool
    status: str
    exit_reason: str
    failures: int
    problem: str


_MOVE = """
    UPDATE journeys_enrollment AS e
    SET step = v.step, visit = v.visit, due_at = v.due_at, waiting_for = v.waiting_for,
        is_woken = v.is_woken, status = v.status, exit_reason = v.exit_reason,
        failures = v.failures, problem = v.problem,
        step_since = CASE WHEN e.step = v.step AND e.visit = v.visit THEN e.step_since
                          ELSE %s::timestamptz END,
        ended_at = CASE WHEN v.status IN ('completed', 'exited') THEN %s::timestamptz END
    FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::timestamptz[], %s::text[], %s::bool[],
                %s::text[], %s::text[], %s::int[], %s::text[])
      AS v(id, step, visit, due_at, waiting_for, is_woken, status, exit_reason, failures, problem)
    WHERE e.id = v.id
"""
# Most people of a set end up at the same place: then only their ids differ.
_MOVE_ALIKE = """
    UPDATE journeys_enrollment AS e
    SET step = %s, visit = %s, due_at = %s, waiting_for = %s, is_woken = %s, status = %s,
        exit_reason = %s, failures = 0, problem = '', step_since = %s::timestamptz,
        ended_at = CASE WHEN %s IN ('completed', 'exited') THEN %s::timestamptz END
    WHERE e.id = ANY(%s::uuid[])
"""


def move(places: Sequence[Place], *, at: datetime) -> None:
    """Write where people stand now; their rows are locked by the caller's claim."""
    if not places:
        return
    rows = [
        [
            p.id, p.step, p.visit, p.due_at, p.waiting_for, p.is_woken, p.status, p.exit_reason,
            p.failures, p.problem,
        ]
        for p in places
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [at, at, *as_columns(rows, 10)])


def move_alike(ids: Sequence[UUID], place: Place, *, at: datetime) -> None:
    """Write one place for many people; its id is not looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE_ALIKE,
            [
                place.step, place.visit, place.due_at, place.waiting_for, place.is_woken,
                place.status, place.exit_reason, at, place.status, at, as_uuids(ids),
            ],
        )  # fmt: skip


_PASSED = """
    INSERT INTO journeys_passage (store_id, enrollment_id, visit, step, outcome, words, message_id, at)
    SELECT %s, v.enrollment_id, v.visit, v.step, v.outcome, v.words, v.message_id, %s
    FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::text[], %s::text[], %s::uuid[])
      AS v(enrollment_id, visit, step, outcome, words, message_id)
"""


def note_passages(store_id: UUID, rows: Sequence[Sequence[Any]], *, at: datetime) -> None:
    """Keep steps passed: rows of (enrollment, visit, step, outcome, words, message)."""
    if not rows:
        return
    ids, visits, steps, outcomes, words, message_ids = zip(*rows, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _PASSED,
            [
                store_id, at, as_uuids(ids), as_array(visits), as_array(steps), as_array(outcomes),
                as_array(words), as_uuids(message_ids),
            ],
        )  # fmt: skip


def count_passages(
    store_id: UUID, version_id: UUID, counts: dict[tuple[str, str], int], *, day: date
) -> None:
    """Add to what became of people at steps: (step, outcome) -> how many."""
    if not counts:
        return
    rows = [[step, outcome, count] for (step, outcome), count in counts.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO journeys_steptally (store_id, version_id, step, outcome, day, count)
            SELECT %s, %s, v.step, v.outcome, %s, v.count
            FROM unnest(%s::text[], %s::text[], %s::int[]) AS v(step, outcome, count)
            """,
            [store_id, version_id, day, *as_columns(rows, 3)],
        )
