"""What people do with journeys: draft, publish, pause, roll back, archive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max

from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.contracts import DefinitionProblem, JourneyStatus, VersionInfo
from doorstep.rooms.journeys.events import JourneyPaused, JourneyPublished
from doorstep.rooms.journeys.limits import beyond_limits
from doorstep.rooms.journeys.models import DraftRevision, Enrollment, Journey, JourneyVersion
from doorstep.rooms.journeys.moving import move_people
from doorstep.rooms.journeys.prebuilt.listing import find_prebuilt
from doorstep.rooms.journeys.reading import version_info
from doorstep.rooms.journeys.rules.definition import DateTrigger, SegmentTrigger
from doorstep.rooms.journeys.rules.reading import InvalidDefinition, read_definition
from doorstep.rooms.journeys.segment_uses import segments_of
from doorstep.rooms.journeys.world import check_definition
from doorstep.rooms.stores import api as stores

MAX_BYTES = 200_000
KEPT_REVISIONS = 50
_NOT_JSON = (
    "It holds a number or a letter that no JSON has. Take it out, or export the journey anew."
)
BLANK: dict[str, Any] = {
    "format": 1,
    "subject": "customer",
    "trigger": {"type": "event", "event": "orders.order_placed"},
    "reentry": {"mode": "never"},
    "exits": [],
    "holdout_percent": 0,
    "first": None,
    "steps": {},
}
People = Literal["stay", "move"]


class NotPublishable(Invalid):
    """The definition has problems that keep it from going live."""

    code = "not_publishable"

    def __init__(self, problems: list[DefinitionProblem]) -> None:
        self.problems = tuple(problems)
        first = problems[0]
        where = f"Step “{first.step}”: " if first.step else ""
        super().__init__(f"{where}{first.message} {first.mend}", field=first.field)


@action("journeys.create_journey", permission="journeys.edit", summary="Make a journey, as a draft")
def create_journey(*, name: str, template: str = "", by: Actor, at: datetime) -> UUID:
    """Make a draft: blank, or a prebuilt journey's copy.

    :raises NotFound: there is no such prebuilt journey.
    :raises Invalid: the name is empty.
    """
    definition = BLANK
    if template:
        found = find_prebuilt(template)
        if found is None:
            raise NotFound("There is no such prebuilt journey.")
        definition = _in_own_currency(found.definition)
        name = name.strip() or found.name
    return _make(name, template, definition, at)


@action(
    "journeys.import_journey", permission="journeys.edit", summary="Make a journey from its JSON"
)
def import_journey(*, definition: dict[str, Any], by: Actor, at: datetime) -> UUID:
    """Make a draft of an exported definition; it is checked when it is published.

    :raises Invalid: it is no definition, or too large.
    """
    _check_size(definition)
    return _make(str(definition.get("name") or "Imported journey"), "", definition, at)


def _in_own_currency(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a prebuilt journey whose steps give the store's own money."""
    currency = stores.get_store().currency
    steps = {
        step_id: {**step, "input": {**step["input"], "currency": currency}}
        if "currency" in (step.get("input") or {})
        else step
        for step_id, step in definition["steps"].items()
    }
    return {**definition, "steps": steps}


def _make(name: str, template: str, definition: Mapping[str, Any], at: datetime) -> UUID:
    name = _name(name)
    journey = Journey.objects.create(
        store_id=stores.get_store().id,
        name=name,
        template=template,
        draft={**definition, "name": name},
        created_at=at,
        updated_at=at,
    )
    return journey.id


def _name(name: str) -> str:
    name = " ".join(name.split())[:200]
    if not name:
        raise Invalid("Give the journey a name.", field="name")
    return name


def _check_size(definition: object) -> None:
    """Refuse what is no definition, and what the database can't keep.

    Python's JSON knows NaN, Infinity, NUL and halves of letters; PostgreSQL's (RFC 8259) does not.
    """
    try:
        text = json.dumps(definition, allow_nan=False, ensure_ascii=False)
        is_storable = "\\u0000" not in text and bool(text.encode())
    except (ValueError, RecursionError):
        raise Invalid(_NOT_JSON, field="definition") from None
    if not is_storable:
        raise Invalid(_NOT_JSON, field="definition")
    if not isinstance(definition, dict) or len(text) > MAX_BYTES:
        raise Invalid("This is no journey, or it is too large.", field="definition")


