"""Frozen values that cross the wall of the billing room: what an order costs, what was paid for it
and what went back.

All amounts are integer minor units of the order's own currency. Every movement of an order's money
is a *booking* of entries that add up to zero (``models``); what is shown is derived from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Account(StrEnum):
    """Where an entry of a booking stands. A plus is a debit, a minus a credit."""

    # What the order costs: minus when it is sold, plus when it is taken back.
    GOODS = "goods"  # list price of a line, without tax
    DISCOUNT = "discount"  # plus: less to pay
    TAX = "tax"
    SHIPPING = "shipping"
    FEE = "fee"
    TIP = "tip"
    DUTY = "duty"
    ADJUSTMENT = "adjustment"  # what the platform's own total has beyond its parts
    ALLOWANCE = "allowance"  # plus: let off as goodwill
    RETURN_FEE = "return_fee"  # minus: restocking and labels that the shopper pays
    BONUS = "bonus"  # plus: given on top of store credit
    # What the shopper owes (plus) or is owed (minus): everything meets here.
    RECEIVABLE = "receivable"
    # How it was settled.
    PAID = "paid"  # plus: money that came in, minus: that went back
    REFUND_DUE = "refund_due"  # minus: on its way back
    CREDIT = "credit"  # minus: given as store credit, plus: paid with stored value
    TRANSFER = "transfer"  # minus: moved to another order (an exchange), plus: moved here
    DISPUTED = "disputed"  # minus: the shopper's bank took it back (chargeback)


# Orders that Doorstep itself makes (exchanges, replacements): nobody but these books knows what was
# paid for them.
OWN_CHANNEL = "doorstep"

OBLIGATIONS = frozenset(list(Account)[: list(Account).index(Account.RECEIVABLE)])


class PayBack(StrEnum):
    """Where money that is owed to the shopper goes."""

    SOURCE = "source"  # to what it was paid with, the newest payment first
    STORE_CREDIT = "store_credit"
    NONE = "none"  # stays on the order: it settles an exchange or a later change


@dataclass(frozen=True, slots=True)
class GiveBackLine:
    """Pieces of one line that are taken back.

    :param quantity: 0: the shopper keeps all of them, only ``amount_minor`` goes back.
    :param amount_minor: what goes back of it in all, tax included; None: these pieces' exact share
        of what was paid for the line.
    """

    line_id: UUID
    quantity: int
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class GiveBack:
    """What an order is made cheaper by, afterwards.

    :param shipping_minor: of the shipping, tax included; None: all that is left of it.
    :param allowance_minor: goodwill beyond lines and shipping.
    :param fee_minor: what is kept (restocking, label), at most what goes back.
    :param words: why, as the books keep it.
    """

    lines: tuple[GiveBackLine, ...] = ()
    shipping_minor: int | None = 0
    allowance_minor: int = 0
    fee_minor: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class LineShare:
    """What pieces of a line are worth, by the original allocation.

    ``total = goods - discount + tax``; ``goods`` is without tax also where prices include it.
    """

    line_id: UUID
    title: str
    quantity: int
    goods_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class BackTo:
    """So much of it goes back there. ``charge_id`` None: stored value (``label`` says which)."""

    label: str
    amount_minor: int
    charge_id: UUID | None
    provider: str


@dataclass(frozen=True, slots=True)
class GiveBackQuote:
    """Exactly what a :class:`GiveBack` comes to, line by line, before anything happens.

    ``total = Σ lines + shipping + shipping_tax + allowance - fee``.

    :param payable_minor: what can be paid out of it: the rest only makes an unpaid order cheaper.
    :param sources: where a refund to the source would go, in this order.
    :param words: the arithmetic in sentences, one a step.
    """

    order_id: UUID
    currency: str
    lines: tuple[LineShare, ...]
    shipping_minor: int
    shipping_tax_minor: int
    allowance_minor: int
    fee_minor: int
    total_minor: int
    payable_minor: int
    sources: tuple[BackTo, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What was booked, and the refunds that were asked for (they succeed or fail later).

    :param credit_minor: store credit given, bonus included.
    :param is_repeat: the cause had been booked before; nothing moved now.
    """

    booking_id: UUID
    quote: GiveBackQuote
    how: PayBack
    refund_ids: tuple[UUID, ...]
    refund_minor: int
    credit_minor: int
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class LineMoney:
    """What one line costs now and what went back of it.

    :param back_quantity: pieces taken back so far; ``left_minor`` what can still go back (tax in).
    """

    line_id: UUID
    title: str
    quantity: int
    goods_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int
    back_quantity: int
    back_minor: int
    left_minor: int


@dataclass(frozen=True, slots=True)
class SoldLine:
    """What one line was sold for after all changes, whatever went back of it since.

    :param total_minor: discount off, tax in.
    """

    line_id: UUID
    quantity: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry of a booking."""

    account: Account
    part: str  # line, shipping, fee, tip, duty, order
    line_id: UUID | None
    quantity: int  # pieces: plus sold, minus taken back
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BookingView:
    """One movement of an order's money and why; its entries add up to zero."""

    id: UUID
    kind: str
    cause: str
    words: str
    booked_at: datetime
    booked_by: str
    entries: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """An order's money now, derived from its bookings.

    :param total_minor: what it costs after changes and what was given back.
    :param paid_minor: money that came in, less what the bank took back.
    :param refunded_minor: money that went back; ``pending_minor`` is on its way.
    :param credited_minor: given as store credit (bonus included); ``by_credit_minor`` paid by it.
    :param outstanding_minor: plus: the shopper owes, minus: is owed.
    :param refundable_minor: what could still be given back at most.
    """

    order_id: UUID
    customer_id: UUID | None
    currency: str
    by_account: dict[Account, int] = field(hash=False)
    lines: tuple[LineMoney, ...] = ()
    shipping_left_minor: int = 0
    total_minor: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0
    pending_minor: int = 0
    credited_minor: int = 0
    by_credit_minor: int = 0
    outstanding_minor: int = 0
    refundable_minor: int = 0
    bookings: tuple[BookingView, ...] = ()
