"""The check: compare everybody, and put right (and report) what the events had got wrong.

A difference may only mean that an event has been committed and not been read yet. Suspects are
therefore set aside until the log is read up to where it stood, and decided then: who still
differs was got wrong. Where time alone changes who belongs, the comparison is made as of the last
sweep: what the clock did since is no fault.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from doorstep.kernel.events.catching_up import handlers_of, have_read, horizon
from doorstep.kernel.events.publish import publish
from doorstep.rooms.audiences.contracts import RecheckReason
from doorstep.rooms.audiences.events import SegmentBuilt
from doorstep.rooms.audiences.keeping.building import take_rechecks
from doorstep.rooms.audiences.keeping.comparing import compare
from doorstep.rooms.audiences.keeping.following import look_again
from doorstep.rooms.audiences.keeping.matching import store_zone
from doorstep.rooms.audiences.keeping.settling import CHUNK, KEEPER, settle
from doorstep.rooms.audiences.keeping.working import Working, note_problem, working_segment
from doorstep.rooms.audiences.models import Membership, Recheck, Upkeep
from doorstep.rooms.audiences.rules.pace import next_night, pace_of
from doorstep.rooms.customers.events import CustomersMerged, CustomersUnmerged

FOLLOWER = "audiences.follow_customers"


def start_check(segment_id: UUID, *, at: datetime) -> int:
    """Compare all members with what they should be; returns how many are suspected."""
    segment, zone = working_segment(segment_id), store_zone()
    Upkeep.objects.filter(segment=segment_id).update(check_at=next_night(at, zone))
    if segment is None or not segment.is_live:
        return 0
    note_problem(segment)
    if segment.condition is None:
        return 0
    as_of = at
    if pace_of(segment.condition) is not None and segment.as_of is not None:
        as_of = segment.as_of
    with compare(segment_id, segment.condition, at=as_of, zone=zone) as found:
        position = horizon()
        for start in range(0, found.differing, CHUNK):
            ids = found.ids(start, start + CHUNK)
            look_again([(segment, ids)], RecheckReason.CHECK, after_position=position)
    Upkeep.objects.filter(segment=segment_id).update(
        check_position=position, repaired=0, building_since=at
    )
    return found.differing


def end_check(segment_id: UUID, position: int, *, at: datetime) -> bool:
    """Decide the suspects of a check; False while events are still to be read."""
    if not have_read([FOLLOWER], position):
        return False
    while not _repair_some(segment_id, at=at):
        pass
    return True


def _repair_some(segment_id: UUID, *, at: datetime) -> bool:
    zone = store_zone()
    with transaction.atomic():
        segment = working_segment(segment_id, alone=True)
        if segment is None or segment.condition is None or not segment.is_live:
            _forget(segment_id)
            return True
        ids = take_rechecks(segment_id, RecheckReason.CHECK, CHUNK)
        moment = max(at, segment.as_of) if segment.as_of else at
        repaired = len(
            settle(segment_id, segment.condition, sorted(set(ids)), at=moment, zone=zone)
        )
        Upkeep.objects.filter(segment=segment_id).update(repaired=F("repaired") + repaired)
        if len(ids) == CHUNK:
            return False
        _report(segment, at=at)
    return True


def _report(segment: Working, *, at: datetime) -> None:
    members = Membership.objects.filter(segment=segment.id).count()
    upkeep = Upkeep.objects.get(segment=segment.id)
    upkeep.check_position = upkeep.building_since = None
    upkeep.member_count, upkeep.counted_at, upkeep.built_at = members, at, at
    upkeep.save(
        update_fields=["check_position", "building_since", "member_count", "counted_at", "built_at"]
    )
    publish(
        SegmentBuilt(segment.id, members, upkeep.repaired),
        key=segment.id,
        at=at,
        by=KEEPER,
        subject=f"segment:{segment.id}",
    )


def _forget(segment_id: UUID) -> None:
    Recheck.objects.filter(segment=segment_id, reason=RecheckReason.CHECK.value).delete()
    Upkeep.objects.filter(segment=segment_id).update(check_position=None, building_since=None)


def follow_up(segment_id: UUID, *, at: datetime) -> int:
    """Decide again who was merged or parted, where the other rooms have moved their rows."""
    first = Recheck.objects.filter(segment=segment_id, reason=RecheckReason.FOLLOWED.value)
    position = first.order_by("after_position").values_list("after_position", flat=True).first()
    movers = handlers_of(CustomersMerged, CustomersUnmerged, but=[FOLLOWER])
    if position is None or not have_read(movers, position):
        return 0
    with transaction.atomic():
        segment = working_segment(segment_id, alone=True)
        ids = take_rechecks(segment_id, RecheckReason.FOLLOWED, CHUNK, upto=position)
        if segment is None or segment.condition is None:
            return len(ids)
        if not segment.is_live:
            look_again([(segment, ids)], RecheckReason.BUILDING, after_position=0)
            return len(ids)
        moment = max(at, segment.as_of) if segment.as_of else at
        settle(segment_id, segment.condition, sorted(set(ids)), at=moment, zone=store_zone())
    return len(ids)
