"""Who makes labels for the way back. Bound to connectors in ``config/wiring.py``.

A provider that talks to a network is called by the worker, never inside a transaction
(``flow/label_calls.py``). What it answers is a value; it raises :class:`TryAgain` when nobody knows
yet. A label is bought in two steps, so that it is bought once whoever is killed in between: see
:class:`PreparedLabel`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from doorstep.rooms.orders.contracts import AddressView
from doorstep.rooms.returns.contracts import MethodKind, Postage

BUILT_IN = "built_in"
BY_HAND = "by_hand"  # a person bought it elsewhere and put it in


class TryAgain(Exception):
    """Raise when the outcome is unknown or the vendor is busy."""

    def __init__(self, words: str, after_seconds: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.after_seconds = after_seconds


@dataclass(frozen=True, slots=True)
class LabelAsk:
    """Make a label from the shopper to the store.

    :param external_id: what the provider prepared for this label before; "" the first time.
    :param sender: the shopper's address; None where the order has none.
    :param receiver: the store's, line by line.
    :param weight_grams: of all things in it, None where the catalog does not know one of them.
    """

    label_id: UUID
    method: MethodKind
    number: str
    sender: AddressView | None
    receiver: tuple[str, ...]
    pieces: int
    value_minor: int
    currency: str
    weight_grams: int | None = None
    email: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class PreparedLabel:
    """Something that a label can be bought of, once: kept before it is.

    The caller writes its id down and asks again with it, so that whoever is killed in between buys
    the same label and no second one.
    """

    external_id: str


@dataclass(frozen=True, slots=True)
class MadeLabel:
    """A label, or a code that a counter prints one from.

    :param document: PDF or PNG, None where the code is all.
    :param code: what the QR code says; "" the return's number.
    :param code_document: the provider's own picture of a code, where a counter wants that one.
    :param cost_minor: in the ask's currency, None when the vendor does not say.
    :param words: what is different from what was asked for, "" where nothing is.
    """

    external_id: str
    carrier: str
    tracking_number: str
    document: bytes | None = None
    content_type: str = ""
    code: str = ""
    code_document: bytes | None = None
    code_type: str = ""
    cost_minor: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class RefusedLabel:
    """The vendor said no, for good."""

    code: str
    words: str


class ReturnLabelProvider(Protocol):
    """A way to get labels back to the store."""

    @property
    def name(self) -> str:
        """What rows keep."""

    @property
    def label(self) -> str:
        """What people read."""

    @property
    def methods(self) -> frozenset[MethodKind]:
        """What it makes."""

    def is_ready(self) -> bool:
        """Tell whether the store of the current scope has it set up. No network."""

    def make_label(self, ask: LabelAsk) -> PreparedLabel | MadeLabel | RefusedLabel:
        """Make a label, once per ``external_id``. :raises TryAgain: not known."""

    def void_label(self, label_id: UUID, external_id: str) -> Postage:
        """Give a label back, or ask what became of that: asked again until it is decided.

        :returns: ``NONE`` where nothing had been bought, ``ASKED`` while the carrier decides.
        :raises TryAgain: not known.
        """


_providers: dict[str, ReturnLabelProvider] = {}


def register_provider(provider: ReturnLabelProvider) -> None:
    """Make a provider known; called by the wiring."""
    _providers[provider.name] = provider


def find_provider(name: str) -> ReturnLabelProvider | None:
    """Return the provider of a name, None when this installation has none (any more)."""
    return _providers.get(name)


def provider_for(method: MethodKind) -> str:
    """Return who makes the way back of a method: one the store has set up, else our own page."""
    for provider in _providers.values():
        if method in provider.methods and provider.is_ready():
            return provider.name
    return BUILT_IN
