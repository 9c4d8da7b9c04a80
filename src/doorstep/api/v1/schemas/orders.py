"""Orders as the API takes them, and how they become the orders room's own shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import (
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from doorstep.api.bodies import printable
from doorstep.api.problems import FieldProblem, found
from doorstep.api.v1.schemas.text import (
    Channel,
    Country,
    Currency,
    Identifier,
    Line,
    Locale,
    Long,
    Minor,
    Moment,
    Short,
    SignedMinor,
    WebAddress,
)
from doorstep.kernel import money
from doorstep.kernel.errors import Invalid
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingAddress,
    IncomingCharge,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    LineAmounts,
    OrderTotals,
)


class Strict(Schema):
    """Refuses fields it does not know: a typing mistake must not pass in silence."""

    model_config = ConfigDict(extra="forbid")


class AddressIn(Strict):
    """A postal address."""

    name: Line = ""
    company: Line = ""
    line1: Line = ""
    line2: Line = ""
    city: Line = ""
    region: Line = ""
    postal_code: Line = ""
    country_code: Country = ""
    phone: Line = ""


class PersonIn(Strict):
    """Who bought."""

    platform_id: Short = Field(default="", description="Your own customer number.")
    email: Short = ""
    phone: Short = ""
    name: Short = ""
    locale: Locale = Field(default="", examples=["de-AT"])
    accepts_marketing: StrictBool | None = None


class NamedValue(Strict):
    """A name and its value, as an option (Color: Blue) or a wish (Engraving: Maya)."""

    name: Short
    value: Long


class LineIn(Strict):
    """One thing bought; its total is `unit_price_minor × quantity − discount_minor`."""

    external_id: Identifier
    title: Short
    quantity: int = Field(strict=True, ge=1, le=1_000_000)
    unit_price_minor: Minor
    discount_minor: Minor = 0
    tax_minor: Minor = 0
    sku: Short = ""
    variant_title: Short = ""
    options: list[NamedValue] = Field(default_factory=list, max_length=50)
    properties: list[NamedValue] = Field(default_factory=list, max_length=50)
    product_external_id: Short = ""
    variant_external_id: Short = ""
    requires_shipping: StrictBool = True
    is_gift_card: StrictBool = False
    weight_grams: int | None = Field(default=None, strict=True, ge=0, le=2_000_000_000)
    image_url: WebAddress = ""

    def total_minor(self) -> int:
        """Return what the line costs, without tax that comes on top."""
        return self.unit_price_minor * self.quantity - self.discount_minor

    def incoming(self) -> IncomingLine:
        """Return the line in the orders room's shape."""
        return IncomingLine(
            external_id=self.external_id,
            title=self.title,
            quantity=self.quantity,
            amounts=LineAmounts(
                self.unit_price_minor, self.discount_minor, self.tax_minor, self.total_minor()
            ),
            sku=self.sku,
            variant_title=self.variant_title,
            options=tuple((pair.name, pair.value) for pair in self.options),
            properties=tuple((pair.name, pair.value) for pair in self.properties),
            product_external_id=self.product_external_id,
            variant_external_id=self.variant_external_id,
            requires_shipping=self.requires_shipping,
            is_gift_card=self.is_gift_card,
            weight_grams=self.weight_grams,
            image_url=self.image_url,
        )


class ChargeIn(Strict):
    """Shipping, a fee, a tip or a duty; the amount is after its own discount."""

    kind: ChargeKind
    title: Short = ""
    amount_minor: Minor
    tax_minor: Minor = 0


class DiscountIn(Strict):
    """A discount by name or code, for show: its amount already sits in the lines."""

    title: Short = ""
    code: Short = ""
    amount_minor: Minor


