"""Who makes labels. Bound to connectors in ``config/wiring.py``.

The manual provider buys nothing: its labels are bought elsewhere, and the number is typed or
scanned. A provider that talks to a network is never called inside a transaction: one action
writes the wish (a :class:`~doorstep.rooms.fulfillment.models.parcel.Label` that is ``requested``,
one a parcel), a job asks the vendor with the label's id as idempotency key, and a second action
records what came of it. Its calls join this protocol with the first such provider.
"""

from __future__ import annotations

from typing import Protocol


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
