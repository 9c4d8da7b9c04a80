"""What happened to money. Keyed by what the asker gave as ``key`` (the customer, else the order)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("payments.charge_succeeded")
@dataclass(frozen=True, slots=True)
class ChargeSucceeded:
    """Money came in (or is held: ``is_captured`` False) for a cause."""

    charge_id: UUID
    subject: str
    cause: str
    currency: str
    amount_minor: int
    is_captured: bool


@event("payments.charge_captured")
@dataclass(frozen=True, slots=True)
class ChargeCaptured:
    """So much of a hold was taken."""

    charge_id: UUID
    subject: str
    cause: str
    currency: str
    amount_minor: int


@event("payments.charge_voided")
@dataclass(frozen=True, slots=True)
class ChargeVoided:
    """A hold was let go, or ended by itself."""

    charge_id: UUID
    subject: str
    cause: str


@event("payments.charge_disputed")
@dataclass(frozen=True, slots=True)
class ChargeDisputed:
    """The shopper's bank took money back (chargeback), or gave it back to us (``is_won``)."""

    charge_id: UUID
    subject: str
    cause: str
    currency: str
    amount_minor: int
    is_won: bool = False


@event("payments.link_ended")
@dataclass(frozen=True, slots=True)
class LinkEnded:
    """A request to pay ended unpaid: expired, canceled or failed (``state``)."""

    link_id: UUID
    subject: str
    cause: str
    state: str


@event("payments.refund_succeeded")
@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    """Money went back to where it came from. ``external_id`` is the vendor's name for it."""

    refund_id: UUID
    charge_id: UUID
    subject: str
    cause: str
    provider: str
    external_id: str
    currency: str
    amount_minor: int


@event("payments.refund_failed")
@dataclass(frozen=True, slots=True)
class RefundFailed:
    """A refund was refused for good, or came back: the amount is owed again.

    ``words`` say why. It may follow a :class:`RefundSucceeded` of the same refund: banks take
    days to say that an account is closed.
    """

    refund_id: UUID
    charge_id: UUID
    subject: str
    cause: str
    currency: str
    amount_minor: int
    words: str


@event("payments.refund_noticed")
@dataclass(frozen=True, slots=True)
class RefundNoticed:
    """Money went back without having been asked for here, in the vendor's own pages say.

    The charge's refundable amount is lower by it. ``refund_id`` names the row made for it.
    """

    refund_id: UUID
    charge_id: UUID
    subject: str
    cause: str
    provider: str
    external_id: str
    currency: str
    amount_minor: int