def locked_journey(journey_id: UUID) -> Journey:
    """Return a journey that nobody else changes until the transaction ends.

    :raises NotFound: there is no such journey.
    """
    journey = Journey.objects.select_for_update().filter(id=journey_id).first()
    if journey is None:
        raise NotFound("There is no such journey.")
    return journey


def _expect(journey: Journey, revision: int) -> None:
    if journey.revision != revision:
        raise Conflict(
            "Somebody else has changed this journey meanwhile. Look at their version first."
        )


@action("journeys.save_draft", permission="journeys.edit", summary="Save a journey's draft")
def save_draft(
    *, journey_id: UUID, definition: dict[str, Any], revision: int, by: Actor, at: datetime
) -> int:
    """Keep a draft, also an unfinished one; return its new revision.

    :raises Conflict: the draft is not the one the caller began with.
    :raises NotFound: there is no such journey.
    """
    _check_size(definition)
    journey = locked_journey(journey_id)
    _expect(journey, revision)
    # The first change after a publishing can be undone as well: back to what is live.
    before = journey.draft or (journey.live.definition if journey.live else None)
    if before is not None:
        DraftRevision.objects.create(
            store_id=journey.store_id, journey_id=journey.id, revision=journey.revision,
            definition=before, at=at, by=by.key,
        )  # fmt: skip
        DraftRevision.objects.filter(
            journey_id=journey.id, revision__lte=journey.revision - KEPT_REVISIONS
        ).delete()
    journey.name = _name(str(definition.get("name") or journey.name))
    journey.draft = {**definition, "name": journey.name}
    journey.revision += 1
    journey.updated_at = at
    journey.save()
    return journey.revision


@action("journeys.undo_draft", permission="journeys.edit", summary="Undo the last save of a draft")
def undo_draft(*, journey_id: UUID, revision: int, by: Actor, at: datetime) -> int:
    """Take the draft back to what it was before the last save; return its new revision.

    :raises Conflict: somebody saved meanwhile, or nothing is left to undo.
    """
    journey = locked_journey(journey_id)
    _expect(journey, revision)
    last = DraftRevision.objects.filter(journey_id=journey_id).order_by("-revision").first()
    if last is None:
        raise Conflict("There is nothing left to undo.")
    journey.draft = last.definition
    journey.name = _name(str(last.definition.get("name") or journey.name))
    journey.revision += 1
    journey.updated_at = at
    last.delete()
    journey.save()
    return journey.revision


@action(
    "journeys.discard_draft", permission="journeys.edit", summary="Throw a journey's draft away"
)
def discard_draft(*, journey_id: UUID, revision: int, by: Actor, at: datetime) -> None:
    """Go back to what is live.

    :raises Conflict: somebody saved meanwhile, or nothing was ever published.
    """
    journey = locked_journey(journey_id)
    _expect(journey, revision)
    if journey.live_id is None:
        raise Conflict("This journey was never published: archive it instead.")
    journey.draft = None
    journey.revision += 1
    journey.updated_at = at
    journey.save()


@action(
    "journeys.ask_approval", permission="journeys.edit", summary="Ask for a journey's publishing"
)
def ask_approval(*, journey_id: UUID, note: str = "", by: Actor, at: datetime) -> None:
    """Let those who may publish know that a draft is ready."""
    journey = locked_journey(journey_id)
    journey.approval_asked_by = by.label or by.key
    journey.approval_note = note[:1_000]
    journey.updated_at = at
    journey.save()


@action(
    "journeys.publish_journey", permission="journeys.publish", summary="Publish a journey's draft"
)
def publish_journey(
    *, journey_id: UUID, revision: int, people: People = "stay", note: str = "",
    include_members: bool | None = None, by: Actor, at: datetime,
) -> VersionInfo:  # fmt: skip
    """Make the draft the live version.

    :param people: what becomes of those inside: they ``stay`` with the version they came in by, or
        ``move`` to the new one where it still has their step.
    :param include_members: of a journey that starts when somebody enters a segment: whether those
        who belong to it already enter as well; None: as the draft says.
    :raises NotPublishable: the definition has blocking problems; each names its step.
    :raises Conflict: somebody saved meanwhile, or there is no draft.
    """
    journey = locked_journey(journey_id)
    _expect(journey, revision)
    if journey.draft is None:
        raise Conflict("There is no draft to publish.")
    document = journey.draft
    trigger = document.get("trigger")
    if include_members is not None and isinstance(trigger, dict) and _asks_for_members(trigger):
        document = {**document, "trigger": {**trigger, "include_members": include_members}}
    return publish_version(journey, document, people, note, by, at)


