"""An order's money as the API takes and shows it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Identifier, Long, Short
from doorstep.rooms.billing.contracts import BookingView, GiveBackQuote, LineMoney

MOST = 10**12
Some = Field(default=0, strict=True, ge=0, le=MOST, description="Minor units.")


class MoneyOut(Schema):
    """An order's money, in minor units of its currency. Each booking adds up to zero."""

    order_id: UUID
    currency: str
    total_minor: int = Field(description="What it costs now.")
    paid_minor: int
    by_credit_minor: int = Field(description="Paid with store credit or gift cards.")
    refunded_minor: int
    pending_minor: int = Field(description="On its way back.")
    credited_minor: int = Field(description="Given as store credit.")
    outstanding_minor: int = Field(description="Plus: the shopper owes, minus: is owed.")
    refundable_minor: int
    shipping_left_minor: int
    lines: list[LineMoney]
    bookings: list[BookingView]


class BackLine(Strict):
    """Pieces of a line that go back, or an amount of it."""

    line_id: UUID
    quantity: int = Field(default=0, strict=True, ge=0, le=100_000)
    amount_minor: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=MOST,
        description="Tax included. Leave out: the pieces' exact share of what was paid.",
    )


class GiveBackIn(Strict):
    """What goes back of an order."""

    lines: list[BackLine] = Field(default=[], max_length=500)
    shipping_minor: int | None = Field(
        default=0, strict=True, ge=0, le=MOST, description="null: all that is left of it."
    )
    amount_minor: int = Some
    fee_minor: int = Some
    reason: Long = ""


class RefundIn(GiveBackIn):
    """A refund to what the order was paid with."""

    reference: Identifier = Field(description="Your own name for it. The same again moves nothing.")


class CreditIn(RefundIn):
    """Store credit for an order."""

    bonus_minor: int = Some


class PaymentIn(Strict):
    """A request to pay what is outstanding."""

    reference: Identifier
    words: Short = Field(default="", description="What it is for; the shopper reads it.")


class GivenBackOut(Schema):
    """What was booked. Refunds move afterwards: `billing.refund_settled` says how they ended."""

    booking_id: UUID
    how: str
    refund_ids: list[UUID]
    refund_minor: int
    credit_minor: int
    is_repeat: bool
    quote: GiveBackQuote


class PaymentOut(Schema):
    """A request to pay."""

    id: UUID
    currency: str
    amount_minor: int
    state: str
    page_url: str = Field(description="What the shopper is sent.")
    expires_at: datetime | None
