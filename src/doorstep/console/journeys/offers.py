"""What the forms of the builder offer to choose from, as the rooms have it at this moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from doorstep.console.journeys.words import Names

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ActionOffer:
    """An action that can be a step.

    :param fields: its inputs: ``{"name", "label", "type", "required", "choices"}`` each.
    """

    name: str
    label: str
    summary: str
    fields: tuple[Mapping[str, Any], ...] = ()
    needs_order: bool = False


@dataclass(frozen=True, slots=True)
class MessageOffer:
    """A kind of message that journeys may send."""

    kind: str
    label: str
    channels: tuple[str, ...]
    purpose: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Offers:
    """Everything a definition can name."""

    events: tuple[Pair, ...] = ()
    event_fields: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    exit_events: tuple[Pair, ...] = ()  # those offered as ends, without the rare ones
    order_events: frozenset[str] = frozenset()
    sources: tuple[Pair, ...] = ()
    segments: tuple[Pair, ...] = ()
    topics: tuple[Pair, ...] = ()
    messages: tuple[MessageOffer, ...] = ()
    actions: tuple[ActionOffer, ...] = field(default=())

    @cached_property
    def names(self) -> Names:
        """The words for all of it."""
        return Names(
            events=dict(self.events),
            messages={one.kind: one.label for one in self.messages},
            actions={one.name: one.label for one in self.actions},
            sources=dict(self.sources),
            segments=dict(self.segments),
        )

    def action(self, name: str) -> ActionOffer | None:
        """Return an action by its name."""
        return next((one for one in self.actions if one.name == name), None)

    def message(self, kind: str) -> MessageOffer | None:
        """Return a kind of message."""
        return next((one for one in self.messages if one.kind == kind), None)
