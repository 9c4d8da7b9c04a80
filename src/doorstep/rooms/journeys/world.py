"""What exists now, as far as a journey can name it: for the check before publishing and the editor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_type_hints
from uuid import UUID

from pydantic import ValidationError

from doorstep.kernel.actions.catalog import ActionEntry, all_actions
from doorstep.kernel.conditions.api import catalog
from doorstep.kernel.errors import Invalid
from doorstep.kernel.events.registry import EventType, all_events
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.contracts import DefinitionProblem
from doorstep.rooms.journeys.dates.sources import list_sources
from doorstep.rooms.journeys.listening import NOT_NEWS, names_customer, names_order
from doorstep.rooms.journeys.rules.checking import World, check
from doorstep.rooms.journeys.rules.definition import Definition
from doorstep.rooms.journeys.rules.reading import InvalidDefinition, read_definition
from doorstep.rooms.journeys.segment_uses import segments_of
from doorstep.rooms.messaging import api as messaging

# The machinery's own news: nobody begins a journey because a message was sent by one.
_NOT_OFFERED = ("journeys.", "messaging.message_", "orders.orders_")


def check_definition(definition: Mapping[str, Any]) -> list[DefinitionProblem]:
    """List what is wrong with a definition in the current store, blocking problems first."""
    try:
        read, world = read_definition(definition), get_world()
    except InvalidDefinition as error:
        return list(error.problems)
    found = [*check(read, world), *_segments_gone(read, world)]
    return sorted(found, key=lambda problem: not problem.is_blocking)


def _segments_gone(definition: Definition, world: World) -> Iterator[DefinitionProblem]:
    for step, field, named in segments_of(definition):
        if field != "trigger.segment" and {str(one) for one in named} - world.segments:
            yield DefinitionProblem(
                step, field, "It asks for a segment that is archived or gone.",
                "Choose another segment, or take the archived one back into use.",
            )  # fmt: skip


def get_world() -> World:
    """Return what a definition may name in the current store."""
    kinds = messaging.list_message_kinds()
    return World(
        events={e.name: names_order(e) for e in all_events() if names_customer(e)},
        kinds={one.kind: frozenset(c.value for c in one.channels) for one in kinds},
        own_purposes={one.kind: one.purpose.value for one in kinds},
        segments=frozenset(str(s.id) for s in audiences.list_segments() if not s.is_archived),
        date_sources=frozenset(s.name for s in list_sources()),
        topics=frozenset(key for key, _ in messaging.list_topic_labels("en")),
        actions={e.name: (e.runs_for, _input_check(e)) for e in all_actions() if e.runs_for},
    )


def journey_kinds() -> dict[str, set[str]]:
    """Return the messages a journey may send -> the channels each has a text in use for."""
    return {one.kind: {c.value for c in one.channels} for one in messaging.list_message_kinds()}


def _input_check(entry: ActionEntry) -> Callable[[Mapping[str, Any]], str]:
    def check(given: Mapping[str, Any]) -> str:
        try:
            filled = {entry.cause: "check"} if entry.cause else {}
            entry.input_model.model_validate({**given, **filled, entry.runs_for: UUID(int=0)})
            if entry.amount is not None:
                entry.amount(**given)  # what can't be an amount says so
        except ValidationError as error:
            first = error.errors()[0]
            return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        except Invalid as error:
            return error.message
        return ""

    return check


def step_catalog() -> dict[str, Any]:
    """Return everything the editor offers: triggers, dates, messages, actions, facts."""
    return {
        "events": [
            {
                "name": e.name,
                "label": _label(e),
                "doc": e.doc,
                "names_order": names_order(e),
                "fields": _event_fields(e),
            }
            for e in all_events()
            if names_customer(e) and not e.name.startswith(_NOT_OFFERED)
        ],
        "dates": [{"name": s.name, "label": s.label, "summary": s.summary} for s in list_sources()],
        "messages": [
            {"kind": kind, "channels": sorted(channels)}
            for kind, channels in sorted(journey_kinds().items())
        ],
        "topics": [
            {"key": key, "label": label} for key, label in messaging.list_topic_labels("en")
        ],
        "actions": [
            {
                "name": e.name,
                "summary": e.summary,
                "runs_for": e.runs_for,
                "fields": _fields(e),
            }
            for e in all_actions()
            if e.runs_for
        ],
        "segments": [
            {"id": str(s.id), "name": s.name}
            for s in audiences.list_segments()
            if not s.is_archived
        ],
        "facts": [c for c in catalog() if c["subject"] in ("customer", "order")],
    }


def _label(event_type: EventType) -> str:
    """Return what people call an event: the first sentence of what it means."""
    return event_type.doc.split("\n")[0].split(". ")[0].rstrip(".")


def _event_fields(event_type: EventType) -> list[dict[str, str]]:
    """Return what can be asked of an event: ``{"name", "type"}``; flag, text or segment.

    Texts and lists of them, yes or no, and segments. Other ids and numbers, moments and amounts
    say which event it was rather than what kind; history and tests start nothing anyway.
    """
    found = []
    for name, kind in get_type_hints(event_type.cls).items():
        if name == "segment_id":
            found.append({"name": name, "type": "segment"})
        elif name in NOT_NEWS or name.endswith(("_id", "number")):
            continue
        elif kind is bool:
            found.append({"name": name, "type": "flag"})
        elif kind is str or kind == list[str]:
            found.append({"name": name, "type": "text"})
    return found


def _fields(entry: ActionEntry) -> list[dict[str, Any]]:
    schema = entry.input_model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "required": name in required, **details}
        for name, details in schema.get("properties", {}).items()
        if name not in (entry.runs_for, entry.cause)
    ]
