"""What happens to returns. Keyed by the customer (by the order for guests nobody can tell).

All carry ``order:<uuid>`` as their subject. Where a gift's recipient returns it, ``customer_id`` is
None: whatever listens must not tell the buyer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("returns.return_requested")
@dataclass(frozen=True, slots=True)
class ReturnRequested:
    """A shopper wants to send something back. ``lines``: [order line, pieces]."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    kind: str
    pieces: int
    lines: list[tuple[UUID, int]]
    needs_review: bool
    is_test: bool = False


@event("returns.return_approved")
@dataclass(frozen=True, slots=True)
class ReturnApproved:
    """A return may come back (or need not: ``is_kept``) until ``expires_at``."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    kind: str
    is_kept: bool
    expires_at: datetime | None
    is_test: bool = False


@event("returns.return_declined")
@dataclass(frozen=True, slots=True)
class ReturnDeclined:
    """A person said no; why stands with the return."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str


@event("returns.return_canceled")
@dataclass(frozen=True, slots=True)
class ReturnCanceled:
    """A return was called off before anything was paid for it."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    by_shopper: bool


@event("returns.return_expiring")
@dataclass(frozen=True, slots=True)
class ReturnExpiring:
    """An approved return ends soon, and nothing came back yet."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    expires_at: datetime


@event("returns.return_expired")
@dataclass(frozen=True, slots=True)
class ReturnExpired:
    """Nothing came back in time."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str


@event("returns.label_ready")
@dataclass(frozen=True, slots=True)
class LabelReady:
    """The way back is there: a label, a code or the address."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    label_id: UUID
    method: str


@event("returns.label_failed")
@dataclass(frozen=True, slots=True)
class LabelFailed:
    """The carrier would not make a label: a person gives the shopper another way."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    label_id: UUID


@event("returns.postage_kept")
@dataclass(frozen=True, slots=True)
class PostageKept:
    """The carrier keeps the price of a label that was given back.

    :ivar outcome: "kept", or "unanswered" where it never said.
    :ivar cost_minor: in the order's currency; None where nobody said what the label cost.
    """

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    label_id: UUID
    cost_minor: int | None
    outcome: str


@event("returns.return_scanned")
@dataclass(frozen=True, slots=True)
class ReturnScanned:
    """The carrier has the parcel on its way back."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    occurred_at: datetime


@event("returns.return_missing")
@dataclass(frozen=True, slots=True)
class ReturnMissing:
    """The parcel was scanned, but did not arrive in time: the shopper is asked, a person looks."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str


@event("returns.return_received")
@dataclass(frozen=True, slots=True)
class ReturnReceived:
    """A parcel was opened; ``is_complete``: nothing more is expected."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    pieces: int
    extra: int
    unexpected: int
    is_complete: bool
    is_test: bool = False


@event("returns.return_inspected")
@dataclass(frozen=True, slots=True)
class ReturnInspected:
    """Everything that came was looked at."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    accepted: int
    refused: int


@event("returns.return_refunded")
@dataclass(frozen=True, slots=True)
class ReturnRefunded:
    """Money was put on its way back, or given as store credit. ``lines``: [order line, pieces]."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    cause: str
    how: str
    currency: str
    amount_minor: int
    fee_minor: int
    bonus_minor: int
    lines: list[tuple[UUID, int]]
    is_test: bool = False


@event("returns.exchange_ordered")
@dataclass(frozen=True, slots=True)
class ExchangeOrdered:
    """What goes out instead has an order of its own."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    kind: str
    new_order_id: UUID


@event("returns.repair_sent_back")
@dataclass(frozen=True, slots=True)
class RepairSentBack:
    """A mended thing is on its way to its owner."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    tracking_number: str


@event("returns.piece_disposed")
@dataclass(frozen=True, slots=True)
class PiecesDisposed:
    """What becomes of pieces that came back. ``pieces``: [piece, disposition]."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    pieces: list[tuple[UUID, str]]


@event("returns.return_closed")
@dataclass(frozen=True, slots=True)
class ReturnClosed:
    """Everything of a return is settled."""

    return_id: UUID
    order_id: UUID
    customer_id: UUID | None
    number: str
    kind: str
    is_test: bool = False


@event("returns.withdrawal_received")
@dataclass(frozen=True, slots=True)
class WithdrawalReceived:
    """Somebody withdrew from a contract; what they wrote stands with the withdrawal."""

    withdrawal_id: UUID
    number: str
    order_id: UUID | None
    customer_id: UUID | None
    refund_by: date


@event("returns.withdrawal_settled")
@dataclass(frozen=True, slots=True)
class WithdrawalSettled:
    """A person found whose contract it was, or that there is none."""

    withdrawal_id: UUID
    number: str
    order_id: UUID | None
    customer_id: UUID | None
    state: str


@event("returns.make_good_proposed")
@dataclass(frozen=True, slots=True)
class MakeGoodProposed:
    """A parcel in trouble would be made good beyond what the rule allows: a person decides."""

    make_good_id: UUID
    order_id: UUID
    customer_id: UUID | None
    trouble: str
    remedy: str
    currency: str
    amount_minor: int


@event("returns.made_good")
@dataclass(frozen=True, slots=True)
class MadeGood:
    """A lost or late parcel was made good."""

    make_good_id: UUID
    order_id: UUID
    customer_id: UUID | None
    trouble: str
    remedy: str
    currency: str
    amount_minor: int
    new_order_id: UUID | None
    is_test: bool = False
