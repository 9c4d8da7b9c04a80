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
    """A request to pay. ``url`` is the provider's page, "" until it is open."""

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
