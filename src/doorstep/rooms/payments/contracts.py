"""Frozen values that cross the wall of the payments room.

Payments know no orders: whatever money is about is a ``subject`` ("order:<uuid>"), why it moves a
``cause`` that moves it once ("return:<uuid>:refund"). Amounts are integer minor units > 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ChargeState(StrEnum):
    """Where money that came in stands."""

    AUTHORIZED = "authorized"  # held on the card, not taken
    CAPTURED = "captured"
    VOIDED = "voided"  # the hold was let go
    DISPUTED = "disputed"  # a chargeback: nothing can be refunded any more
    FAILED = "failed"


class RefundState(StrEnum):
    """Where money that goes out stands."""

    REQUESTED = "requested"  # kept, the vendor is asked after the commit
    SENT = "sent"  # the vendor was asked; the answer is not known (yet)
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # refused for good: nothing moved
    NEEDS_PERSON = "needs_person"  # manual, or the outcome can't be found out


class LinkState(StrEnum):
    """Where a request to pay stands."""

    REQUESTED = "requested"
    OPEN = "open"  # can be paid at ``url``
    PAID = "paid"
    EXPIRED = "expired"
    CANCELED = "canceled"
    FAILED = "failed"  # the provider would not make it


class Capture(StrEnum):
    """When a payment link takes the money."""

    NOW = "now"
    LATER = "later"  # a hold: captured or voided by a later call


@dataclass(frozen=True, slots=True)
class ChargeView:
    """Money that came in. ``provider`` says through whom it goes back.

    :param refunded_minor: what went or is on its way back of it.
    """

    id: UUID
    subject: str
    cause: str
    provider: str  # "stripe", "shopify", "woocommerce", "manual", …
    external_id: str
    method_label: str  # "Visa ending in 4242"
    currency: str
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    state: ChargeState
    charged_at: datetime
    hold_ends_at: datetime | None = None  # when a hold that is not taken ends by itself
    words: str = ""  # what a person should know: why it was disputed, why a hold ended

    @property
    def refundable_minor(self) -> int:
        """What can still go back of it."""
        return self.captured_minor - self.refunded_minor if self.state == "captured" else 0


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money on its way back; ``words`` say what a person should know or do."""

    id: UUID
    charge_id: UUID
    subject: str
    cause: str
    provider: str
    currency: str
    amount_minor: int
    state: RefundState
    external_id: str
    words: str
    requested_at: datetime
    settled_at: datetime | None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkView:
    """A request to pay. ``url`` is the provider's page, "" until it is open.

    :param page_url: our own page, which is what shoppers are sent: it leads on to the provider's
        and makes that anew when it is over (a provider's page lives a day, a request may longer).
    """

    id: UUID
    subject: str
    cause: str
    provider: str
    currency: str
    amount_minor: int
    capture: Capture
    words: str  # what it is for, as the shopper reads it
    state: LinkState
    url: str
    charge_id: UUID | None
    expires_at: datetime | None
    page_url: str = ""


class CallKind(StrEnum):
    """What a vendor is asked to do."""

    REFUND = "refund"
    OPEN_LINK = "open_link"
    CLOSE_LINK = "close_link"
    LOOK_AT_LINK = "look_at_link"
    CAPTURE = "capture"
    VOID = "void"


class CallState(StrEnum):
    """Where asking a vendor stands."""

    DUE = "due"  # asked at ``due_at``, again with the same key
    DONE = "done"
    PARKED = "parked"  # asked in vain too often: a person looks


@dataclass(frozen=True, slots=True)
class CallTrouble:
    """A vendor that can't be asked, or does not answer.

    :param words: what came of the last attempt, and what to do.
    :param due_at: the next attempt, None when it is parked.
    """

    id: UUID
    kind: CallKind
    provider: str
    provider_label: str
    subject: str
    currency: str
    amount_minor: int
    attempts: int
    words: str
    state: CallState
    due_at: datetime | None
    first_asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayPage:
    """What our own page for a request to pay says.

    :param go_url: where the button leads now, "" while there is nowhere (``is_preparing``).
    """

    link: LinkView
    go_url: str
    is_preparing: bool
    is_closing: bool
    is_checking: bool  # the shopper came back and the vendor has not told us yet


# What a vendor reports by itself (webhooks), in our words. ``payment_id`` is the charge's external
# id, amounts are minor units of ISO 4217.


@dataclass(frozen=True, slots=True)
class LinkPaid:
    """A request to pay was paid, or the money is held (``is_captured`` False)."""

    link_id: UUID
    payment_id: str
    currency: str
    amount_minor: int
    is_captured: bool
    method_label: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class LinkPageClosed:
    """A page where a shopper could pay is over. ``external_id`` says which one of the request's."""

    link_id: UUID
    external_id: str


@dataclass(frozen=True, slots=True)
class HoldTaken:
    """So much of a hold was taken."""

    payment_id: str
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """A hold is over without having been taken."""

    payment_id: str
    at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class MethodNamed:
    """What a charge was paid with."""

    payment_id: str
    method_label: str


@dataclass(frozen=True, slots=True)
class RefundReported:
    """A refund as the vendor holds it now.

    :param refund_id: ours, where the vendor's note names one.
    :param state: SENT while the vendor has not settled it.
    """

    refund_id: UUID | None
    external_id: str
    payment_id: str
    currency: str
    amount_minor: int
    state: RefundState
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeReported:
    """A chargeback was opened, or decided. ``is_won`` None while it is open."""

    payment_id: str
    currency: str
    amount_minor: int
    is_won: bool | None
    words: str
    at: datetime


Report = (
    LinkPaid
    | LinkPageClosed
    | HoldTaken
    | HoldEnded
    | MethodNamed
    | RefundReported
    | DisputeReported
)
