"""Ask for a build: of all segments, or of those that an event may have changed for anybody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.rooms.audiences.contracts import BuildReason, SegmentState
from doorstep.rooms.audiences.keeping.working import working_segment, working_segments
from doorstep.rooms.audiences.models import Segment, Upkeep
from doorstep.rooms.audiences.rules.asking import segments_named
from doorstep.rooms.audiences.rules.pace import pace_of

_ASKED_FOR = (BuildReason.IMPORTED.value, BuildReason.SETTINGS.value)


def find_anew(reason: BuildReason, *, at: datetime) -> None:
    """Let the loop build segments anew, once it is ``at`` or a little before.

    After an import every segment; after a change of the zone those that ask about days.
    """
    wanted = [
        one.id
        for one in working_segments()
        if one.condition is not None
        and (reason is not BuildReason.SETTINGS or pace_of(one.condition) is not None)
    ]
    # What was asked for earlier stays: an import of hours is looked at every two minutes.
    due = Upkeep.objects.filter(segment__in=wanted, rebuild_at__isnull=True)
    due.filter(segment__state=SegmentState.LIVE.value).update(reason=reason.value)
    due.update(rebuild_at=at)


def begin_rebuild(segment_id: UUID, *, at: datetime) -> None:
    """Give a live segment to the builder; from here on events note whom to look at again.

    One that is being built already is left alone until that is done: its statement may have read
    what came since only in part, and its reason says whether people are told of.
    """
    with transaction.atomic():
        segment = working_segment(segment_id, alone=True)
        if segment is None or not segment.is_live:
            return
        Segment.objects.filter(id=segment_id).update(state=SegmentState.BUILDING.value)
        upkeep = Upkeep.objects.filter(segment=segment_id)
        upkeep.exclude(reason__in=_ASKED_FOR).update(reason=BuildReason.IMPORTED.value)
        upkeep.update(rebuild_at=None, due_at=at, building_since=None, check_position=None)


def find_anew_those_naming(segment_ids: Collection[UUID], *, at: datetime) -> None:
    """Let the loop sweep at once the segments that ask who belongs to one of these."""
    wanted = [
        one.id
        for one in working_segments()
        if one.condition is not None and segments_named(one.condition) & set(segment_ids)
    ]
    if wanted:
        Upkeep.objects.filter(segment__in=wanted).update(due_at=at)
