"""Take those inside over to a new version: each stands where they stood, by the new step's rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array, as_columns
from doorstep.rooms.journeys.models import JourneyVersion
from doorstep.rooms.journeys.rules.definition import (
    WAITS,
    Definition,
    Step,
    WaitDelivery,
    WaitEvent,
    WaitFor,
    WaitUntil,
)
from doorstep.rooms.journeys.versions import definitions
from doorstep.rooms.stores import api as stores


class _Change(NamedTuple):
    """A step that is not what it was in an earlier version.

    :param anew: it is begun as if they came to it now: a wait by its own rule, anything else at
        once. Else only its span is another, which then counts from when they came to it.
    """

    version_id: UUID
    step: str
    anew: bool
    waiting_for: str = ""
    days: int = 0
    minutes: int = 0


_ANEW = """
    UPDATE journeys_enrollment AS e
    SET version_id = %(new)s, waiting_for = v.waiting_for, is_woken = false,
        step_since = %(at)s,
        due_at = CASE e.status WHEN 'active' THEN %(at)s::timestamptz END,
        failures = CASE e.status WHEN 'active' THEN 0 ELSE e.failures END,
        problem = CASE e.status WHEN 'active' THEN '' ELSE e.problem END
    FROM unnest(%(versions)s::uuid[], %(steps)s::text[], %(waiting)s::text[])
        AS v(version_id, step, waiting_for)
    WHERE e.version_id = v.version_id AND e.step = v.step AND e.status IN ('active', 'parked')
"""
# Days on the store's calendar, minutes as elapsed time (rules/waiting.py). Who was woken, or has
# still to begin the wait, is due already.
_OTHER_SPAN = """
    UPDATE journeys_enrollment AS e
    SET version_id = %(new)s,
        due_at = greatest(%(at)s, make_interval(mins => v.minutes) + CASE v.days
            WHEN 0 THEN e.step_since
            ELSE (e.step_since AT TIME ZONE %(zone)s + make_interval(days => v.days))
                 AT TIME ZONE %(zone)s END)
    FROM unnest(%(versions)s::uuid[], %(steps)s::text[], %(days)s::int[], %(minutes)s::int[])
        AS v(version_id, step, days, minutes)
    WHERE e.version_id = v.version_id AND e.step = v.step AND e.status = 'active'
      AND NOT e.is_woken AND e.waiting_for <> 'arrival' AND e.due_at IS NOT NULL
"""
_AS_THEY_STAND = """
    UPDATE journeys_enrollment SET version_id = %(new)s
    WHERE status IN ('active', 'parked') AND step = ANY(%(kept)s)
      AND version_id = ANY(%(earlier)s::uuid[])
"""


def move_people(
    journey_id: UUID, version_id: UUID, definition: Definition, *, at: datetime
) -> None:
    """Move those inside whose step the new version still has; the others finish the old one.

    Where that step is the same, they wait as long as they would have. Where only its span is
    another, it counts from when they came to it. Where it is another step, a wait begins now by
    its own rule, and anything else is due at once. A constant number of statements.
    """
    rows = JourneyVersion.objects.filter(journey_id=journey_id, is_open=True)
    earlier = definitions(list(rows.exclude(id=version_id).values_list("id", flat=True)))
    changes = [
        change
        for earlier_id, before in earlier.items()
        for change in _changes(earlier_id, before, definition)
    ]
    values: dict[str, Any] = {
        "new": version_id, "at": at, "zone": stores.get_store().timezone,
        "kept": list(definition.steps), "earlier": as_array(earlier),
    }  # fmt: skip
    anew = [[c.version_id, c.step, c.waiting_for] for c in changes if c.anew]
    spans = [[c.version_id, c.step, c.days, c.minutes] for c in changes if not c.anew]
    with connection.cursor() as cursor:
        if anew:
            names = zip(("versions", "steps", "waiting"), as_columns(anew, 3), strict=True)
            cursor.execute(_ANEW, {**values, **dict(names)})
        if spans:
            names = zip(("versions", "steps", "days", "minutes"), as_columns(spans, 4), strict=True)
            cursor.execute(_OTHER_SPAN, {**values, **dict(names)})
        cursor.execute(_AS_THEY_STAND, values)


def _changes(version_id: UUID, before: Definition | None, after: Definition) -> Iterator[_Change]:
    """Yield the steps at which people stand differently; one that can't be read is another."""
    for step_id, step in after.steps.items():
        old = before.step(step_id) if before else None
        if before is not None and old is None:
            continue  # nobody stands there
        if isinstance(step, WaitFor | WaitEvent) and _differ_in_span(old, step):
            days = {"days": step.count, "weeks": 7 * step.count}.get(step.unit, 0)
            minutes = {"minutes": step.count, "hours": 60 * step.count}.get(step.unit, 0)
            yield _Change(version_id, step_id, False, days=days, minutes=minutes)
        elif isinstance(step, WAITS):
            if old is None or _without_ways(old) != _without_ways(step):
                yield _Change(version_id, step_id, True, "arrival")
        elif type(old) is not type(step):
            yield _Change(version_id, step_id, True)


def _differ_in_span(old: Step | None, new: WaitFor | WaitEvent) -> bool:
    if not isinstance(old, WaitFor | WaitEvent) or type(old) is not type(new):
        return False
    if (old.count, old.unit) == (new.count, new.unit):
        return False
    return _without_ways(replace(old, count=new.count, unit=new.unit)) == _without_ways(new)


def _without_ways(step: Step) -> Step:
    """Return a wait as what it waits for alone."""
    match step:
        case WaitEvent() | WaitDelivery():
            return replace(step, next=None, otherwise=None)
        case WaitFor() | WaitUntil():
            return replace(step, next=None)
    return step
