"""Where dates come from that journeys start on: a birthday, the day something runs out.

A source answers for one store and one day, in sets; it never reads a clock. The engine asks for
the day it is about ("days before" is the engine's own arithmetic), once or again after a crash:
an entrant's ``key`` names the occurrence, so nobody enters twice for one birthday.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from doorstep.rooms.stores.contracts import StoreInfo

SET_SIZE = 5_000
"""How many entrants one yielded set has at the most."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody who has a date on the day asked about.

    :param key: names the occurrence, unique per customer (and order): ``"birthday:2026"``.
    :param order_id: the order it is about, None for a date of the person.
    :param data: small plain JSON for the messages, such as ``{"product_ids": […]}``.
    """

    customer_id: UUID
    key: str
    order_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class FindEntrants(Protocol):
    """Finds who has a date on a day."""

    def __call__(self, store: StoreInfo, day: date, *, at: datetime) -> Iterator[Sequence[Entrant]]:
        """Yield the entrants of the present store in sets, one query in all.

        :param day: the day as people of the store's time zone call it.
        :param at: what came into being after this is not looked at.
        """
        ...


@dataclass(frozen=True, slots=True)
class DateSource:
    """One kind of date; called like the function behind it.

    :param subject: what enters: ``customer``, or ``order`` where ``order_id`` is always given.
    """

    name: str
    label: str
    summary: str
    subject: Literal["customer", "order"]
    find: FindEntrants

    def __call__(self, store: StoreInfo, day: date, *, at: datetime) -> Iterator[Sequence[Entrant]]:
        """Yield the entrants of a day in sets; see :class:`FindEntrants`."""
        return self.find(store, day, at=at)


_sources: dict[str, DateSource] = {}


def register_source(source: DateSource) -> DateSource:
    """Make a source known.

    :raises ValueError: another one has its name.
    """
    if _sources.setdefault(source.name, source) is not source:
        raise ValueError(f"two date sources are called {source.name}")
    return source


def find_source(name: str) -> DateSource | None:
    """Return a source, None when there is none of this name."""
    _load()
    return _sources.get(name)


def list_sources() -> list[DateSource]:
    """List all sources by label, as the builder offers them."""
    _load()
    return sorted(_sources.values(), key=lambda source: source.label)


def _load() -> None:
    """Import the modules that register the built-in sources; they import this one."""
    from doorstep.rooms.journeys.dates import orders, people  # noqa: F401
