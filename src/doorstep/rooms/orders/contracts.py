"""Frozen values that cross the wall of the orders room.

Connectors, the REST API and the CSV import all bring an order in as an :class:`IncomingOrder`;
whatever a vendor calls its fields, this is the one shape the room understands.

All money is in integer minor units of the order's ``currency`` (shop money: what the merchant
books). Where the shopper paid in another currency, the same figures stand a second time in
``presentment_*`` (what the shopper saw).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class FinancialStatus(StrEnum):
    """Where the money for an order stands."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"


class ChargeKind(StrEnum):
    """What an order-level charge is for."""

    SHIPPING = "shipping"
    FEE = "fee"
    TIP = "tip"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class IncomingAddress:
    """A postal address as the platform gave it; nothing is guessed here."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country_code: str = ""  # ISO 3166-1 alpha-2, upper case, "" when unknown
    phone: str = ""


@dataclass(frozen=True, slots=True)
class IncomingPerson:
    """Who bought, as far as the platform tells."""

    platform_id: str = ""  # the platform's own customer id, "" for guests
    email: str = ""
    phone: str = ""
    name: str = ""
    locale: str = ""  # BCP 47, e.g. "de-AT"
    accepts_marketing: bool | None = None  # None: the payload does not say


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """Money of one line in minor units.

    ``total = unit_price * quantity - discount`` (plus tax where prices exclude it is *not*
    added: tax stands apart). ``discount`` is the line's own plus its share of order discounts.
    """

    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class IncomingLine:
    """One thing bought. ``quantity`` is at least 1."""

    external_id: str
    title: str
    quantity: int
    amounts: LineAmounts
    presentment_amounts: LineAmounts | None = None
    sku: str = ""
    variant_title: str = ""
    options: tuple[tuple[str, str], ...] = ()  # ("Color", "Blue")
    properties: tuple[tuple[str, str], ...] = ()  # engraving, note on the line
    product_external_id: str = ""
    variant_external_id: str = ""
    requires_shipping: bool = True
    is_gift_card: bool = False
    weight_grams: int | None = None
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class IncomingCharge:
    """Shipping, a fee, a tip or a duty: amount after its own discount, tax apart."""

    kind: ChargeKind
    title: str
    amount_minor: int
    tax_minor: int = 0
    discount_minor: int = 0
    presentment_amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingDiscount:
    """A discount as the shopper knows it (code or campaign name); display only.

    The amounts already sit in the lines and charges it was given on.
    """

    title: str
    amount_minor: int
    code: str = ""
    presentment_amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """The order's sums in minor units.

    ``subtotal - discount + shipping + fees + tips + duties + (tax unless taxes_included)
    + adjustment == total``. ``subtotal`` is before discounts. ``adjustment`` is whatever the
    payload's own total contains that none of its parts explains (cash rounding, store credit);
    it is shown, never hidden.
    """

    subtotal_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    fees_minor: int = 0
    tips_minor: int = 0
    duties_minor: int = 0
    adjustment_minor: int = 0


@dataclass(frozen=True, slots=True)
class IncomingRefundLine:
    """Units of one order line given back."""

    line_external_id: str
    quantity: int
    amount_minor: int = 0
    tax_minor: int = 0
    restock: bool = False


@dataclass(frozen=True, slots=True)
class IncomingRefund:
    """Money given back on an order, perhaps before the order itself has reached us."""

    external_id: str
    order_external_id: str
    currency: str
    amount_minor: int  # what went back to the shopper, >= 0
    refunded_at: datetime
    lines: tuple[IncomingRefundLine, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """One order in Doorstep's own words.

    ``version_at`` is the platform's last-modified instant: an incoming order older than what
    is stored changes nothing.
    """

    external_id: str
    number: str  # what the shopper calls it, e.g. "#1001"
    currency: str  # ISO 4217
    placed_at: datetime
    version_at: datetime
    totals: OrderTotals
    lines: tuple[IncomingLine, ...]
    financial_status: FinancialStatus = FinancialStatus.PENDING
    person: IncomingPerson = field(default_factory=IncomingPerson)
    charges: tuple[IncomingCharge, ...] = ()
    discounts: tuple[IncomingDiscount, ...] = ()
    refunds: tuple[IncomingRefund, ...] = ()
    taxes_included: bool = False
    presentment_currency: str = ""  # "" when the same as currency
    presentment_totals: OrderTotals | None = None
    shipping_address: IncomingAddress | None = None
    billing_address: IncomingAddress | None = None
    shipping_method: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    canceled_at: datetime | None = None
    cancel_reason: str = ""
    fulfilled_at: datetime | None = None  # set when the platform says everything was shipped
    is_test: bool = False
    payment_method: str = ""
    order_status_url: str = ""
    warnings: tuple[str, ...] = ()  # what the normaliser found odd but bearable


class RecordOutcome(StrEnum):
    """What recording one incoming order did."""

    PLACED = "placed"
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # same or older version than what is known
    IMPORTED = "imported"  # history: kept, but nobody is told


@dataclass(frozen=True, slots=True)
class RecordedOrder:
    """The answer to one incoming order, in the order they were given."""

    external_id: str
    order_id: UUID
    outcome: RecordOutcome
