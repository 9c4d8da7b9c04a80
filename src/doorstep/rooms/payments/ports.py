"""Who moves money. Bound to connectors in ``config/wiring.py``.

A provider is called by a job, never inside a transaction, and always with the row's id as
idempotency key: a repeated call moves nothing twice. What it answers is a value; what it raises is
:class:`TryAgain` (nobody knows, or the vendor is busy: ask again with the same key) or a bug.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID


class Power(StrEnum):
    """What a provider can do."""

    REFUND = "refund"
    LINK = "link"
    HOLD = "hold"  # authorize now, capture later


class TryAgain(Exception):
    """Raise when the outcome is unknown or the vendor is busy.

    :param after_seconds: what the vendor asked for, None: back off as usual.
    """

    def __init__(self, words: str, after_seconds: float | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.after_seconds = after_seconds


@dataclass(frozen=True, slots=True)
class MovedMoney:
    """The vendor did it, under this name."""

    external_id: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The vendor said no, for good: nothing moved."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """A person has to do it and say so (``settle_refund``)."""

    words: str


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A page where the shopper pays."""

    external_id: str
    url: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """Give back ``amount_minor`` of a charge.

    :param details: what the asker told for providers that want more than money: for the shop
        platforms ``{"order_external_id", "connection_id", "lines": [{"line_external_id",
        "quantity", "amount_minor", "tax_minor", "restock"}], "shipping_minor", "note"}``.
    """

    refund_id: UUID
    charge_external_id: str
    currency: str
    amount_minor: int
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkAsk:
    """Make a page where a shopper pays."""

    link_id: UUID
    currency: str
    amount_minor: int
    words: str
    is_hold: bool
    return_url: str
    email: str
    expires_at: datetime | None


class PaymentProvider(Protocol):
    """A way for money to come and go; calls it has no power for are never made."""

    @property
    def name(self) -> str:
        """What rows keep."""

    @property
    def label(self) -> str:
        """What people read."""

    @property
    def powers(self) -> frozenset[Power]:
        """What it can do."""

    def refund(self, ask: RefundAsk) -> MovedMoney | Refused | ByHand:
        """Give money back, once per ``refund_id``. :raises TryAgain: not known."""

    def open_link(self, ask: LinkAsk) -> OpenedLink | Refused:
        """Make a payment page, once per ``link_id``. :raises TryAgain: not known."""

    def close_link(self, link_id: UUID, external_id: str) -> MovedMoney | Refused:
        """Make a page unpayable; Refused: it was paid meanwhile. :raises TryAgain: not known."""

    def capture(
        self, charge_id: UUID, external_id: str, amount_minor: int, currency: str
    ) -> MovedMoney | Refused:
        """Take so much of a hold, once. :raises TryAgain: not known."""

    def void(self, charge_id: UUID, external_id: str) -> MovedMoney | Refused:
        """Let a hold go. :raises TryAgain: not known."""


_providers: dict[str, PaymentProvider] = {}


def register_provider(provider: PaymentProvider) -> None:
    """Make a provider known; called by the wiring."""
    _providers[provider.name] = provider


def find_provider(name: str) -> PaymentProvider | None:
    """Return the provider of a name; None: this installation has none (any more)."""
    return _providers.get(name)


def providers_with(power: Power) -> list[PaymentProvider]:
    """List the providers that can do something."""
    return [one for one in _providers.values() if power in one.powers]
