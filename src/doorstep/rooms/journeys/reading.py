"""What pages and the API show of journeys: in a constant number of queries."""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.journeys.contracts import (
    EnrollmentInfo,
    EnrollmentTrace,
    GoalReport,
    JourneySummary,
    JourneyView,
    PassageInfo,
    StepCounts,
    VersionInfo,
)
from doorstep.rooms.journeys.models import Enrollment, Journey, JourneyVersion, Passage, StepTally
from doorstep.rooms.journeys.rules.summarizing import summarize
from doorstep.rooms.journeys.world import check_definition

_INSIDE = ("active", "parked")


@dataclass(frozen=True, slots=True)
class EnrollmentPage:
    """Some people of a journey, newest first; ``next_cursor`` is "" on the last page."""

    items: tuple[EnrollmentInfo, ...]
    next_cursor: str = ""


def list_journeys(*, with_archived: bool = False) -> list[JourneySummary]:
    """List the store's journeys, the last changed first, with their numbers."""
    rows = Journey.objects.select_related("live").order_by("-updated_at", "-id")
    if not with_archived:
        rows = rows.exclude(status="archived")
    journeys = list(rows)
    numbers = _numbers([j.id for j in journeys])
    return [_summary(journey, numbers[journey.id]) for journey in journeys]


def get_journey(journey_id: UUID) -> JourneyView:
    """Return a journey with its draft and what is live.

    :raises NotFound: there is no such journey.
    """
    journey = Journey.objects.select_related("live").filter(id=journey_id).first()
    if journey is None:
        raise NotFound("There is no such journey.")
    live = journey.live.definition if journey.live else None
    definition = journey.draft if journey.draft is not None else (live or {})
    return JourneyView(
        summary=_summary(journey, _numbers([journey.id])[journey.id]),
        definition=definition,
        revision=journey.revision,
        live_definition=live,
        problems=tuple(check_definition(definition)),
        approval_asked_by=journey.approval_asked_by,
        approval_note=journey.approval_note,
        is_filling=journey.is_filling,
    )


@dataclass(slots=True)
class _Numbers:
    inside: int = 0
    entered: int = 0
    sent: int = 0
    goals: int = 0


