"""What happened to orders' money. Keyed by the customer, by the order for guests nobody can tell."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("billing.money_given_back")
@dataclass(frozen=True, slots=True)
class MoneyGivenBack:
    """An order was made cheaper afterwards.

    :param cause: what it belongs to ("return:<uuid>:…", "change:<uuid>:…").
    :param lines: [line id, pieces, amount]; what other rooms take back theirs by.
    """

    order_id: UUID
    customer_id: UUID | None
    cause: str
    currency: str
    total_minor: int
    refund_minor: int
    credit_minor: int
    how: str
    lines: list[tuple[UUID, int, int]]


@event("billing.payment_received")
@dataclass(frozen=True, slots=True)
class PaymentReceived:
    """Money (or stored value) came in for an order; ``cause`` is what it was asked for."""

    order_id: UUID
    customer_id: UUID | None
    cause: str
    currency: str
    amount_minor: int
    outstanding_minor: int


@event("billing.payment_not_received")
@dataclass(frozen=True, slots=True)
class PaymentNotReceived:
    """A request to pay ended unpaid; ``state`` is expired, canceled or failed."""

    order_id: UUID
    customer_id: UUID | None
    cause: str
    state: str


@event("billing.refund_settled")
@dataclass(frozen=True, slots=True)
class RefundSettled:
    """Money that was on its way back has arrived, or was refused (``is_refused``)."""

    order_id: UUID
    customer_id: UUID | None
    refund_id: UUID
    cause: str
    currency: str
    amount_minor: int
    is_refused: bool
    words: str
