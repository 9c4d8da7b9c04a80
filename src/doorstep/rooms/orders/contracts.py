"""Frozen values that cross the wall of the orders room.

Connectors, the REST API and the CSV import all bring an order in as an :class:`IncomingOrder`;
whatever a vendor calls its fields, this is the one shape the room understands.

All money is in integer minor units of the order's ``currency`` (shop money: what the merchant
books). Where the shopper paid in another currency, the same figures stand a second time in
``presentment_*`` (what the shopper saw).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
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
    """One thing bought. ``quantity`` is at least 1.

    :param variant_id: the catalog's own id, of orders that are made here; it comes before the
        platform's names.
    """

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
    variant_id: UUID | None = None


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
    """Units of one order line given back.

    :param is_net: the amount has no tax in it although the order's prices may include it; the
        order is what knows, so it is made whole when the refund is kept.
    """

    line_external_id: str
    quantity: int
    amount_minor: int = 0
    tax_minor: int = 0
    restock: bool = False
    is_net: bool = False


@dataclass(frozen=True, slots=True)
class IncomingRefund:
    """Money given back on an order, perhaps before the order itself has reached us.

    :param beyond_minor: what the order became cheaper by beyond its lines (shipping, duties), less
        what the shop kept; None: the platform does not say. Where it says, the money that did not
        go back with the lines is owed, or was owed since an edit before; it is no fee.
    """

    external_id: str
    order_external_id: str
    currency: str
    amount_minor: int  # what went back to the shopper, >= 0
    refunded_at: datetime
    lines: tuple[IncomingRefundLine, ...] = ()
    reason: str = ""
    beyond_minor: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingOrder:
    """One order in Doorstep's own words.

    ``version_at`` is the platform's last-modified instant: an incoming order older than what
    is stored changes nothing. ``paid_minor``: what the platform says has come in, before refunds;
    None where it only says whether all of it did.
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
    is_gift: bool = False
    gift_message: str = ""
    gift_wrap: bool = False
    gift_receipt: bool = False  # no prices in the parcel
    canceled_at: datetime | None = None
    cancel_reason: str = ""
    fulfilled_at: datetime | None = None  # set when the platform says everything was shipped
    is_test: bool = False
    payment_method: str = ""
    order_status_url: str = ""
    warnings: tuple[str, ...] = ()  # what the normaliser found odd but bearable
    paid_minor: int | None = None


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


class OrderState(StrEnum):
    """Whether an order can go out. The allowed changes stand in ``rules/states.py``."""

    READY = "ready"  # checked: every line, option and the address are fine
    ON_HOLD = "on_hold"  # at least one hold is open
    SHIPPED = "shipped"  # the platform says that everything went out
    CANCELED = "canceled"
    HISTORY = "history"  # kept for the record; never checked, never messaged


class HoldReason(StrEnum):
    """Why an order waits: a closed list."""

    OUT_OF_STOCK = "out_of_stock"
    ADDRESS_INVALID = "address_invalid"
    OPTIONS_INCOMPLETE = "options_incomplete"
    PAYMENT_PENDING = "payment_pending"
    RISK_REVIEW = "risk_review"
    MANUAL = "manual"
    DELAYED = "delayed"  # until a day the shopper chose; lifts itself
    CHANGING = "changing"  # a change of it is under way: nobody packs what may be another thing


@dataclass(frozen=True, slots=True)
class AddressView:
    """A postal address as it is stored."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country_code: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an order. ``is_removed``: the platform took it off later.

    :param taken_off: pieces that an edit here took off it; its platform may write the same pieces
        as a refund without money.
    """

    id: UUID
    external_id: str
    position: int
    title: str
    variant_title: str
    sku: str
    options: tuple[tuple[str, str], ...]
    properties: tuple[tuple[str, str], ...]
    variant_id: UUID | None
    quantity: int
    unit_price_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int
    presentment_amounts: LineAmounts | None
    requires_shipping: bool
    is_gift_card: bool
    image_url: str
    is_removed: bool
    shipped_quantity: int = 0  # how many of it have left in all
    weight_grams: int | None = None  # of one piece, as the platform says
    product_external_id: str = ""
    variant_external_id: str = ""
    taken_off: int = 0