def _numbers(journey_ids: list[UUID]) -> dict[UUID, _Numbers]:
    found: dict[UUID, _Numbers] = defaultdict(_Numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT v.journey_id,
                   sum(t.count) FILTER (WHERE t.step = '' AND t.outcome = 'entered'),
                   sum(t.count) FILTER (WHERE t.outcome IN ('queued', 'deferred'))
            FROM journeys_steptally t JOIN journeys_journeyversion v ON v.id = t.version_id
            WHERE v.store_id = %s AND v.journey_id = ANY(%s) GROUP BY v.journey_id
            """,
            [current_store_id(), journey_ids],
        )
        for journey_id, entered, sent in cursor.fetchall():
            found[journey_id].entered, found[journey_id].sent = int(entered or 0), int(sent or 0)
    rows = Enrollment.objects.filter(journey_id__in=journey_ids)
    inside = (  # by version: that is what the index of those inside begins with
        Enrollment.objects.filter(version__journey_id__in=journey_ids, status__in=_INSIDE)
        .values_list("version__journey_id")
        .annotate(n=Count("id"))
    )
    for journey_id, n in inside:
        found[journey_id].inside = n
    reached = (
        rows.filter(goal_at__isnull=False, is_holdout=False)
        .values("journey_id")
        .annotate(n=Count("id"))
    )
    for row in reached:
        found[row["journey_id"]].goals = row["n"]
    return found


def _summary(journey: Journey, numbers: _Numbers) -> JourneySummary:
    live = journey.live
    document = live.definition if live else journey.draft
    return JourneySummary(
        id=journey.id,
        name=journey.name,
        summary=summarize(document or {}),
        status=journey.status,
        template=journey.template,
        version_number=live.number if live else None,
        has_draft=journey.draft is not None,
        inside=numbers.inside,
        entered=numbers.entered,
        sent=numbers.sent,
        goals=numbers.goals,
        updated_at=journey.updated_at,
        approval_asked_by=journey.approval_asked_by,
    )


def version_info(version: JourneyVersion, *, inside: int, live_id: UUID | None) -> VersionInfo:
    """Return a version as lists show it."""
    return VersionInfo(
        version.id,
        version.number,
        version.published_at,
        version.published_by_label or version.published_by,
        inside,
        version.note,
        version.id == live_id,
    )


def list_versions(journey_id: UUID) -> list[VersionInfo]:
    """List a journey's published versions, newest first, with how many are inside of each.

    :raises NotFound: there is no such journey.
    """
    journey = Journey.objects.filter(id=journey_id).only("live_id").first()
    if journey is None:
        raise NotFound("There is no such journey.")
    inside = dict(
        Enrollment.objects.filter(version__journey_id=journey_id, status__in=_INSIDE)
        .values_list("version_id")
        .annotate(n=Count("id"))
    )
    rows = JourneyVersion.objects.filter(journey_id=journey_id).order_by("-number")
    return [version_info(v, inside=inside.get(v.id, 0), live_id=journey.live_id) for v in rows]


def get_version(journey_id: UUID, number: int) -> Mapping[str, Any]:
    """Return a published version's definition.

    :raises NotFound: there is no such version.
    """
    row = JourneyVersion.objects.filter(journey_id=journey_id, number=number).first()
    if row is None:
        raise NotFound("There is no such version.")
    found: Mapping[str, Any] = row.definition
    return found


def count_steps(journey_id: UUID, *, number: int | None = None) -> dict[str, StepCounts]:
    """Count what became of people at each step, over all versions or of one.

    The step "" holds who entered and who was held out.
    """
    versions = JourneyVersion.objects.filter(journey_id=journey_id)
    if number is not None:
        versions = versions.filter(number=number)
    ids = list(versions.values_list("id", flat=True))
    outcomes: dict[str, dict[str, int]] = defaultdict(dict)
    tallies = StepTally.objects.filter(version_id__in=ids)
    rows = tallies.values_list("step", "outcome").annotate(n=Sum("count"))
    for step, outcome, n in rows:
        outcomes[step][outcome] = n
    here: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    standing = (
        Enrollment.objects.filter(version_id__in=ids, status__in=_INSIDE)
        .values_list("step")
        .annotate(n=Count("id"), parked=Count("id", filter=Q(status="parked")))
    )
    for step, n, parked in standing:
        here[step] = [n, parked]
    return {
        step: StepCounts(
            step,
            here[step][0],
            sum(n for outcome, n in outcomes[step].items() if outcome != "parked"),
            outcomes[step],
            here[step][1],
        )
        for step in set(outcomes) | set(here)
    }


def list_enrollments(
    journey_id: UUID, *, step: str = "", status: str = "", cursor: str = "", limit: int = 50
) -> EnrollmentPage:
    """List people of a journey, the last to enter first.

    :param step: standing at this step now, or having passed it ("passed:STEP").
    :raises Invalid: the cursor is not one of ours.
    """
    rows = Enrollment.objects.filter(journey_id=journey_id).select_related("version")
    if step.startswith("passed:"):
        passed = Passage.objects.filter(step=step.removeprefix("passed:"))
        rows = rows.filter(id__in=passed.values("enrollment_id"))
    elif step:
        rows = rows.filter(step=step, status__in=_INSIDE)
    if status:
        rows = rows.filter(status=status)
    if cursor:
        at, last = _read_cursor(cursor)
        rows = rows.filter(Q(entered_at__lt=at) | Q(entered_at=at, id__lt=last))
    found = list(rows.order_by("-entered_at", "-id")[: limit + 1])
    following = _cursor(found[limit - 1]) if len(found) > limit else ""
    return EnrollmentPage(tuple(enrollment_info(row) for row in found[:limit]), following)


def list_customer_journeys(customer_id: UUID, *, limit: int = 50) -> list[EnrollmentInfo]:
    """List the ways of one customer through all journeys, newest first."""
    rows = Enrollment.objects.filter(customer_id=customer_id).select_related("version")
    return [enrollment_info(row) for row in rows.order_by("-entered_at", "-id")[:limit]]


def _cursor(row: Enrollment) -> str:
    return base64.urlsafe_b64encode(f"{row.entered_at.isoformat()}|{row.id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, last = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(at), UUID(last)
    except (ValueError, binascii.Error):
        raise Invalid("This page does not exist. Begin with the first.", field="cursor") from None


def enrollment_info(row: Enrollment) -> EnrollmentInfo:
    """Return somebody's way as lists and traces show it."""
    return EnrollmentInfo(
        id=row.id,
        journey_id=row.journey_id,
        version_number=row.version.number,
        customer_id=row.customer_id,
        order_id=row.order_id,
        status=row.status,
        step=row.step,
        due_at=row.due_at,
        waiting_for=row.waiting_for,
        entered_at=row.entered_at,
        ended_at=row.ended_at,
        exit_reason=row.exit_reason,
        is_holdout=row.is_holdout,
        goal_at=row.goal_at,
        problem=row.problem,
        failures=row.failures,
    )


def get_trace(enrollment_id: UUID) -> EnrollmentTrace:
    """Return everything that happened to one person in one journey.

    :raises NotFound: there is no such way.
    """
    row = Enrollment.objects.select_related("version").filter(id=enrollment_id).first()
    if row is None:
        raise NotFound("There is no such way through a journey.")
    passages = Passage.objects.filter(enrollment_id=row.id).order_by("visit")
    return EnrollmentTrace(
        enrollment_info(row),
        tuple(PassageInfo(p.step, p.outcome, p.words, p.at, p.message_id) for p in passages),
    )


def goal_report(journey_id: UUID) -> GoalReport:
    """Compare who reached the goal among those who got the journey and those held out.

    Two queries: who came in is counted already, and who reached the goal has an index.
    """
    versions = JourneyVersion.objects.filter(journey_id=journey_id).values("id")
    tallies = StepTally.objects.filter(version_id__in=versions, step="")
    came = dict(tallies.values_list("outcome").annotate(n=Sum("count")))
    rows = Enrollment.objects.filter(journey_id=journey_id, goal_at__isnull=False)
    reached = dict(rows.values_list("is_holdout").annotate(n=Count("id")))
    return GoalReport(
        entered=came.get("entered", 0),
        reached=reached.get(False, 0),
        held_out=came.get("held_out", 0),
        held_out_reached=reached.get(True, 0),
    )


def count_parked() -> int:
    """Count the people whom a failing step holds, over all journeys of the store."""
    return Enrollment.objects.filter(status="parked").count()


def entries_by_day(journey_id: UUID, *, days: int = 30, at: datetime) -> list[tuple[str, int]]:
    """Return how many entered on each of the last days, oldest first, days of nobody included."""
    first = (at - timedelta(days=days - 1)).date()
    versions = JourneyVersion.objects.filter(journey_id=journey_id).values("id")
    rows = dict(
        StepTally.objects.filter(
            version_id__in=versions, step="", outcome="entered", day__gte=first
        )
        .values_list("day")
        .annotate(n=Sum("count"))
    )
    return [
        ((day := first + timedelta(days=nth)).isoformat(), rows.get(day, 0)) for nth in range(days)
    ]
