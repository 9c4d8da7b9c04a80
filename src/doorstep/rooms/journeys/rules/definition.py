"""A journey's definition as typed values; ``reading.py`` makes them from JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Literal

from doorstep.kernel.conditions.api import Condition

FORMAT = 1
MAX_STEPS = 200
Unit = Literal["minutes", "hours", "days", "weeks"]
UNITS: tuple[Unit, ...] = ("minutes", "hours", "days", "weeks")


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """Somebody enters when an event names them."""

    event: str
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SegmentTrigger:
    """Somebody enters when they come into a segment, or leave it.

    :param include_members: who belongs to it at the time of publishing enters as well.
    """

    segment: str
    on: Literal["entered", "left"] = "entered"
    include_members: bool = False


@dataclass(frozen=True, slots=True)
class DateTrigger:
    """Somebody enters some days before a date of theirs (or after it, with a negative number)."""

    source: str
    days_before: int = 0
    at: time = time(9)


Trigger = EventTrigger | SegmentTrigger | DateTrigger


@dataclass(frozen=True, slots=True)
class Reentry:
    """May somebody come again: never, some days after the last time, or always."""

    mode: Literal["never", "after", "always"] = "never"
    days: int = 0


@dataclass(frozen=True, slots=True)
class Exit:
    """What ends somebody's way before its end: an event or a condition about the customer."""

    event: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """What the journey is for: an event within some days of entering."""

    event: str
    days: int = 30
    exits: bool = True
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageStep:
    """Ask the contact gate for a message."""

    id: str
    template: str
    purpose: str
    next: str | None
    topic: str = ""
    channel: str = "best"
    priority: int = 50


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Wait a span: days and weeks on the store's calendar, the rest as elapsed time."""

    id: str
    count: int
    unit: Unit
    next: str | None


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Wait until a weekday (Monday is 1) and a window of the day."""

    id: str
    weekdays: tuple[int, ...]
    start: time
    end: time
    zone: Literal["recipient", "store"]
    next: str | None


@dataclass(frozen=True, slots=True)
class WaitEvent:
    """Wait until something happens: then ``next``; after the time-out ``otherwise``.

    :param same_order: of an event about an order: only about the order this way is about.
    """

    id: str
    event: str
    count: int
    unit: Unit
    next: str | None
    otherwise: str | None
    where: Mapping[str, Any] = field(default_factory=dict)
    same_order: bool = True


@dataclass(frozen=True, slots=True)
class WaitDelivery:
    """Wait until some days after the delivery of what the way is about, whenever that is.

    :param at: the time of that day in the recipient's zone; None keeps the time of delivery.
    :param give_up_days: without a delivery by then: ``otherwise``.
    """

    id: str
    days: int
    at: time | None
    give_up_days: int
    next: str | None
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class BranchStep:
    """Go one of two ways by a condition about the customer or the order."""

    id: str
    condition: Condition
    yes: str | None
    no: str | None


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of a split, and how many of a hundred go it."""

    name: str
    percent: int
    next: str | None


@dataclass(frozen=True, slots=True)
class SplitStep:
    """Send people different ways by chance, the same person always the same way."""

    id: str
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class ActionStep:
    """Run an entry of the action catalogue for the person or the order."""

    id: str
    action: str
    input: Mapping[str, Any]
    next: str | None


@dataclass(frozen=True, slots=True)
class BrokenStep:
    """A step of a published version that no longer works: a fact it asks about is gone, say."""

    id: str
    problem: str


WaitStep = WaitFor | WaitUntil | WaitEvent | WaitDelivery
Step = MessageStep | WaitStep | BranchStep | SplitStep | ActionStep | BrokenStep
WAITS = (WaitFor, WaitUntil, WaitEvent, WaitDelivery)


@dataclass(frozen=True)
class Definition:
    """A whole journey, checked for its form."""

    name: str
    subject: Literal["customer", "order"]
    trigger: Trigger
    first: str | None
    steps: Mapping[str, Step]
    filter: Condition | None = None
    order_filter: Condition | None = None
    reentry: Reentry = field(default_factory=Reentry)
    exits: tuple[Exit, ...] = ()
    goal: Goal | None = None
    holdout_percent: int = 0
    problems: tuple[str, ...] = ()  # of a published version, about what is not a step

    def step(self, step_id: str | None) -> Step | None:
        """Return a step; None for the end and for one this version does not have."""
        return self.steps.get(step_id) if step_id else None

    def events(self) -> set[str]:
        """Name every event that matters to somebody entering or being inside."""
        names = {one.event for one in self.exits if one.event}
        if isinstance(self.trigger, EventTrigger):
            names.add(self.trigger.event)
        if self.goal:
            names.add(self.goal.event)
        return names | {s.event for s in self.steps.values() if isinstance(s, WaitEvent)}

    def order_events_wake(self) -> bool:
        """Tell whether a step waits for a delivery."""
        return any(isinstance(step, WaitDelivery) for step in self.steps.values())


def ways_on(step: Step) -> Iterator[tuple[str, str | None]]:
    """Yield where a step leads, each way with its field: ``("next", "tips")``."""
    match step:
        case BranchStep():
            yield "yes", step.yes
            yield "no", step.no
        case SplitStep():
            for nth, arm in enumerate(step.arms):
                yield f"arms[{nth}].next", arm.next
        case WaitEvent() | WaitDelivery():
            yield "next", step.next
            yield "otherwise", step.otherwise
        case BrokenStep():
            return
        case _:
            yield "next", step.next