@action(
    "journeys.roll_back", permission="journeys.publish", summary="Publish an earlier version again"
)
def roll_back(
    *, journey_id: UUID, number: int, people: People = "move", by: Actor, at: datetime
) -> VersionInfo:
    """Publish an earlier version's definition anew; a draft is kept.

    :raises NotFound: there is no such version.
    :raises NotPublishable: the world has changed, it does not work any more.
    """
    journey = locked_journey(journey_id)
    earlier = JourneyVersion.objects.filter(journey_id=journey_id, number=number).first()
    if earlier is None:
        raise NotFound("There is no such version.")
    draft = journey.draft
    info = publish_version(journey, earlier.definition, people, f"Back to version {number}", by, at)
    if draft is not None:
        Journey.objects.filter(id=journey.id).update(draft=draft)
    return info


def publish_version(
    journey: Journey,
    document: Mapping[str, Any],
    people: People,
    note: str,
    by: Actor,
    at: datetime,
) -> VersionInfo:
    """Make a definition the live version of a locked journey. Joins the caller's action.

    :raises NotPublishable: the definition has blocking problems.
    """
    _hold_segments(document)
    problems = [p for p in check_definition(document) if p.is_blocking]
    if problems:
        raise NotPublishable(problems)
    definition = read_definition(document)
    if beyond := list(beyond_limits(definition, by)):
        raise NotPublishable(beyond)
    last = JourneyVersion.objects.filter(journey_id=journey.id).aggregate(m=Max("number"))["m"]
    version = JourneyVersion.objects.create(
        store_id=journey.store_id, journey_id=journey.id, number=(last or 0) + 1,
        definition=dict(document), note=note[:1_000], published_at=at, published_by=by.key,
        published_by_label=by.label,
    )  # fmt: skip
    if people == "move":
        move_people(journey.id, version.id, definition, at=at)
    first_time = journey.live_id is None
    journey.live = version
    journey.status = JourneyStatus.LIVE
    journey.draft = None
    journey.revision += 1
    journey.updated_at = at
    journey.approval_asked_by = journey.approval_note = ""
    if isinstance(definition.trigger, DateTrigger) and journey.dated_until is None:
        today = at.astimezone(ZoneInfo(stores.get_store().timezone)).date()
        journey.dated_until = today - timedelta(days=1)
    if isinstance(definition.trigger, SegmentTrigger):
        journey.is_filling = definition.trigger.include_members and (
            first_time
            or journey.is_filling
            or not _was_filled(journey.id, version.number, definition.trigger.segment)
        )
        journey.filling_after = None
    journey.save()
    publish(
        JourneyPublished(journey.id, version.id, version.number), key=journey.id, at=at, by=by,
        subject=f"journey:{journey.id}",
    )  # fmt: skip
    return version_info(version, inside=0, live_id=version.id)


def _hold_segments(document: Mapping[str, Any]) -> None:
    """Keep the segments it goes by from being archived before this commits."""
    try:
        named = segments_of(read_definition(document))
    except InvalidDefinition:
        return  # the check says what is wrong
    audiences.hold_segments({one for _, _, ids in named for one in ids})


def _asks_for_members(trigger: Mapping[str, Any]) -> bool:
    return trigger.get("type") == "segment" and trigger.get("on", "entered") == "entered"


def _was_filled(journey_id: UUID, number: int, segment: str) -> bool:
    """Tell whether an earlier version let this segment's members in already."""
    earlier = JourneyVersion.objects.filter(journey_id=journey_id, number__lt=number)
    triggers = [d.get("trigger") or {} for d in earlier.values_list("definition", flat=True)]
    return any(t.get("include_members") and t.get("segment") == segment for t in triggers)


