"""What keeps a definition from being published: the graph, and what it needs of the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doorstep.kernel.conditions.api import Condition
from doorstep.rooms.journeys.contracts import DefinitionProblem
from doorstep.rooms.journeys.rules.definition import (
    WAITS,
    ActionStep,
    BranchStep,
    DateTrigger,
    Definition,
    EventTrigger,
    MessageStep,
    SegmentTrigger,
    Step,
    WaitDelivery,
    WaitEvent,
    WaitUntil,
    ways_on,
)
from doorstep.rooms.journeys.rules.sameness import pointless_choices

# Facts that tell how content somebody is: a review is asked of everybody or of nobody.
_SENTIMENT = ("rating", "score", "satisfaction", "sentiment", "nps", "csat", "stars", "survey")
_REVIEW = ("review",)


@dataclass(frozen=True, slots=True)
class World:
    """What exists now, as far as a definition can name it.

    :param events: names of events that say which customer they are about; the value tells whether
        they name an order too.
    :param kinds: kinds of messages a journey may send -> the channels each is written for.
    :param segments: ids of segments that are kept.
    :param actions: journey actions -> what they are run for ("customer_id" or "order_id") and a
        check that answers what is wrong with an input ("" when nothing).
    """

    events: Mapping[str, bool]
    kinds: Mapping[str, frozenset[str]]
    own_purposes: Mapping[str, str] = field(default_factory=dict)
    segments: frozenset[str] = frozenset()
    date_sources: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    actions: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    quiet_from: int = 9
    quiet_to: int = 20


def check(definition: Definition, world: World) -> list[DefinitionProblem]:
    """List what is wrong, blocking problems first, each with its step and the mend."""
    found = [
        *_trigger(definition, world),
        *_graph(definition),
        *(p for step in definition.steps.values() for p in _step(step, definition, world)),
        *_review_gating(definition),
        *_sanity(definition),
    ]
    return sorted(found, key=lambda problem: not problem.is_blocking)


def _problem(step: str, field: str, message: str, mend: str, *, warn: bool = False) -> Any:
    return DefinitionProblem(step, field, message, mend, is_blocking=not warn)


def _trigger(definition: Definition, world: World) -> Iterator[DefinitionProblem]:
    trigger = definition.trigger
    if isinstance(trigger, EventTrigger):
        yield from _event("", "trigger.event", trigger.event, world)
        if definition.subject == "order" and world.events.get(trigger.event) is False:
            yield _problem(
                "", "trigger.event", "This event does not say which order it is about.",
                "Make the journey about customers, or choose another trigger.",
            )  # fmt: skip
    elif isinstance(trigger, SegmentTrigger):
        if trigger.segment not in world.segments:
            yield _problem(
                "", "trigger.segment", "The segment does not exist any more.", "Choose another one."
            )
        yield from _about_customers(definition, "A segment")
    elif isinstance(trigger, DateTrigger) and trigger.source not in world.date_sources:
        yield _problem("", "trigger.source", "This kind of date is not known.", "Choose another.")
    for nth, exit in enumerate(definition.exits):
        if exit.event:
            yield from _event("", f"exits[{nth}].event", exit.event, world)
    if definition.goal:
        yield from _event("", "goal.event", definition.goal.event, world)


def _about_customers(definition: Definition, what: str) -> Iterator[DefinitionProblem]:
    if definition.subject == "order":
        yield _problem(
            "", "subject", f"{what} names customers, and this journey is about orders.",
            "Make the journey about customers.",
        )  # fmt: skip


def _event(step: str, field: str, name: str, world: World) -> Iterator[DefinitionProblem]:
    if name not in world.events:
        yield _problem(
            step,
            field,
            f"“{name}” is no event that says whom it is about.",
            "Choose another event.",
        )


def _graph(definition: Definition) -> Iterator[DefinitionProblem]:
    if definition.first is None:
        yield _problem("", "first", "The journey has no steps.", "Add a first step.")
    reached = set(_reach(definition, definition.first))
    for step_id in definition.steps:
        if step_id not in reached:
            yield _problem(
                step_id, "", "Nobody can get to this step.", "Connect it or remove it.", warn=True
            )
    for step_id in _circle(definition):
        yield _problem(
            step_id, "next", "The way comes back here without waiting: people would run in a circle.",
            "Put a wait into the circle, or end it.",
        )  # fmt: skip


def _reach(definition: Definition, start: str | None) -> Iterator[str]:
    todo, seen = [start], set()
    while todo:
        step_id = todo.pop()
        if step_id is None or step_id in seen or step_id not in definition.steps:
            continue
        seen.add(step_id)
        yield step_id
        todo.extend(target for _, target in ways_on(definition.steps[step_id]))


def _circle(definition: Definition) -> Sequence[str]:
    """Return the first step of a circle that holds no wait, or nothing."""
    state: dict[str, int] = {}  # 1: on the way down, 2: done
    for root in definition.steps:
        stack: list[tuple[str, Iterator[tuple[str, str | None]]]] = []
        if root in state or isinstance(definition.steps[root], WAITS):
            continue
        state[root] = 1
        stack.append((root, ways_on(definition.steps[root])))
        while stack:
            step_id, ways = stack[-1]
            for _, target in ways:
                step = definition.step(target)
                if target is None or step is None or isinstance(step, WAITS):
                    continue
                if state.get(target) == 1:
                    return [target]
                if target not in state:
                    state[target] = 1
                    stack.append((target, ways_on(step)))
                    break
            else:
                state[step_id] = 2
                stack.pop()
    return []


def _step(step: Step, definition: Definition, world: World) -> Iterator[DefinitionProblem]:
    match step:
        case MessageStep():
            yield from _message(step, world)
        case WaitEvent():
            yield from _event(step.id, "event", step.event, world)
        case WaitDelivery() if definition.subject != "order" and not _names_order(
            definition, world
        ):
            yield _problem(
                step.id, "delivery", "Nothing says whose delivery is meant.",
                "Start the journey with an event about an order.",
            )  # fmt: skip
        case WaitUntil():
            yield from _window(step, world)
        case ActionStep():
            yield from _action(step, definition, world)


def _names_order(definition: Definition, world: World) -> bool:
    trigger = definition.trigger
    if isinstance(trigger, EventTrigger):
        return bool(world.events.get(trigger.event))
    return isinstance(trigger, DateTrigger) and trigger.source == "run_out"


def _message(step: MessageStep, world: World) -> Iterator[DefinitionProblem]:
    channels = world.kinds.get(step.template)
    if channels is None:
        yield _problem(
            step.id, "template", f"There is no message “{step.template}” (any more).",
            "Choose another message, or write it anew.",
        )  # fmt: skip
        return
    if step.channel != "best" and step.channel not in channels:
        yield _problem(
            step.id, "channel", "This message has no text for that channel.",
            "Write one, or take the best channel.",
        )  # fmt: skip
    if step.topic and world.topics and step.topic not in world.topics:
        yield _problem(step.id, "topic", "This topic is not known.", "Choose one of the list.")
    least = world.own_purposes.get(step.template)
    if least == "marketing" and step.purpose != "marketing":
        yield _problem(
            step.id, "purpose", "This message sells something, so it needs the consent for marketing.",
            "Set its purpose to marketing.",
        )  # fmt: skip


def _window(step: WaitUntil, world: World) -> Iterator[DefinitionProblem]:
    if step.start.hour >= world.quiet_to or step.end.hour < world.quiet_from:
        yield _problem(
            step.id, "until", "The whole window lies in the quiet hours: text messages wait once more.",
            f"Choose a time between {world.quiet_from}:00 and {world.quiet_to}:00.", warn=True,
        )  # fmt: skip


def _action(step: ActionStep, definition: Definition, world: World) -> Iterator[DefinitionProblem]:
    known = world.actions.get(step.action)
    if known is None:
        yield _problem(
            step.id,
            "action",
            f"“{step.action}” can't be a journey's step.",
            "Choose another action.",
        )
        return
    runs_for, check_input = known
    if runs_for == "order_id" and not (
        definition.subject == "order" or _names_order(definition, world)
    ):
        yield _problem(
            step.id, "action", "This action needs an order, and this journey has none.",
            "Start the journey with an event about an order.",
        )  # fmt: skip
    if wrong := check_input(step.input):
        yield _problem(step.id, "input", wrong, "Fill in the action's fields.")


def _review_gating(definition: Definition) -> Iterator[DefinitionProblem]:
    """Refuse to ask only the content ones for a review (16 CFR 465.7; Google and Trustpilot)."""
    asks = {
        s.id
        for s in definition.steps.values()
        if isinstance(s, MessageStep) and any(word in s.template for word in _REVIEW)
    }
    if not asks:
        return
    message = "Who is asked for a review would depend on how content they are, which is forbidden."
    mend = "Ask everybody, or nobody: take the condition out of the way to the review request."
    for step in definition.steps.values():
        if not isinstance(step, BranchStep) or not _is_about_sentiment(step.condition):
            continue
        yes, no = set(_reach(definition, step.yes)), set(_reach(definition, step.no))
        if (yes & asks) != (no & asks):
            yield _problem(step.id, "if", message, mend)
    for condition in (definition.filter, definition.order_filter):
        if condition is not None and _is_about_sentiment(condition):
            yield _problem("", "filter", message, mend)
    for nth, exit in enumerate(definition.exits):
        if exit.condition is not None and _is_about_sentiment(exit.condition):
            yield _problem("", f"exits[{nth}].if", message, mend)


def _is_about_sentiment(condition: Condition) -> bool:
    names = (ref.fact.name.lower() for ref in condition.refs)
    return any(word in name for name in names for word in _SENTIMENT)


def _sanity(definition: Definition) -> Iterator[DefinitionProblem]:
    if definition.holdout_percent and definition.goal is None:
        yield _problem(
            "", "goal", "People are held out, but no goal says what to compare.",
            "Choose a goal, or hold nobody out.", warn=True,
        )  # fmt: skip
    yield from _does_nothing(definition)
    yield from _never_ends(definition)
    for step_id in pointless_choices(definition):
        yield _problem(
            step_id, "", "All its ways do the same, so it decides nothing.",
            "Let the ways differ, or take it out.", warn=True,
        )  # fmt: skip


def _does_nothing(definition: Definition) -> Iterator[DefinitionProblem]:
    reached = list(_reach(definition, definition.first))
    if reached and not any(
        isinstance(definition.steps[step_id], MessageStep | ActionStep) for step_id in reached
    ):
        yield _problem(
            reached[0], "", "From here on nothing is sent and nothing is done: people only wait "
            "and leave again.", "Add a message or an action.", warn=True,
        )  # fmt: skip


def _never_ends(definition: Definition) -> Iterator[DefinitionProblem]:
    """Warn where nothing ends a way that sends: at the second marketing message, where there is one."""
    if definition.exits or (definition.goal is not None and definition.goal.exits):
        return
    selling = [
        step
        for step_id in _reach(definition, definition.first)
        if isinstance(step := definition.steps[step_id], MessageStep)
        and step.purpose == "marketing"
    ]
    for first in selling:
        later = set(_reach(definition, first.next))
        second = next((step for step in selling if step.id in later), None)
        if second is not None:
            yield _problem(
                second.id, "", "By this step somebody was sold something before, and nothing ends "
                "the journey early: who has bought meanwhile still gets this.",
                "Choose a goal that ends it, or an exit, at the top of the journey.", warn=True,
            )  # fmt: skip
            return
    has_message = any(isinstance(step, MessageStep) for step in definition.steps.values())
    if has_message and definition.goal is None:
        yield _problem(
            "", "exits", "Nothing ends the journey early: who has long bought again still gets all of it.",
            "Choose a goal or an exit.", warn=True,
        )  # fmt: skip
