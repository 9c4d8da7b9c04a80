"""Which events and handlers exist, and how an event becomes JSON and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from doorstep.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as a handler gets it: the fact, and what the log knows about it."""

    position: int
    id: UUID
    store_id: UUID
    name: str
    event: Any
    key: str
    subject: str
    at: datetime
    by: Actor


HandlerFunction = Callable[[Sequence[Recorded]], None]
Start = Literal["now", "beginning"]
EventClass = TypeVar("EventClass", bound=type)


@dataclass(frozen=True)
class EventType:
    """A registered event."""

    name: str
    cls: type
    doc: str

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.cls)


@dataclass(frozen=True)
class Handler:
    """A registered handler: who reads which events, and from where it starts when it is new."""

    name: str
    event_names: tuple[str, ...]
    function: HandlerFunction
    start: Start


_by_name: dict[str, EventType] = {}
_by_class: dict[type, EventType] = {}
_handlers: dict[str, Handler] = {}


def event(name: str) -> Callable[[EventClass], EventClass]:
    """Register a frozen dataclass as the event ``room.past_tense``."""

    def register(cls: EventClass) -> EventClass:
        if not is_dataclass(cls):
            raise TypeError(f"{cls.__name__} must be a dataclass")
        if name in _by_name and _by_name[name].cls.__qualname__ != cls.__qualname__:
            raise ValueError(f"two events are called {name}")
        event_type = EventType(name, cls, (cls.__doc__ or "").strip())
        _by_name[name] = _by_class[cls] = event_type
        return cls

    return register


def handles(
    *events: type, name: str, start: Start = "now"
) -> Callable[[HandlerFunction], HandlerFunction]:
    """Register a batch handler for some events.

    :param name: stable: the positions are stored under it.
    :param start: where a handler that was never run before begins: with what comes from ``now``
        on, or with the ``beginning`` of the log.
    """

    def register(function: HandlerFunction) -> HandlerFunction:
        if name in _handlers and _handlers[name].function.__qualname__ != function.__qualname__:
            raise ValueError(f"two handlers are called {name}")
        names = tuple(type_of(cls).name for cls in events)
        _handlers[name] = Handler(name, names, function, start)
        return function

    return register


def type_of(cls: type) -> EventType:
    """Return the registration of an event class."""
    return _by_class[cls]


def type_named(name: str) -> EventType | None:
    """Return the registration of an event name, or None when no code knows it any more."""
    return _by_name.get(name)


def all_events() -> list[EventType]:
    """List the registered events by name."""
    return [_by_name[name] for name in sorted(_by_name)]


def all_handlers() -> list[Handler]:
    """List the registered handlers by name."""
    return [_handlers[name] for name in sorted(_handlers)]


def handler_named(name: str) -> Handler:
    """Return a handler; ``KeyError`` when there is none of that name."""
    return _handlers[name]
