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
from typing import Any, Protocol, runtime_checkable
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
class Accepted:
    """The vendor took it on under this name, and has not settled it yet; it will report."""

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
class PaidLink:
    """The shopper has paid, or the money is held (``is_captured`` False).

    :param payment_id: the vendor's name of the payment: what refunds, captures and voids name.
    """

    payment_id: str
    currency: str
    amount_minor: int
    is_captured: bool
    method_label: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """Give back ``amount_minor`` of a charge.

    :param details: what the asker told for providers that want more than money: for the shop
        platforms ``{"order_external_id", "connection_id", "lines": [{"line_external_id",
        "quantity", "amount_minor", "tax_minor", "restock"}], "shipping_minor", "note"}``.
    :param is_repeat: it was asked before and the answer is not known (or is known only as
        ``external_id``). Vendors forget idempotency keys, Stripe after a day: look first.
    """

    refund_id: UUID
    charge_external_id: str
    currency: str
    amount_minor: int
    reason: str
    details: Mapping[str, Any] = field(default_factory=dict)
    is_repeat: bool = False
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class LinkAsk:
    """Make a page where a shopper pays.

    :param nth: 1 for the first page of this request, 2 for the next when that was over: part of
        the idempotency key. ``former_id`` is the page before, which must not be paid as well.
    :param asked_at: when it is asked; the page's life counts from here.
    """

    link_id: UUID
    currency: str
    amount_minor: int
    words: str
    is_hold: bool
    return_url: str
    email: str
    expires_at: datetime | None
    asked_at: datetime
    nth: int = 1
    former_id: str = ""


class PaymentProvider(Protocol):
    """A way for money to go back. Calls it has no power for are never made."""

    @property
    def name(self) -> str:
        """What rows keep."""

    @property
    def label(self) -> str:
        """What people read."""

    @property
    def powers(self) -> frozenset[Power]:
        """What it can do."""

    def is_ready(self) -> bool:
        """Tell whether the store of the current scope can use it (it is connected)."""

    def refund(self, ask: RefundAsk) -> MovedMoney | Accepted | Refused | ByHand:
        """Give money back, once per ``refund_id``. :raises TryAgain: not known."""


@runtime_checkable
class LinkProvider(PaymentProvider, Protocol):
    """A way for money to come in (``LINK``), and to be held first (``HOLD``)."""

    def check_amount(self, currency: str, amount_minor: int) -> None:
        """Refuse what it can't take. :raises Invalid: in words, before anything is asked."""

    def open_link(self, ask: LinkAsk) -> OpenedLink | PaidLink | Refused:
        """Make a payment page, once per ``link_id`` and ``nth``. :raises TryAgain: not known."""

    def look_at_link(self, link_id: UUID, external_id: str) -> OpenedLink | PaidLink | Refused:
        """Say what became of a page; Refused: it is over, unpaid. :raises TryAgain: not known."""

    def close_link(self, link_id: UUID, external_id: str) -> MovedMoney | PaidLink:
        """Make a page unpayable, or say that it was paid. :raises TryAgain: not known."""

    def capture(
        self, charge_id: UUID, external_id: str, amount_minor: int, currency: str
    ) -> MovedMoney | Refused:
        """Take so much of a hold, once; Refused: the hold is over. :raises TryAgain: not known."""

    def void(self, charge_id: UUID, external_id: str) -> MovedMoney | Refused:
        """Let a hold go; Refused: it was taken before. :raises TryAgain: not known."""


_providers: dict[str, PaymentProvider] = {}


def register_provider(provider: PaymentProvider) -> None:
    """Make a provider known; called by the wiring."""
    _providers[provider.name] = provider


def find_provider(name: str) -> PaymentProvider | None:
    """Return the provider of a name; None: this installation has none (any more)."""
    return _providers.get(name)


def providers_with(power: Power) -> list[PaymentProvider]:
    """List the providers that can do something, in the order of their registration."""
    return [one for one in _providers.values() if power in one.powers]


def label_of(name: str) -> str:
    """Return what people call a provider, its name where none is known any more."""
    known = _providers.get(name)
    return known.label if known else name
