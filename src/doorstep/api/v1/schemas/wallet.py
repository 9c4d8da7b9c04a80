"""Stored value as the API takes and shows it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field

from doorstep.api.v1.schemas.orders import Strict
from doorstep.api.v1.schemas.text import Currency, Day, Identifier, Locale, Long, Moment, Short
from doorstep.rooms.wallet.contracts import Balance, GiftCardView, OwedRow, StatementLine

MOST = 10**12
Amount = Field(strict=True, gt=0, le=MOST, description="Minor units.")
# What orders pay with and give back stands under these names; their books know nothing of what
# others do with them.
_OF_ORDERS = re.compile(r"order:[0-9a-f-]{36}:", re.ASCII | re.IGNORECASE)


def _own(reference: str) -> str:
    if _OF_ORDERS.match(reference):
        raise ValueError(
            "must not begin with order:<id>: (money of an order moves at /orders/{order_id}/…)"
        )
    return reference


OwnName = Annotated[Identifier, AfterValidator(_own)]
Reference = Field(
    description="Your own name for this movement. The same one again moves nothing more."
)


class BalancesQuery(Schema):
    """Whose balances."""

    customer_id: list[UUID] = Field(min_length=1, max_length=200)


class CustomerBalances(Schema):
    """A customer's store credit, by currency."""

    customer_id: UUID
    balances: list[Balance]


class StatementQuery(Schema):
    """Which movements."""

    currency: Currency
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class StatementOut(Schema):
    """A customer's store credit in one currency, with its movements, newest first."""

    balance: Balance
    lines: list[StatementLine]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class CreditIn(Strict):
    """Store credit for a customer."""

    customer_id: UUID
    currency: Currency
    amount_minor: int = Amount
    reference: OwnName = Reference
    words: Short = Field(description="Why; the customer reads it in the statement.")
    expires_at: Moment | None = Field(default=None, description="Leave out: it never ends.")


class TakeBackIn(Strict):
    """Store credit taken back."""

    customer_id: UUID
    currency: Currency
    amount_minor: int = Amount
    reference: OwnName = Reference
    words: Short = Field(description="Why; the customer reads it in the statement.")


class SpendIn(Strict):
    """A payment with a customer's store credit or with a gift card: give one of the two."""

    currency: Currency
    amount_minor: int = Amount
    reference: OwnName = Reference
    words: Short = Field(default="", description="What for; stands in the statement.")
    customer_id: UUID | None = None
    code: Short = Field(default="", description="A gift card's code, as it was typed.")


class GiveBackIn(Strict):
    """Give a payment, or part of it, back to where it came from."""

    spend_reference: OwnName = Field(description="Of the payment.")
    amount_minor: int = Amount
    reference: OwnName = Reference
    words: Short = ""


class GiftCardQuery(Schema):
    """What the list of gift cards is narrowed to."""

    state: Literal["", "active", "waiting", "empty", "expired", "disabled"] = ""
    search: Short = Field(default="", description="Last four characters, a name or an address.")
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class GiftCardsPage(Schema):
    """Some gift cards, newest first, without their codes."""

    items: list[GiftCardView]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class GiftCardIn(Strict):
    """A gift card. With an address it is sent by e-mail, without you hand over the code."""

    currency: Currency
    amount_minor: int = Amount
    recipient_name: Short = ""
    recipient_email: Short = ""
    recipient_locale: Locale = Field(default="", examples=["de"])
    recipient_time_zone: Short = Field(default="", examples=["Europe/Berlin"])
    sender_name: Short = Field(default="", description="As the recipient reads it.")
    words: Long = ""
    send_on: Day | None = Field(
        default=None, description="Sent at nine in the morning of this day where they live."
    )
    expires_at: Moment | None = None
    buyer_id: UUID | None = Field(default=None, description="The customer who bought it.")


class CodeIn(Strict):
    """A gift card's code."""

    code: Short = Field(description="As it was typed; hyphens and spaces do not matter.")


class BlockIn(Strict):
    """Why a gift card is disabled."""

    reason: Short = Field(examples=["Stolen"])


class ResendIn(Strict):
    """Where to send a gift card; empty: where it was sent before."""

    recipient_email: Short = ""


class LiabilityOut(Schema):
    """What is owed to holders of store credit and gift cards, by kind and currency."""

    at: datetime
    rows: list[OwedRow]