@dataclass(frozen=True, slots=True)
class ChargeView:
    """Shipping, a fee, a tip or a duty."""

    kind: str
    title: str
    amount_minor: int
    tax_minor: int
    discount_minor: int
    presentment_amount_minor: int | None


@dataclass(frozen=True, slots=True)
class DiscountView:
    """A discount as the shopper knows it."""

    title: str
    code: str
    amount_minor: int
    presentment_amount_minor: int | None


@dataclass(frozen=True, slots=True)
class RefundLineView:
    """Units of one line given back."""

    line_id: UUID
    title: str
    quantity: int
    amount_minor: int
    tax_minor: int
    restock: bool


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money given back."""

    id: UUID
    external_id: str
    currency: str
    amount_minor: int
    refunded_at: datetime
    reason: str
    lines: tuple[RefundLineView, ...]
    beyond_minor: int | None = None  # as in :class:`IncomingRefund`


@dataclass(frozen=True, slots=True)
class HoldView:
    """Why an order waits or waited; open while ``lifted_at`` is None.

    ``details`` by reason: ``{"lines": [{"line_id", "title", "missing"}]}`` for out_of_stock,
    ``{"fields": {field: words}}`` for address_invalid, ``{"lines": [{"external_id", "title",
    "properties"}]}`` for options_incomplete, ``{"rules": [words]}`` for risk_review,
    ``{"note": words}`` for manual, ``{"until": "2026-12-24"}`` for delayed, ``{"change_id",
    "note"}`` for changing. ``words`` says it in one sentence for a person.
    """

    id: UUID
    reason: str
    words: str
    details: dict[str, Any]
    placed_at: datetime
    placed_by: str
    lifted_at: datetime | None
    lifted_by: str
    lifted_how: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """What somebody of the team wrote beside an order."""

    id: UUID
    text: str
    written_at: datetime
    written_by: str
    written_by_label: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """When an order goes out and arrives, as store-local dates; None where nothing is shipped."""

    ship_by_date: date | None
    delivery_from_date: date | None
    delivery_to_date: date | None
    production_days_min: int | None  # made to order only
    production_days_max: int | None


@dataclass(frozen=True, slots=True)
class OrderMark:
    """What names an order to people and systems, without anything about its person."""

    id: UUID
    number: str
    sales_channel: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class OrderHead:
    """What has to be known of an order to say whether it can be changed.

    :param has_left: pieces of it have left.
    """

    id: UUID
    state: str
    placed_at: datetime
    connection_id: UUID | None
    has_left: bool


@dataclass(frozen=True, slots=True)
class OrderPromise:
    """Where an order goes and which days its shopper was promised; None where none were."""

    id: UUID
    number: str
    customer_id: UUID | None
    country_code: str
    region: str
    delivery_from_date: date | None
    delivery_to_date: date | None
    is_test: bool
    is_history: bool


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order as a list shows it."""

    id: UUID
    number: str
    sales_channel: str
    placed_at: datetime
    customer_id: UUID | None
    shopper_name: str
    email: str
    currency: str
    total_minor: int
    refunded_minor: int
    financial_status: str
    state: str
    hold_reasons: tuple[str, ...]
    item_count: int
    country_code: str
    is_history: bool
    is_test: bool


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """One order with all that belongs to it."""

    summary: OrderSummary
    external_id: str
    connection_id: UUID | None
    phone: str
    locale: str
    totals: OrderTotals
    taxes_included: bool
    presentment_currency: str
    presentment_totals: OrderTotals | None
    payment_method: str
    shipping_address: AddressView | None
    billing_address: AddressView | None
    address_is_edited: bool  # changed here; the platform's own is kept aside
    shipping_method: str
    note: str
    tags: tuple[str, ...]
    warnings: tuple[str, ...]
    version_at: datetime
    recorded_at: datetime
    fulfilled_at: datetime | None
    canceled_at: datetime | None
    canceled_by: str
    cancel_reason: str
    estimate: Estimate
    lines: tuple[LineView, ...]
    charges: tuple[ChargeView, ...]
    discounts: tuple[DiscountView, ...]
    refunds: tuple[RefundView, ...]
    holds: tuple[HoldView, ...]  # open ones first, then newest first
    notes: tuple[NoteView, ...]
    is_gift: bool = False
    gift_message: str = ""
    gift_wrap: bool = False
    gift_receipt: bool = False  # no prices in the parcel
    paid_minor: int | None = None  # as in :class:`IncomingOrder`


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; empty means everything but history and tests.

    :param search: words, each a prefix: number, name, e-mail, SKU.
    :param placed_from: store-local days, both inclusive.
    """

    state: str = ""
    hold_reason: str = ""
    sales_channel: str = ""
    financial_status: str = ""
    customer_id: UUID | None = None
    placed_from: date | None = None
    placed_to: date | None = None
    search: str = ""
    include_history: bool = True
    include_tests: bool = True


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Some orders, newest first, and where the next ones begin ("" at the end)."""

    items: tuple[OrderSummary, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step on the shopper's page. ``state`` is done, current, upcoming or problem."""

    name: str  # placed, payment, checked, shipping, shipped, canceled, refunded
    state: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShopperOrder:
    """An order as its shopper may see it on the order page; addresses are masked."""

    id: UUID
    store_id: UUID
    number: str
    placed_at: datetime
    state: str
    financial_status: str
    locale: str
    first_name: str
    email_masked: str
    address_masked: tuple[str, ...]
    shipping_method: str
    currency: str
    totals: OrderTotals
    taxes_included: bool
    presentment_currency: str
    presentment_totals: OrderTotals | None
    refunded_minor: int
    lines: tuple[LineView, ...]
    charges: tuple[ChargeView, ...]
    discounts: tuple[DiscountView, ...]
    refunds: tuple[RefundView, ...]
    estimate: Estimate
    milestones: tuple[Milestone, ...]
    hold_reasons: tuple[str, ...]  # open ones, as HoldReason
    updated_at: datetime  # when something on it last changed
    needs_address: bool  # only the shopper can help: the address can't be delivered to
    customer_id: UUID | None
    connection_id: UUID | None = None
    has_left: bool = False  # pieces of it have left

    @property
    def head(self) -> OrderHead:
        """What has to be known of it to say whether it can be changed."""
        return OrderHead(self.id, self.state, self.placed_at, self.connection_id, self.has_left)


@dataclass(frozen=True, slots=True)
class AskedApproval:
    """What somebody of the team asked to do above their limit, as a person may read it."""

    action: str
    arguments: Mapping[str, Any]
    currency: str
    amount_minor: int
    state: str
    asked_at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """How many orders stand where (tests and history apart)."""

    all: int
    ready: int
    on_hold: int
    shipped: int
    canceled: int
    by_hold_reason: dict[str, int]


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """The answer to one incoming refund; ``order_id`` None: its order is not known yet."""

    external_id: str
    order_external_id: str
    order_id: UUID | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What a history import has done so far."""

    seen: int = 0
    imported: int = 0
    known_before: int = 0
    rejected: int = 0
    problems: tuple[tuple[str, str], ...] = ()  # (external id, words); the first hundred


@dataclass(frozen=True, slots=True)
class LineToShip:
    """A line as shipping sees it.

    :param ordered: pieces on the order, 0 when the line was removed.
    :param quantity: pieces that go to the shopper in all: less what was given back to the shelf
        with a refund, and 0 for what needs no shipping.
    :param shipped_quantity: how many of them have left.
    """

    id: UUID
    external_id: str
    variant_id: UUID | None
    title: str
    variant_title: str
    options: tuple[tuple[str, str], ...]
    properties: tuple[tuple[str, str], ...]
    sku: str
    image_url: str
    weight_grams: int | None
    ordered: int
    quantity: int
    shipped_quantity: int


@dataclass(frozen=True, slots=True)
class OrderToShip:
    """An order as shipping sees it, with its lines by their position."""

    id: UUID
    number: str
    sales_channel: str
    customer_id: UUID | None
    state: str
    is_history: bool
    is_test: bool
    is_erased: bool
    placed_at: datetime
    fulfilled_at: datetime | None
    is_shipped_here: bool  # our own shipments say so, not the platform
    shipping_address: AddressView | None
    country_code: str
    shopper_name: str
    shipping_method: str
    ship_by_date: date | None
    is_gift: bool
    hold_reasons: tuple[str, ...]  # open ones
    hold_words: str  # why it waits, in words; "" when it does not
    lines: tuple[LineToShip, ...]


@dataclass(frozen=True, slots=True)
class ShippedTotals:
    """How many pieces of an order's lines have left *in all*: telling it twice changes nothing.

    :param lines: line → pieces; lines that are not named stay as they are.
    :param left_from: line → the location its newest pieces left from.
    """

    order_id: UUID
    lines: Mapping[UUID, int]
    shipped_at: datetime
    left_from: Mapping[UUID, UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """How orders are treated in this store.

    :param live_days: an order placed longer ago than this is kept as history when it arrives.
    :param review_above_minor: total (store currency, minor units) from which an order whose
        billing country is not the shipping country is looked at; None: never.
    :param closed_dates: days on which nothing is made or shipped, beside the weekend.
    :param required_properties: SKU → line properties that must be filled in before the thing can
        be made ("Engraving").
    :param gift_card_skus: what is sold under these is a gift card, and issued here once it is paid.
    :param issues_platform_cards: also what a connected shop itself calls a gift card; else the
        shop issues those (Shopify does, and WooCommerce's plugin), and two codes would be too many.
    """

    live_days: int = 3
    review_above_minor: int | None = None
    closed_dates: tuple[date, ...] = ()
    required_properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gift_card_skus: tuple[str, ...] = ()
    issues_platform_cards: bool = False


@dataclass(frozen=True, slots=True)
class SoldCards:
    """A line of gift cards, with what issuing them takes.

    :param pieces: how many are to be had: bought, less taken off and refunded; 0 when canceled.
    :param is_paid: the platform says that the order is paid (or was, before refunds).
    :param is_issued_here: by the store's settings; False: the shop issues them.
    """

    order_id: UUID
    line_id: UUID
    pieces: int
    unit_price_minor: int
    currency: str
    customer_id: UUID | None
    email: str
    shopper_name: str
    locale: str
    properties: tuple[tuple[str, str], ...]
    is_paid: bool
    is_issued_here: bool


@dataclass(frozen=True, slots=True)
class LineEdit:
    """How many pieces of a line the shopper is to get in all; 0 takes it off."""

    line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class NewLine:
    """Something that comes onto an order.

    :param unit_price_minor: in the order's currency, as the order's prices are (with or without
        tax).
    :param instead_of: the line whose pieces it replaces: it keeps their discount, and its tax rate.
    """

    variant_id: UUID
    quantity: int
    unit_price_minor: int
    instead_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class EditedLine:
    """A line as an edit leaves it; ``quantity`` 0: it is gone. ``line_id`` None: not there yet."""

    line_id: UUID | None
    variant_id: UUID | None
    title: str
    variant_title: str
    before_quantity: int
    quantity: int
    before_minor: int
    total_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class LinesQuote:
    """What an edit comes to: exactly the figures the edit would write.

    :param total_minor: the order's total afterwards; ``difference_minor`` above 0: more to pay.
    """

    order_id: UUID
    currency: str
    lines: tuple[EditedLine, ...]
    before_minor: int
    total_minor: int
    difference_minor: int


@dataclass(frozen=True, slots=True)
class LinesApplied:
    """What was written.

    :param undo: edits that bring the order back to where it was, to the cent.
    :param added: the new lines' ids, in the order given.
    """

    quote: LinesQuote
    undo: tuple[LineEdit, ...]
    added: tuple[UUID, ...]
