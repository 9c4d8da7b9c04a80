"""What can be done with segments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.conditions.api import Condition, InvalidCondition, Problem
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import BuildReason, SegmentInfo, SegmentState
from doorstep.rooms.audiences.keeping.building import QUIET
from doorstep.rooms.audiences.keeping.working import working_segments
from doorstep.rooms.audiences.models import Segment, Upkeep
from doorstep.rooms.audiences.reading.segments import get_segment
from doorstep.rooms.audiences.reading.uses import list_uses
from doorstep.rooms.audiences.rules.asking import read_condition, segments_named

MAX_NAME, MAX_DESCRIPTION, MAX_USES = 120, 2_000, 5
_NAMES_LOCK = "audiences names {}"


@action("audiences.create_segment", permission="audiences.edit", summary="Create a segment")
def create_segment(
    *, name: str, condition: dict[str, Any], description: str = "", by: Actor, at: datetime
) -> SegmentInfo:
    """Create a segment; its members are found in the background.

    :param condition: a document of ``kernel.conditions`` about customers, or just its tree.
    :raises InvalidCondition: with everything that is wrong with the condition.
    :raises Invalid: the name is missing, too long, or taken.
    """
    _one_at_a_time()
    asked = _check_condition(condition, None)
    row = Segment.objects.create(
        id=new_id(),
        store_id=current_store_id(),
        name=_free_name(name, None),
        description=_description(description),
        condition=asked.to_json(),
        fingerprint=asked.fingerprint,
        created_at=at,
        created_by=by.key,
        edited_at=at,
    )
    Upkeep.objects.create(
        id=new_id(), store_id=row.store_id, segment=row, reason=BuildReason.FIRST.value, due_at=at
    )
    audit.note(subject=f"segment:{row.id}", changes={"name": [None, row.name]})
    return get_segment(row.id)


@action("audiences.edit_segment", permission="audiences.edit", summary="Change a segment")
def edit_segment(
    *,
    segment_id: UUID,
    revision: int,
    name: str | None = None,
    description: str | None = None,
    condition: dict[str, Any] | None = None,
    by: Actor,
    at: datetime,
) -> SegmentInfo:
    """Change what is given. With another condition all members are found anew.

    Who comes or goes by that enters and leaves like anybody else: journeys begin for them.

    :param revision: the one that was looked at.
    :raises Conflict: somebody else changed it meanwhile, or it is archived.
    :raises InvalidCondition: with everything that is wrong with the condition.
    :raises NotFound: there is no such segment in this store.
    """
    _one_at_a_time()
    row = _locked(segment_id)
    if row.archived_at is not None:
        raise Conflict("This segment is archived: restore it first.")
    if row.revision != revision:
        raise Conflict(
            "Somebody else changed this segment meanwhile. Look at it as it is now, and change it"
            " again.",
            code="changed_meanwhile",
        )
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = _free_name(name, row.id)
    if description is not None:
        changes["description"] = _description(description)
    if condition is not None:
        asked = _check_condition(condition, row.id)
        # Also the same condition again: it may be how somebody mends a fact that was gone.
        if asked.fingerprint != row.fingerprint or _has_problem(row.id):
            changes |= {"condition": asked.to_json(), "fingerprint": asked.fingerprint}
            _build_anew(row, BuildReason.EDITED, at)
    audit.note(
        subject=f"segment:{row.id}",
        changes={field: [getattr(row, field), value] for field, value in changes.items()},
    )
    for field, value in changes.items():
        setattr(row, field, value)
    row.revision, row.edited_at = row.revision + 1, at
    row.save()
    return get_segment(row.id)


@action(
    "audiences.archive_segment",
    permission="audiences.edit",
    summary="Put a segment away",
    undo="audiences.restore_segment",
)
def archive_segment(*, segment_id: UUID, by: Actor, at: datetime) -> SegmentInfo:
    """Put a segment away: nobody belongs to it any more, and nothing is kept fresh.

    :raises Conflict: a live journey, a waiting campaign or another segment goes by it; the words
        name which.
    :raises NotFound: there is no such segment in this store.
    """
    _one_at_a_time()
    row = _locked(segment_id)
    if row.archived_at is None:
        _check_unused(row)
        row.archived_at, row.archived_by = at, by.key
        row.save(update_fields=["archived_at", "archived_by"])
        audit.note(subject=f"segment:{row.id}", changes={"archived": [False, True]})
    return get_segment(row.id)


@action(
    "audiences.restore_segment",
    permission="audiences.edit",
    summary="Take a segment that was put away back into use",
    undo="audiences.archive_segment",
)
def restore_segment(*, segment_id: UUID, by: Actor, at: datetime) -> SegmentInfo:
    """Take a segment back into use; its members are found anew, quietly.

    :raises Invalid: another segment has its name by now.
    :raises NotFound: there is no such segment in this store.
    """
    _one_at_a_time()
    row = _locked(segment_id)
    if row.archived_at is not None:
        _free_name(row.name, row.id)
        row.archived_at, row.archived_by = None, ""
        _build_anew(row, BuildReason.RESTORED, at)
        row.revision += 1
        row.save()
        audit.note(subject=f"segment:{row.id}", changes={"archived": [True, False]})
    return get_segment(row.id)


@action(
    "audiences.check_segment",
    permission="audiences.edit",
    summary="Compare a segment's members with everybody",
)
def check_segment(*, segment_id: UUID, by: Actor, at: datetime) -> SegmentInfo:
    """Let the loop compare all members at once, as it does every night.

    :raises Conflict: it is archived, or being built.
    :raises NotFound: there is no such segment in this store.
    """
    row = _locked(segment_id)
    if row.archived_at is not None or row.state != SegmentState.LIVE:
        raise Conflict("Only a segment whose members are found can be checked: try again later.")
    Upkeep.objects.filter(segment=row).update(check_at=at, reason=BuildReason.CHECK.value)
    audit.note(subject=f"segment:{row.id}")
    return get_segment(row.id)


def _build_anew(row: Segment, reason: BuildReason, at: datetime) -> None:
    upkeep = Upkeep.objects.filter(segment=row)
    # Edited before its members were found the first time, it is still the first time.
    if row.state != SegmentState.BUILDING.value or not upkeep.filter(reason__in=QUIET).exists():
        upkeep.update(reason=reason.value)
    row.state = SegmentState.BUILDING.value
    upkeep.update(due_at=at, building_since=None, check_position=None, rebuild_at=None, problem="")


def _one_at_a_time() -> None:
    """Let one transaction at a time change which segments there are and whom they name.

    Two edits at once could make two segments ask for each other, or take one name.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [_NAMES_LOCK.format(current_store_id())],
        )


