"""Who makes labels, and who knows the return policy that papers print.

Labels: bound to connectors in ``config/wiring.py``.

The manual provider buys nothing: its labels are bought elsewhere, and the number is typed or
scanned. A provider that talks to a network is never called inside a transaction: one action
writes the wish (a :class:`~doorstep.rooms.fulfillment.models.parcel.Label` that is ``requested``,
one a parcel), a job asks the vendor with the label's id as idempotency key, and a second action
records what came of it. Its calls join this protocol with the first such provider.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID


class LabelProvider(Protocol):
    """A way to get labels."""

    @property
    def name(self) -> str:
        """What carriers' rows keep."""

    @property
    def label(self) -> str:
        """What people read."""


_providers: dict[str, LabelProvider] = {}


def register_provider(provider: LabelProvider) -> None:
    """Make a provider known; called by the wiring."""
    _providers[provider.name] = provider


def providers() -> dict[str, LabelProvider]:
    """Return the providers of this installation by name."""
    return dict(_providers)


# order → language to order → a few sentences; the returns room, which is above this one, binds it.
ReturnTerms = Callable[[Mapping[UUID, str], datetime], Mapping[UUID, str]]
_return_terms: list[ReturnTerms] = []


def bind_return_terms(terms: ReturnTerms) -> None:
    """Let papers ask here how things of an order may come back."""
    _return_terms[:] = [terms]


def return_terms(languages: Mapping[UUID, str], at: datetime) -> Mapping[UUID, str]:
    """Return how things of orders may come back, in each order's language; {} when nobody knows.

    :param languages: order → language.
    """
    return _return_terms[0](languages, at) if _return_terms else {}


class TellsLateness(Protocol):
    """A room above that tells some shoppers itself that their order ships late."""

    def __call__(self, order_ids: Collection[UUID]) -> set[UUID]:
        """Return those of the orders it tells about."""


_tellers: list[TellsLateness] = []


def leave_lateness_to(teller: TellsLateness) -> None:
    """Let a room above tell some shoppers itself; called when all apps are loaded."""
    if teller not in _tellers:
        _tellers.append(teller)


def told_elsewhere(order_ids: Collection[UUID]) -> set[UUID]:
    """Return the orders about whose lateness a room above tells."""
    return {order_id for teller in _tellers for order_id in teller(order_ids)}
