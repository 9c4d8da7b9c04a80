"""Coming to a wait: when it ends, for each of a set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from doorstep.rooms.journeys.rules.definition import (
    Step,
    WaitDelivery,
    WaitEvent,
    WaitFor,
    WaitUntil,
)
from doorstep.rooms.journeys.rules.waiting import after, until, zone_named
from doorstep.rooms.journeys.stepping.delivery import arrive_at_delivery
from doorstep.rooms.journeys.stepping.people import Arrival, Person


def arrive(step: Step, people: Sequence[Person], *, zone: ZoneInfo, at: datetime) -> list[Arrival]:
    """Return how each person stands at a wait they come to at ``at``, in order."""
    match step:
        case WaitFor():
            return [Arrival(after(at, step.count, step.unit, zone))] * len(people)
        case WaitEvent():
            return [Arrival(after(at, step.count, step.unit, zone), "event")] * len(people)
        case WaitDelivery():
            return arrive_at_delivery(step, people, zone=zone, at=at)
        case WaitUntil():

            @cache  # as many zones as the set has, for this call only
            def ends(timezone: str) -> Arrival:
                theirs = zone if step.zone == "store" else zone_named(timezone, zone.key)
                return Arrival(until(at, step.weekdays, step.start, step.end, theirs))

            return [ends(person.timezone) for person in people]
    raise TypeError(f"{type(step).__name__} is no wait")