def _locked(segment_id: UUID) -> Segment:
    row = Segment.objects.select_for_update(no_key=True).filter(id=segment_id).first()
    if row is None:
        raise NotFound("There is no such segment.")
    return row


def _has_problem(segment_id: UUID) -> bool:
    return Upkeep.objects.filter(segment=segment_id).exclude(problem="").exists()


def _free_name(name: str, own_id: UUID | None) -> str:
    clean = " ".join(name.replace("\x00", "").split())
    if not clean:
        raise Invalid("Give the segment a name.", field="name")
    if len(clean) > MAX_NAME:
        raise Invalid(f"Keep the name under {MAX_NAME} characters.", field="name")
    others = Segment.objects.filter(name__iexact=clean, archived_at__isnull=True)
    if own_id is not None:
        others = others.exclude(id=own_id)
    if others.exists():
        raise Invalid(f"There is a segment “{clean}” already: choose another name.", field="name")
    return clean


def _description(text: str) -> str:
    return text.replace("\x00", "").strip()[:MAX_DESCRIPTION]


def _check_condition(document: Mapping[str, Any], own_id: UUID | None) -> Condition:
    """Read a condition and refuse segments that are gone, and circles of segments."""
    condition = read_condition(document)
    named = segments_named(condition)
    if not named:
        return condition
    names = {
        one.id: segments_named(one.condition) if one.condition else frozenset()
        for one in working_segments()
    }
    if missing := named - names.keys():
        raise InvalidCondition(
            [Problem("segments", "one of the segments is gone: choose another") for _ in missing]
        )
    seen, waiting = set[UUID](), set(named)
    while waiting:
        one = waiting.pop()
        seen.add(one)
        waiting |= names.get(one, frozenset()) - seen
    if own_id in seen:
        raise InvalidCondition(
            [Problem("segments", "the segment would ask for itself, through another: leave it out")]
        )
    return condition


def _check_unused(row: Segment) -> None:
    uses = [use.words for use in list_uses([row.id]).get(row.id, ())]
    if uses:
        more = f" and {len(uses) - MAX_USES} more" if len(uses) > MAX_USES else ""
        listed = ", ".join(uses[:MAX_USES]) + more
        raise Conflict(
            f"It is still used by {listed}. Change or end that first, then archive the segment.",
            code="in_use",
        )
