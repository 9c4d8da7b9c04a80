"""The public event catalogue: what happens inside, in the stable words of the API.

Another event is one :func:`publish_as` entry. Payloads are thin: ids, numbers and statuses; whoever
wants more asks the API, which knows what the asker may see. No field holds personal data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from doorstep.kernel.events.registry import Recorded, type_of
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderMark

TEST_TYPE = "webhook.test"


class EventData(BaseModel):
    """What ``data`` holds; the docstring of each heir says when it is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class PublicType:
    """One type of public event, and from what it is made.

    :param event: the internal event; ``None`` for a test.
    :param when: which of these events it is about.
    :param renames: field of ``data`` → attribute of the event, where they differ.
    """

    name: str
    data: type[EventData]
    event: type | None
    when: Callable[[Any], bool]
    renames: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """When it is sent, in a sentence or two."""
        return " ".join((self.data.__doc__ or "").split())

    @property
    def example(self) -> dict[str, Any]:
        """A whole payload, as it could be sent."""
        data = {
            name: found.examples[0] if found.examples else found.default
            for name, found in self.data.model_fields.items()
        }
        return {
            "type": self.name,
            "timestamp": "2026-11-22T09:12:00.000000Z",
            "sequence": 48213,
            "data": json.loads(self.data.model_validate(data).model_dump_json()),
        }


@dataclass(frozen=True, slots=True)
class PublicFact:
    """One payload, ready to be signed.

    :param webhook_id: the same whenever this happening is told.
    :param position: its place in the event log, None for a test.
    """

    webhook_id: str
    type: str
    position: int | None
    subject: str
    body: str
    at: datetime


_types: dict[str, PublicType] = {}
_by_event: dict[type, list[PublicType]] = {}


def publish_as(
    name: str,
    event: type,
    data: type[EventData],
    *,
    when: Callable[[Any], bool] = lambda _event: True,
    renames: Mapping[str, str] | None = None,
) -> None:
    """Register ``name`` as what merchants' systems hear when ``event`` happens.

    :param data: its fields are read from the event's attributes of the same name (or as
        ``renames`` says); ``order_number``, ``sales_channel`` and ``is_test`` from the order where
        the event has not got them.
    """
    if name in _types:
        raise ValueError(f"two public events are called {name}")
    _types[name] = PublicType(name, data, event, when, renames or {})
    _by_event.setdefault(event, []).append(_types[name])


def also_publish_as(
    name: str, event: type, *, when: Callable[[Any], bool] = lambda _event: True
) -> None:
    """Let another event have the same public meaning as an earlier entry."""
    known = _types[name]
    other = PublicType(name, known.data, event, when, known.renames)
    _by_event.setdefault(event, []).append(other)


def register_test_type(data: type[EventData]) -> None:
    """Register what a test event holds."""
    _types[TEST_TYPE] = PublicType(TEST_TYPE, data, None, lambda _event: False)


def all_types() -> list[PublicType]:
    """List the public types by name."""
    return [_types[name] for name in sorted(_types)]


def is_known(name: str) -> bool:
    """Tell whether a type of this name can be chosen for an endpoint."""
    return name in _types and name != TEST_TYPE


def event_classes() -> list[type]:
    """List the internal events that some public type is made from."""
    return list(_by_event)


def event_names(type_name: str) -> list[str]:
    """List the internal names of the events that a public type is made from."""
    return [
        type_of(event).name
        for event, entries in _by_event.items()
        if type_name in {entry.name for entry in entries}
    ]


def translate(batch: Sequence[Recorded], wanted: Iterable[str] | None = None) -> list[PublicFact]:
    """Turn events into payloads; what nobody hears of (history, old news) is left out.

    One query, however many events. Needs the store's scope.

    :param wanted: the public types asked for; ``None`` for all.
    :raises AttributeError: an event does not fit its class (any more).
    """
    chosen = None if wanted is None else set(wanted)
    pairs = [
        (recorded, entry)
        for recorded in batch
        for entry in _by_event.get(type(recorded.event), ())
        if (chosen is None or entry.name in chosen) and _is_news(recorded, entry)
    ]
    marks = orders.get_order_marks({_order_id(recorded) for recorded, _entry in pairs} - {None})
    return [_fact(recorded, entry, marks.get(_order_id(recorded))) for recorded, entry in pairs]


def check_fits(batch: Sequence[Recorded]) -> None:
    """Refuse events that the log could not turn back into their class.

    :raises TypeError: naming the first one.
    """
    for recorded in batch:
        if type(recorded.event) not in _by_event:
            raise TypeError(f"{recorded.name} at {recorded.position} does not fit its class")


def _order_id(recorded: Recorded) -> Any:
    return recorded.event.order_id


def _is_news(recorded: Recorded, entry: PublicType) -> bool:
    event = recorded.event
    old = getattr(event, "is_history", False) or getattr(event, "is_backfill", False)
    return not old and entry.when(event)


def _fact(recorded: Recorded, entry: PublicType, mark: OrderMark | None) -> PublicFact:
    data = entry.data.model_validate(
        {name: _value(name, entry, recorded.event, mark) for name in entry.data.model_fields}
    )
    return PublicFact(
        webhook_id=_webhook_id(recorded.id, entry.name),
        type=entry.name,
        position=recorded.position,
        subject=recorded.subject,
        body=payload(entry.name, recorded.at, recorded.position, data),
        at=recorded.at,
    )


def _value(name: str, entry: PublicType, event: Any, mark: OrderMark | None) -> Any:
    attribute = entry.renames.get(name, name)
    if name == "is_test":
        return getattr(event, attribute, False) or (mark is not None and mark.is_test)
    if name == "order_number" and not hasattr(event, attribute):
        return mark.number if mark else ""
    if name == "sales_channel" and not hasattr(event, attribute):
        return mark.sales_channel if mark else ""
    return getattr(event, attribute)


def _webhook_id(event_id: UUID, type_name: str) -> str:
    """Return the id of one happening under one name.

    One event may have two public meanings; derived, not drawn, so that a replay repeats it.
    """
    return f"msg_{uuid5(event_id, type_name).hex}"


def payload(type_name: str, at: datetime, sequence: int, data: EventData) -> str:
    """Return a body: compact JSON, exactly as it is signed and sent."""
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    whole = {
        "type": type_name,
        "timestamp": stamp,
        "sequence": sequence,
        "data": json.loads(data.model_dump_json()),
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