class OrderIn(Strict):
    """An order. Amounts are integers in minor units of `currency` (1999 is 19.99 EUR)."""

    external_id: Identifier = Field(description="Your own id; sending it again updates the order.")
    number: Identifier = Field(description="What the shopper calls it.", examples=["#1001"])
    currency: Currency
    placed_at: Moment
    updated_at: Moment | None = Field(
        default=None, description="Older than what is known changes nothing. Default: placed_at."
    )
    lines: list[LineIn] = Field(min_length=1, max_length=1000)
    charges: list[ChargeIn] = Field(default_factory=list, max_length=50)
    discounts: list[DiscountIn] = Field(default_factory=list, max_length=50)
    taxes_included: StrictBool = False
    financial_status: FinancialStatus = FinancialStatus.PAID
    total_minor: SignedMinor | None = Field(
        default=None, description="Checked against the sum of the parts where given."
    )
    person: PersonIn = Field(default_factory=PersonIn)
    shipping_address: AddressIn | None = None
    billing_address: AddressIn | None = None
    shipping_method: Short = ""
    payment_method: Short = ""
    note: Long = ""
    tags: list[Short] = Field(default_factory=list, max_length=100)
    is_gift: StrictBool = False
    gift_message: Long = Field(default="", description="Goes into the parcel, as written.")
    gift_wrap: StrictBool = False
    gift_receipt: StrictBool = Field(default=False, description="No prices in the parcel.")
    canceled_at: Moment | None = None
    cancel_reason: Short = ""
    fulfilled_at: Moment | None = None
    is_test: StrictBool = False

    def incoming(self) -> IncomingOrder:
        """Return the order in the orders room's shape.

        :raises Invalid: unknown currency, or a total that is not the sum of its parts.
        """
        money.exponent(self.currency)
        totals = self._totals()
        return IncomingOrder(
            external_id=self.external_id,
            number=self.number,
            currency=self.currency,
            placed_at=self.placed_at,
            version_at=self.updated_at or self.placed_at,
            totals=totals,
            lines=tuple(line.incoming() for line in self.lines),
            financial_status=self.financial_status,
            person=IncomingPerson(**self.person.model_dump()),
            charges=tuple(
                IncomingCharge(c.kind, c.title, c.amount_minor, c.tax_minor) for c in self.charges
            ),
            discounts=tuple(
                IncomingDiscount(d.title, d.amount_minor, d.code) for d in self.discounts
            ),
            taxes_included=self.taxes_included,
            shipping_address=_address(self.shipping_address),
            billing_address=_address(self.billing_address),
            shipping_method=self.shipping_method,
            note=self.note,
            tags=tuple(self.tags),
            is_gift=self.is_gift or bool(self.gift_message),
            gift_message=self.gift_message,
            gift_wrap=self.gift_wrap,
            gift_receipt=self.gift_receipt,
            canceled_at=self.canceled_at,
            cancel_reason=self.cancel_reason,
            fulfilled_at=self.fulfilled_at,
            is_test=self.is_test,
            payment_method=self.payment_method,
        )

    def _totals(self) -> OrderTotals:
        ids = [line.external_id for line in self.lines]
        if len(set(ids)) != len(ids):
            raise Invalid("Two lines have the same external_id.", field="lines")
        subtotal = sum(line.unit_price_minor * line.quantity for line in self.lines)
        discount = sum(line.discount_minor for line in self.lines)
        by_kind = dict.fromkeys(ChargeKind, 0)
        for charge in self.charges:
            by_kind[charge.kind] += charge.amount_minor
        tax = sum(line.tax_minor for line in self.lines)
        tax += sum(charge.tax_minor for charge in self.charges)
        total = subtotal - discount + sum(by_kind.values()) + (0 if self.taxes_included else tax)
        if self.total_minor is not None and self.total_minor != total:
            raise Invalid(
                f"The parts sum up to {total}, not to {self.total_minor}.", field="total_minor"
            )
        if total > money.MAX_MINOR // 10:
            raise Invalid("The amounts are too large.", field="lines")
        return OrderTotals(
            subtotal_minor=subtotal,
            discount_minor=discount,
            shipping_minor=by_kind[ChargeKind.SHIPPING],
            tax_minor=tax,
            total_minor=total,
            fees_minor=by_kind[ChargeKind.FEE],
            tips_minor=by_kind[ChargeKind.TIP],
            duties_minor=by_kind[ChargeKind.DUTY],
        )


def _address(given: AddressIn | None) -> IncomingAddress | None:
    return IncomingAddress(**given.model_dump()) if given else None


class NewOrder(OrderIn):
    """One order and where it was sold."""

    sales_channel: Channel = Field(
        default="api", description="`external_id` is unique within its sales channel."
    )


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item of a set that is not an order, and why."""

    external_id: str
    errors: list[FieldProblem]


def _keep_apart(value: Any, handler: ValidatorFunctionWrapHandler) -> OrderIn | BadItem:
    """Read one order; what is wrong with it must not lose the others."""
    try:
        return handler(value)
    except ValidationError as error:
        name = value.get("external_id", "") if isinstance(value, dict) else ""
        findings = error.errors(include_url=False, include_input=False, include_context=False)
        return BadItem(
            printable(name) if isinstance(name, str) else "",
            [found(item["loc"], item["msg"]) for item in findings[:20]],
        )


class BulkIn(Strict):
    """Orders of one sales channel."""

    sales_channel: Channel = Field(
        default="api", description="`external_id` is unique within its sales channel."
    )
    mode: Literal["live", "history"] = Field(
        default="live",
        description="`history` keeps orders for the record: no stock is reserved and nobody is "
        "ever messaged about them.",
    )
    orders: list[Annotated[OrderIn, WrapValidator(_keep_apart)]] = Field(
        min_length=1, max_length=500
    )


class RecordedOut(Schema):
    """What became of one order.

    `placed`: new. `updated`: a newer version of a known one. `unchanged`: known in this version
    or a newer one. `imported`: kept as history. `rejected`: see `errors`; nothing was kept of it.
    """

    external_id: str
    order_id: UUID | None
    outcome: Literal["placed", "updated", "unchanged", "imported", "rejected"]
    errors: list[FieldProblem] = Field(default_factory=list)


class BulkOut(Schema):
    """What became of each order, in the order they were sent."""

    results: list[RecordedOut]
    accepted: int
    rejected: int
