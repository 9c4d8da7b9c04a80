"""Which journeys and campaigns go by a segment: one that is used is not put away."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from doorstep.kernel.conditions.api import Condition, InvalidCondition
from doorstep.rooms.audiences.api import segments_named
from doorstep.rooms.audiences.contracts import SegmentUse
from doorstep.rooms.audiences.ports import bind_segment_uses
from doorstep.rooms.journeys.contracts import CampaignStatus, JourneyStatus
from doorstep.rooms.journeys.models import Campaign, Enrollment, JourneyVersion
from doorstep.rooms.journeys.rules.definition import (
    BranchStep,
    Definition,
    EventTrigger,
    SegmentTrigger,
    WaitEvent,
)
from doorstep.rooms.journeys.versions import definitions

_RUNS = (JourneyStatus.LIVE.value, JourneyStatus.PAUSED.value)
_WAITS = (CampaignStatus.SCHEDULED.value, CampaignStatus.SENDING.value)
_INSIDE = ("active", "parked")


def bind() -> None:
    """Tell audiences whom to ask; called when the app is ready."""
    bind_segment_uses("journeys", journeys_by_segment)
    bind_segment_uses("campaigns", campaigns_by_segment)


def journeys_by_segment(segment_ids: Collection[UUID]) -> dict[UUID, list[SegmentUse]]:
    """List the live and paused journeys that go by each segment.

    Older versions count while people are inside: their branches still ask.
    """
    people = Enrollment.objects.filter(version=OuterRef("id"), status__in=_INSIDE)
    rows = JourneyVersion.objects.filter(
        Q(journey__live_id=F("id")) | Exists(people), is_open=True, journey__status__in=_RUNS
    ).values_list("id", "journey_id", "journey__name", "journey__live_id")
    versions = list(rows)
    known = definitions([row[0] for row in versions])
    found: dict[UUID, dict[UUID, SegmentUse]] = {}
    for version_id, journey_id, name, live_id in versions:
        definition = known[version_id]
        if definition is None:
            continue
        for _, _, named in segments_of(definition, enters=version_id == live_id):
            for segment_id in named & set(segment_ids):
                use = SegmentUse("journey", journey_id, name)
                found.setdefault(segment_id, {})[journey_id] = use
    return {segment_id: list(uses.values()) for segment_id, uses in found.items()}


def campaigns_by_segment(segment_ids: Collection[UUID]) -> dict[UUID, list[SegmentUse]]:
    """List the campaigns that are sending to each segment or wait for their time."""
    rows = Campaign.objects.filter(segment_id__in=segment_ids, status__in=_WAITS)
    found: dict[UUID, list[SegmentUse]] = {}
    for campaign_id, segment_id, name in rows.values_list("id", "segment_id", "name"):
        found.setdefault(segment_id, []).append(SegmentUse("campaign", campaign_id, name))
    return found


def segments_of(
    definition: Definition, *, enters: bool = True
) -> Iterator[tuple[str, str, frozenset[UUID]]]:
    """Yield what names segments: the step ("" for the journey), its field, and the segments.

    :param enters: False for a version nobody enters any more: how people come in does not count.
    """
    trigger = definition.trigger
    if enters:
        if isinstance(trigger, SegmentTrigger):
            yield "", "trigger.segment", _ids([trigger.segment])
        elif isinstance(trigger, EventTrigger):
            yield "", "trigger.where", _of_where(trigger.where)
        for condition in (definition.filter, definition.order_filter):
            yield "", "filter", _of(condition)
    for nth, exit in enumerate(definition.exits):
        yield "", f"exits[{nth}]", _of(exit.condition) | _of_where(exit.where)
    if definition.goal:
        yield "", "goal.where", _of_where(definition.goal.where)
    for step in definition.steps.values():
        if isinstance(step, BranchStep):
            yield step.id, "if", _of(step.condition)
        elif isinstance(step, WaitEvent):
            yield step.id, "where", _of_where(step.where)


def _of(condition: Condition | None) -> frozenset[UUID]:
    try:
        return segments_named(condition) if condition is not None else frozenset()
    except InvalidCondition:
        return frozenset()  # no segment's id: it holds for nobody, and keeps no segment in use


def _of_where(where: Mapping[str, Any]) -> frozenset[UUID]:
    wanted = where.get("segment_id")
    return _ids(wanted if isinstance(wanted, list) else [wanted])


def _ids(texts: list[Any]) -> frozenset[UUID]:
    found = set()
    for text in texts:
        try:
            found.add(UUID(str(text)))
        except ValueError:
            continue  # the check of the definition says so
    return frozenset(found)
