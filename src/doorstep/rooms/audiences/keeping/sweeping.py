"""Time passes: find whom it alone brought into a segment or out of it, in one statement."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.rooms.audiences.keeping.building import PROBLEM_REST
from doorstep.rooms.audiences.keeping.comparing import compare
from doorstep.rooms.audiences.keeping.matching import store_zone
from doorstep.rooms.audiences.keeping.settling import CHUNK, settle
from doorstep.rooms.audiences.keeping.working import note_problem, working_segment
from doorstep.rooms.audiences.models import Upkeep
from doorstep.rooms.audiences.rules.pace import next_sweep, pace_of


def sweep(segment_id: UUID, *, at: datetime) -> int:
    """Bring a live segment up to ``at`` and publish who came and went.

    The comparison reads everybody and locks nobody; those it finds are decided once more, chunk by
    chunk, under the segment's lock, so that an event that came meanwhile is not undone.

    :returns: how many came or went.
    """
    segment, zone = working_segment(segment_id), store_zone()
    if segment is None or not segment.is_live:
        return 0
    note_problem(segment)
    if segment.condition is None:
        Upkeep.objects.filter(segment=segment_id).update(due_at=at + PROBLEM_REST)
        return 0
    started, changed = time.monotonic(), 0
    # Later than what is swept already, or a clock set back would undo it.
    at = max(at, segment.as_of) if segment.as_of else at
    with compare(segment_id, segment.condition, at=at, zone=zone) as found:
        for start in range(0, found.differing, CHUNK):
            ids = found.ids(start, start + CHUNK)
            with transaction.atomic():
                now = working_segment(segment_id, alone=True)
                if now is None or not now.is_live or now.revision != segment.revision:
                    return changed
                changed += len(settle(segment_id, segment.condition, ids, at=at, zone=zone))
    seconds = time.monotonic() - started
    with transaction.atomic():
        now = working_segment(segment_id, alone=True)
        if now is not None and now.is_live and now.revision == segment.revision:
            due = next_sweep(pace_of(segment.condition), at, zone, seconds)
            Upkeep.objects.filter(segment=segment_id).update(as_of=at, due_at=due)
    return changed
