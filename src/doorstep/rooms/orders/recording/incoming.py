"""What an incoming order must be before it is kept; every refusal names the field."""

from __future__ import annotations

from doorstep.kernel.errors import Invalid
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import (
    IncomingAddress,
    IncomingLine,
    IncomingOrder,
    IncomingRefund,
    LineAmounts,
    OrderTotals,
)

# Far above any order, far below where sums of sums overflow a bigint.
MAX_AMOUNT = 10**15
MAX_QUANTITY = 1_000_000
MAX_LINES = 10_000


def check_incoming(order: IncomingOrder) -> None:
    """Raise unless the order can be kept as it is.

    :raises Invalid: with ``field`` naming what is wrong, like ``lines[2].quantity``.
    """
    if not order.external_id.strip():
        raise Invalid("The order has no id of its own.", field="external_id")
    exponent(order.currency)
    if order.presentment_currency:
        exponent(order.presentment_currency)
    for name in ("placed_at", "version_at", "canceled_at", "fulfilled_at"):
        instant = getattr(order, name)
        if instant is not None and instant.tzinfo is None:
            raise Invalid("The time has no time zone.", field=name)
    _check_lines(order.lines)
    _check_totals(order.totals, order.taxes_included)
    for nth, charge in enumerate(order.charges):
        _check_amounts((charge.amount_minor, charge.tax_minor), f"charges[{nth}]", lowest=0)
    for refund in order.refunds:
        check_refund(refund)
    _check_text(order)


def check_refund(refund: IncomingRefund) -> None:
    """Raise unless the refund can be kept as it is. :raises Invalid: naming the field."""
    if not refund.external_id.strip():
        raise Invalid("The refund has no id of its own.", field="refunds.external_id")
    exponent(refund.currency)
    _check_amounts((refund.amount_minor,), "refunds.amount_minor", lowest=0)
    if refund.refunded_at.tzinfo is None:
        raise Invalid("The time has no time zone.", field="refunds.refunded_at")
    for line in refund.lines:
        if not 0 <= line.quantity <= MAX_QUANTITY:
            raise Invalid(
                f"{line.quantity} is not a number of pieces.", field="refunds.lines.quantity"
            )
        _check_amounts((line.amount_minor, line.tax_minor), "refunds.lines.amount_minor")


def _check_totals(totals: OrderTotals, taxes_included: bool) -> None:
    shown = (totals.subtotal_minor, totals.discount_minor, totals.shipping_minor, totals.tax_minor)
    _check_amounts(shown, "totals", lowest=0)
    rest = (totals.fees_minor, totals.tips_minor, totals.duties_minor, totals.adjustment_minor)
    _check_amounts((*rest, totals.total_minor), "totals")
    itemised = (
        totals.subtotal_minor
        - totals.discount_minor
        + totals.shipping_minor
        + sum(rest)
        + (0 if taxes_included else totals.tax_minor)
    )
    if itemised != totals.total_minor:
        raise Invalid(
            f"The parts come to {itemised}, the total says {totals.total_minor} (minor units).",
            field="totals.total_minor",
        )


def _check_amounts(amounts: tuple[int, ...], field: str, lowest: int = -MAX_AMOUNT) -> None:
    for amount in amounts:
        if not lowest <= amount <= MAX_AMOUNT:
            words = "must not be below zero" if amount < lowest else "is too large"
            raise Invalid(f"The amount {amount} {words}.", field=field)


def _check_lines(lines: tuple[IncomingLine, ...]) -> None:
    if len(lines) > MAX_LINES:
        raise Invalid(f"More than {MAX_LINES} lines.", field="lines")
    seen = set()
    for nth, line in enumerate(lines):
        if not line.external_id or line.external_id in seen:
            words = "has no id" if not line.external_id else "has the same id as another"
            raise Invalid(f"The line {words}.", field=f"lines[{nth}].external_id")
        seen.add(line.external_id)
        if not 1 <= line.quantity <= MAX_QUANTITY:
            raise Invalid(
                f"{line.quantity} is not a number of pieces.", field=f"lines[{nth}].quantity"
            )
        _check_line_amounts(line.amounts, line.quantity, f"lines[{nth}]")
        if not 0 <= (line.weight_grams or 0) < 2**31:
            raise Invalid("That is not a weight in grams.", field=f"lines[{nth}].weight_grams")


def _check_line_amounts(amounts: LineAmounts, quantity: int, field: str) -> None:
    _check_amounts(
        (amounts.unit_price_minor, amounts.discount_minor, amounts.tax_minor, amounts.total_minor),
        field,
    )
    of_pieces = amounts.unit_price_minor * quantity
    # Less than one minor unit a piece may be lost where a platform gives the line's sum only.
    if abs(of_pieces - amounts.discount_minor - amounts.total_minor) >= quantity:
        raise Invalid(
            f"{quantity} × {amounts.unit_price_minor} less {amounts.discount_minor} is not "
            f"{amounts.total_minor} (minor units).",
            field=f"{field}.total_minor",
        )


def _check_text(order: IncomingOrder) -> None:
    """Refuse what PostgreSQL cannot hold: a NUL, half of a surrogate pair."""
    text = "".join(_texts(order))
    if "\x00" in text:
        raise Invalid("The order contains a NUL character.")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Invalid("The order contains half a character (a lone surrogate).") from None


def _texts(order: IncomingOrder) -> list[str]:
    """List every text of an order; a list rather than a generator, imports run through here."""
    person = order.person
    found = [order.external_id, order.number, order.shipping_method, order.note]
    found.append(order.gift_message)
    found += (order.cancel_reason, order.payment_method, order.order_status_url)
    found += (person.platform_id, person.email, person.phone, person.name, person.locale)
    found += order.tags
    found += order.warnings
    for address in (order.shipping_address, order.billing_address):
        if address is not None:
            found += _address_texts(address)
    for line in order.lines:
        found += (line.external_id, line.title, line.sku, line.variant_title, line.image_url)
        found += (line.product_external_id, line.variant_external_id)
        for pair in (*line.options, *line.properties):
            found += pair
    for charge in order.charges:
        found.append(charge.title)
    for discount in order.discounts:
        found += (discount.title, discount.code)
    for refund in order.refunds:
        found += (refund.external_id, refund.reason)
    return found


def _address_texts(address: IncomingAddress) -> tuple[str, ...]:
    return (
        address.name,
        address.company,
        address.line1,
        address.line2,
        address.city,
        address.region,
        address.postal_code,
        address.country_code,
        address.phone,
    )
