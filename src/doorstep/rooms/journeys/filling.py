"""Enroll who was in a segment before the journey was published: in sets, with progress."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from doorstep.kernel.durability import commit_without_waiting
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.enrolling import Entrant, enroll
from doorstep.rooms.journeys.models import Journey
from doorstep.rooms.journeys.rules.definition import SegmentTrigger
from doorstep.rooms.journeys.versions import open_versions

log = structlog.get_logger(__name__)

SET = 10_000


def fill(*, at: datetime) -> int:
    """Enroll one set of members for one journey that is being filled; return how many were read.

    The place in the list and the enrollments commit together: a process that dies repeats nothing.
    A journey whose segment is still being found waits, and the others do not wait for it.
    """
    waiting = Journey.all_stores.filter(is_filling=True, status="live")
    failure = None
    for journey_id in waiting.order_by("updated_at", "id").values_list("id", flat=True)[:50]:
        try:
            if read := _fill_one(journey_id, at):
                return read
        except Exception as error:  # one journey's trouble: the others go on
            log.warning("journey_filling_failed", journey=str(journey_id), error=str(error))
            failure = failure or error
    if failure is not None:
        raise failure
    return 0


def _fill_one(journey_id: UUID, at: datetime) -> int:
    with transaction.atomic():
        journey = (
            Journey.all_stores.select_for_update(skip_locked=True)
            .filter(id=journey_id, is_filling=True, status="live")
            .first()
        )
        if journey is None:
            return 0
        with store_scope(journey.store_id):
            return _fill(journey, at)


def _fill(journey: Journey, at: datetime) -> int:
    version = next((v for v in open_versions(journey.store_id) if v.id == journey.live_id), None)
    trigger = version.definition.trigger if version else None
    if version is None or not isinstance(trigger, SegmentTrigger):
        Journey.objects.filter(id=journey.id).update(is_filling=False, filling_after=None)
        return 0
    segment_id = UUID(trigger.segment)
    if audiences.is_being_built(segment_id):
        return 0  # its members are not all found yet
    members = audiences.list_member_ids(segment_id, after=journey.filling_after, limit=SET)
    if members:
        commit_without_waiting()  # undone with the place in the list, they are read again
        enroll(version, [Entrant(one, f"member:{version.id}") for one in members], at=at)
        Journey.objects.filter(id=journey.id).update(filling_after=members[-1])
    else:
        Journey.objects.filter(id=journey.id).update(is_filling=False, filling_after=None)
    return len(members)
