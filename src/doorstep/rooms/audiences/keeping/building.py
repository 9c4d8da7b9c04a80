"""The build: all members found by one statement, written in chunks.

The first build of a segment (and the one after taking it back into use) is quiet: nobody came, the
segment did. After an edit, an import or another time zone people come and go like any others, and
it is published of each: journeys that go by the segment begin and end for them.

While it runs, events change nothing in the segment; they note whom they were about, and the build
decides those once more at its end. So nobody needs to look at everybody twice. Killed at any
moment, it is begun again by whoever comes next, and finds done what had been committed.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.events.publish import publish
from doorstep.rooms.audiences.contracts import BuildReason, RecheckReason, SegmentState
from doorstep.rooms.audiences.events import SegmentBuilt
from doorstep.rooms.audiences.keeping.comparing import Comparison, compare
from doorstep.rooms.audiences.keeping.matching import store_zone
from doorstep.rooms.audiences.keeping.settling import CHUNK, KEEPER, settle
from doorstep.rooms.audiences.keeping.working import Working, note_problem, working_segment
from doorstep.rooms.audiences.models import Membership, Segment, Upkeep
from doorstep.rooms.audiences.rules.pace import next_night, next_sweep, pace_of

WRITE_CHUNK = 20_000
# A fact that is gone may come back with the next version, which asks nobody to save anything.
PROBLEM_REST = timedelta(hours=1)
QUIET = frozenset({BuildReason.FIRST.value, BuildReason.RESTORED.value})


class BuildOvertaken(Exception):
    """The segment was edited or archived meanwhile: what was found is of no use."""


def build(segment_id: UUID, *, at: datetime) -> bool:
    """Find all members of a segment anew; of who came and went is told unless it is the first time.

    The caller has claimed it. Commits chunk by chunk.

    :returns: False when it was edited meanwhile, can't be asked, or needs no build.
    """
    segment = working_segment(segment_id)
    if segment is None or segment.is_live:
        return False
    note_problem(segment)
    if segment.condition is None:
        Upkeep.objects.filter(segment=segment_id).update(due_at=at + PROBLEM_REST)
        return False
    started = time.monotonic()
    upkeep = Upkeep.objects.filter(segment=segment_id)
    upkeep.update(building_since=at, found=None, written=0, to_write=0)
    quietly = upkeep.filter(reason__in=QUIET).exists()
    try:
        with compare(segment_id, segment.condition, at=at, zone=store_zone()) as found:
            Upkeep.objects.filter(segment=segment_id).update(
                found=found.found, to_write=found.differing
            )
            size = WRITE_CHUNK if quietly else min(WRITE_CHUNK, CHUNK)
            for start in range(0, found.differing, size):
                end = min(start + size, found.differing)
                with transaction.atomic():
                    _still(segment, alone=not quietly)
                    _write(segment, found, start, end, at=at, quietly=quietly)
                    Upkeep.objects.filter(segment=segment_id).update(written=end)
        while not _finish(segment, at=at, started=started, quietly=quietly):
            pass
    except BuildOvertaken:
        return False
    return True


def _still(segment: Working, *, alone: bool) -> None:
    now = working_segment(segment.id, alone=alone, hold=not alone)
    if now is None or now.revision != segment.revision or now.is_live:
        raise BuildOvertaken


def _write(
    segment: Working, found: Comparison, start: int, end: int, *, at: datetime, quietly: bool
) -> None:
    assert segment.condition is not None
    if quietly:
        found.write(start, end, at=at)
        return
    # What is told of people starts journeys: they are decided once more, as they are by now.
    settle(segment.id, segment.condition, found.ids(start, end), at=at, zone=store_zone())


def _finish(segment: Working, *, at: datetime, started: float, quietly: bool) -> bool:
    """Decide some of those whom events were about meanwhile; with the last of them, go live."""
    assert segment.condition is not None
    zone = store_zone()
    with transaction.atomic():
        _still(segment, alone=True)
        ids = take_rechecks(segment.id, RecheckReason.BUILDING, CHUNK)
        settle(segment.id, segment.condition, sorted(set(ids)), at=at, zone=zone, quietly=quietly)
        if len(ids) == CHUNK:
            return False
        seconds = time.monotonic() - started
        members = Membership.objects.filter(segment=segment.id).count()
        Segment.objects.filter(id=segment.id).update(state=SegmentState.LIVE.value)
        Upkeep.objects.filter(segment=segment.id).update(
            revision=segment.revision,
            building_since=None,
            member_count=members,
            counted_at=at,
            built_at=at,
            build_ms=round(seconds * 1000),
            as_of=at,
            due_at=next_sweep(pace_of(segment.condition), at, zone, seconds),
            check_at=next_night(at, zone),
            check_position=None,
            repaired=0,
        )
        publish(
            SegmentBuilt(segment.id, members, 0),
            key=segment.id,
            at=at,
            by=KEEPER,
            subject=f"segment:{segment.id}",
        )
    return True


def take_rechecks(
    segment_id: UUID, reason: RecheckReason, limit: int, *, upto: int | None = None
) -> list[UUID]:
    """Take some of the customers that are to be decided again, out of the list.

    :param upto: only those who wait for a position of the log up to this one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM audiences_recheck WHERE id = ANY(ARRAY(
                SELECT id FROM audiences_recheck
                WHERE segment_id = %s AND reason = %s
                  AND (%s::bigint IS NULL OR after_position <= %s)
                ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            )) RETURNING customer_id
            """,
            [segment_id, reason.value, upto, upto, limit],
        )
        return [row[0] for row in cursor.fetchall()]
