"""Segments as those see them who keep them: read, locked, claimed, marked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.conditions.api import Condition, InvalidCondition
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import SegmentState
from doorstep.rooms.audiences.models import Upkeep
from doorstep.rooms.audiences.rules.asking import read_condition

_COLUMNS = """
    SELECT s.id, s.revision, s.state, s.condition::text, s.fingerprint, u.as_of, u.problem
    FROM audiences_segment s JOIN audiences_upkeep u ON u.segment_id = s.id
    WHERE s.store_id = %s AND s.archived_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Working:
    """A segment that is not archived, with its condition read; or with why it can't be."""

    id: UUID
    revision: int
    state: str
    fingerprint: str
    as_of: datetime | None
    noted_problem: str
    condition: Condition | None
    problem: str = ""

    @property
    def is_live(self) -> bool:
        return self.state == SegmentState.LIVE


def working_segments(*, hold: bool = False) -> list[Working]:
    """Return the current store's segments that are not archived (one query).

    :param hold: keep them as they are until the transaction ends; others may hold them so, too.
    """
    return _read(_COLUMNS + " ORDER BY s.id" + (" FOR SHARE OF s" if hold else ""), [])


def working_segment(segment_id: UUID, *, alone: bool = False, hold: bool = False) -> Working | None:
    """Return one of them, None when it is archived or gone.

    :param alone: lock it against everybody else until the transaction ends.
    :param hold: keep it as it is, beside others who do.
    """
    lock = " FOR NO KEY UPDATE OF s" if alone else " FOR SHARE OF s" if hold else ""
    return next(iter(_read(_COLUMNS + " AND s.id = %s" + lock, [segment_id])), None)


def _read(statement: str, more: list[Any]) -> list[Working]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [current_store_id(), *more])
        return [_working(row) for row in cursor.fetchall()]


def _working(row: tuple[Any, ...]) -> Working:
    segment_id, revision, state, text, fingerprint, as_of, noted = row
    condition, problem = None, ""
    try:
        condition = read_condition(json.loads(text))
    except InvalidCondition as error:
        problem = error.message
    return Working(segment_id, revision, state, fingerprint, as_of, noted, condition, problem)


def note_problem(segment: Working) -> None:
    """Write down (or take back) why a segment can't be kept, where that is news."""
    if segment.problem != segment.noted_problem:
        Upkeep.objects.filter(segment=segment.id).update(problem=segment.problem)


@contextmanager
def claimed(segment_id: UUID) -> Iterator[bool]:
    """Claim a segment for long work; False when another worker has it.

    The claim is the connection's own: a worker that dies lets go of it, however it dies.
    """
    number = int.from_bytes(
        hashlib.sha256(b"audiences" + segment_id.bytes).digest()[:8], "big", signed=True
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
