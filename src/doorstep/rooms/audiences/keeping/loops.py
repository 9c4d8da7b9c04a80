"""The loops that build, sweep, check and count segments. Each takes one segment at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection

from doorstep.kernel.clock import now
from doorstep.kernel.passing import is_passing
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.audiences.contracts import RecheckReason, SegmentState
from doorstep.rooms.audiences.keeping.building import build
from doorstep.rooms.audiences.keeping.checking import end_check, follow_up, start_check
from doorstep.rooms.audiences.keeping.rebuilding import begin_rebuild
from doorstep.rooms.audiences.keeping.sweeping import sweep
from doorstep.rooms.audiences.keeping.working import claimed
from doorstep.rooms.audiences.models import Upkeep

log = structlog.get_logger(__name__)

# A segment that fails is not tried again at once, and does not keep the others waiting.
REST = timedelta(minutes=5)
_DUE = """
    SELECT u.segment_id, u.store_id, s.state FROM audiences_upkeep u
    JOIN audiences_segment s ON s.id = u.segment_id
    WHERE s.archived_at IS NULL AND u.due_at <= %s AND (s.state = %s) = %s
    ORDER BY u.due_at LIMIT 20
"""
_REBUILDS = """
    SELECT u.segment_id, u.store_id FROM audiences_upkeep u
    JOIN audiences_segment s ON s.id = u.segment_id
    WHERE s.archived_at IS NULL AND u.rebuild_at <= %s ORDER BY u.rebuild_at LIMIT 200
"""
_CHECKS = """
    SELECT u.segment_id, u.store_id, u.check_position FROM audiences_upkeep u
    JOIN audiences_segment s ON s.id = u.segment_id
    WHERE s.archived_at IS NULL AND s.state = %s
      AND (u.check_at <= %s OR u.check_position IS NOT NULL)
    ORDER BY u.check_at LIMIT 20
"""
_FOLLOWED = """
    SELECT DISTINCT segment_id, store_id FROM audiences_recheck WHERE reason = %s LIMIT 200
"""
_COUNT = """
    UPDATE audiences_upkeep u SET member_count = coalesce(c.members, 0), counted_at = %s
    FROM audiences_segment s
    LEFT JOIN (SELECT segment_id, count(*) AS members FROM audiences_membership
               GROUP BY segment_id) c ON c.segment_id = s.id
    WHERE s.id = u.segment_id AND s.archived_at IS NULL AND u.member_count IS NOT NULL
      AND u.member_count <> coalesce(c.members, 0)
"""


@worker_loop("audiences.builds", idle_seconds=0.5)
def build_segments() -> int:
    """Build one segment whose condition is new."""
    return run_builds(now(), limit=1)


@worker_loop("audiences.sweeps", idle_seconds=2)
def keep_segments() -> int:
    """Sweep, check, follow up and count what is due."""
    at = now()
    done = run_sweeps(at, limit=1) + run_checks(at, limit=1) + run_follow_ups(at)
    recount(at)
    return done


def run_builds(at: datetime, *, limit: int = 100) -> int:
    """Build segments that are due for it, at most ``limit``; returns how many were built."""
    done = 0
    for segment_id, store_id in _rows(_REBUILDS, [at]):
        with store_scope(store_id):
            begin_rebuild(segment_id, at=at)
    for segment_id, store_id, _ in _rows(_DUE, [at, SegmentState.BUILDING.value, True]):
        if done < limit:
            done += _claim_and(lambda s: build(s, at=at), segment_id, store_id, at)
    return done


def run_sweeps(at: datetime, *, limit: int = 100) -> int:
    """Sweep segments that time may have changed, at most ``limit``; returns how many."""
    done = 0
    for segment_id, store_id, _ in _rows(_DUE, [at, SegmentState.BUILDING.value, False]):
        if done < limit:
            done += _claim_and(lambda s: _swept(s, at), segment_id, store_id, at)
    return done


def _swept(segment_id: UUID, at: datetime) -> bool:
    # Another worker may have done it between our reading and our claim.
    if not Upkeep.objects.filter(segment=segment_id, due_at__lte=at).exists():
        return False
    sweep(segment_id, at=at)
    return True


def run_checks(at: datetime, *, limit: int = 100) -> int:
    """Begin and end checks that are due, at most ``limit``; returns how many steps were made."""
    done = 0
    for segment_id, store_id, _ in _rows(_CHECKS, [SegmentState.LIVE.value, at]):
        if done < limit:
            done += _claim_and(lambda s: _checked(s, at), segment_id, store_id, at)
    return done


def _checked(segment_id: UUID, at: datetime) -> bool:
    row = Upkeep.objects.get(segment=segment_id)
    if row.check_position is not None:
        return end_check(segment_id, row.check_position, at=at)
    if row.check_at is None or row.check_at > at:
        return False
    start_check(segment_id, at=at)
    return True


def run_follow_ups(at: datetime) -> int:
    """Decide again who was merged or parted a moment ago; returns how many memberships."""
    done = 0
    for segment_id, store_id in _rows(_FOLLOWED, [RecheckReason.FOLLOWED.value]):
        with store_scope(store_id):
            done += follow_up(segment_id, at=at)
    return done


def _claim_and(
    work: Callable[[UUID], bool], segment_id: UUID, store_id: UUID, at: datetime
) -> bool:
    with store_scope(store_id), claimed(segment_id) as mine:
        if not mine:
            return False
        try:
            return bool(work(segment_id))
        except Exception as error:
            if is_passing(error) or connection.in_atomic_block:
                raise
            log.exception("segment_failed", segment=str(segment_id))
            Upkeep.objects.filter(segment=segment_id).update(
                due_at=at + REST, check_position=None, building_since=None
            )
            return False


class _Pace:
    """When the members may be counted next: counting takes at most a fiftieth of the time."""

    not_before = 0.0


def recount(at: datetime, *, force: bool = False) -> None:
    """Bring the numbers that lists of segments show up to date, in one statement."""
    started = time.monotonic()
    if started < _Pace.not_before and not force:
        return
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [at])
    seconds = time.monotonic() - started
    _Pace.not_before = time.monotonic() + max(5.0, seconds * 50)


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