def asks_about_members(journey_id: UUID) -> bool:
    """Tell whether publishing the draft should ask if the segment's members enter as well.

    It does when the journey starts with somebody entering a segment whose members no version of it
    has let in yet.
    """
    journey = Journey.objects.select_related("live").filter(id=journey_id).first()
    document = journey.draft if journey else None
    trigger = document.get("trigger") if document else None
    if not isinstance(trigger, dict) or not _asks_for_members(trigger):
        return False
    return not _was_filled(journey_id, 1_000_000_000, str(trigger.get("segment")))


@action("journeys.pause_journey", permission="journeys.publish", summary="Pause a journey",
        undo="journeys.resume_journey")  # fmt: skip
def pause_journey(*, journey_id: UUID, by: Actor, at: datetime) -> None:
    """Stop a journey for now: nobody enters, and those inside stay where they are.

    :raises Conflict: it is not live.
    """
    journey = locked_journey(journey_id)
    if journey.status != JourneyStatus.LIVE:
        raise Conflict("Only a live journey can be paused.")
    _set_status(journey, JourneyStatus.PAUSED, at)
    publish(
        JourneyPaused(journey.id), key=journey.id, at=at, by=by, subject=f"journey:{journey.id}"
    )


@action("journeys.resume_journey", permission="journeys.publish", summary="Let a paused journey go on",
        undo="journeys.pause_journey")  # fmt: skip
def resume_journey(*, journey_id: UUID, by: Actor, at: datetime) -> None:
    """Go on where everybody stood. Waits that ended meanwhile end now.

    :raises Conflict: it is not paused.
    """
    journey = locked_journey(journey_id)
    if journey.status != JourneyStatus.PAUSED:
        raise Conflict("Only a paused journey can go on.")
    _set_status(journey, JourneyStatus.LIVE, at)


@action("journeys.archive_journey", permission="journeys.publish", summary="Archive a journey")
def archive_journey(*, journey_id: UUID, by: Actor, at: datetime) -> None:
    """End a journey for good: everybody inside leaves it, its history stays."""
    journey = locked_journey(journey_id)
    _set_status(journey, JourneyStatus.ARCHIVED, at)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE journeys_enrollment
            SET status = 'exited', ended_at = %s, exit_reason = 'archived', due_at = NULL,
                step = '', waiting_for = '', is_woken = false, problem = ''
            WHERE status IN ('active', 'parked') AND version_id IN (
                SELECT id FROM journeys_journeyversion WHERE journey_id = %s)
            """,
            [at, journey_id],
        )


def _set_status(journey: Journey, status: JourneyStatus, at: datetime) -> None:
    journey.status = status
    journey.updated_at = at
    journey.save()


@action("journeys.retry_parked", permission="journeys.edit", summary="Try a failed step again")
def retry_parked(
    *, journey_id: UUID, step: str = "", enrollment_id: UUID | None = None, by: Actor, at: datetime
) -> int:
    """Make parked people due again, all of a journey, of one step, or one; return how many."""
    locked_journey(journey_id)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE journeys_enrollment
            SET status = 'active', due_at = %s, failures = 0, problem = '',
                waiting_for = CASE WHEN waiting_for = '' THEN 'arrival' ELSE waiting_for END
            WHERE status = 'parked' AND (%s = '' OR step = %s) AND version_id IN (
                SELECT id FROM journeys_journeyversion WHERE journey_id = %s)
              AND (%s::uuid IS NULL OR id = %s)
            """,
            [at, step, step, journey_id, enrollment_id, enrollment_id],
        )
        return cursor.rowcount


@action("journeys.remove_from_journey", permission="journeys.edit",
        summary="Take somebody out of a journey")  # fmt: skip
def remove_from_journey(*, enrollment_id: UUID, by: Actor, at: datetime) -> None:
    """End somebody's way by hand.

    :raises NotFound: nobody is on this way.
    """
    ended = Enrollment.objects.filter(id=enrollment_id, ended_at__isnull=True).update(
        status="exited", ended_at=at, exit_reason="by_hand", due_at=None, step="", waiting_for="",
        is_woken=False, problem="",
    )  # fmt: skip
    if not ended:
        raise NotFound("Nobody is on this way any more.")
