"""WooCommerce's orders.

WooCommerce keeps every amount without tax and the tax beside it. Where the shop's prices include
tax (``prices_include_tax``) the two are added up again, because that is what the shopper saw.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from doorstep.connectors.base.contracts import NormalizeContext
from doorstep.connectors.base.figures import Parts, balance
from doorstep.connectors.base.gifts import read_gift
from doorstep.connectors.base.payload import (
    LONG,
    MAX_MINOR,
    NOTE,
    Node,
    check_unique,
    read_currency,
)
from doorstep.connectors.woocommerce.people import (
    plain,
    plain_text,
    read_address,
    read_instant,
    read_person,
)
from doorstep.connectors.woocommerce.refunds import read_order_refunds
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingCharge,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    IncomingRefund,
    LineAmounts,
)


def read_order(node: Node, context: NormalizeContext) -> IncomingOrder:
    """Return the order a body describes.

    :raises Rejection: naming the field that makes it impossible.
    """
    external_id = node.ident("id", required=True)
    if not node.has("currency"):
        node.fail("missing_field", "is missing", "currency")
    currency = read_currency(node.text("currency"), node.at("currency"))
    scale, gross = exponent(currency), node.flag("prices_include_tax") is True
    placed_at = read_instant(node, "date_created", context)
    if placed_at is None:
        node.fail("missing_field", "is missing", "date_created_gmt")
    version_at = read_instant(node, "date_modified", context) or placed_at
    lines = _lines(node, scale, gross)
    charges, discounts = _charges(node, scale, gross)
    total = node.money("total", scale, required=True)
    refunds = read_order_refunds(node, external_id, currency, version_at)
    status = node.text("status").lower().removeprefix("wc-")
    totals = balance(
        Parts(
            subtotal=sum(line.amounts.total_minor + line.amounts.discount_minor for line in lines),
            discount=sum(line.amounts.discount_minor for line in lines)
            + sum(one.amount_minor for one in discounts),
            shipping=_sum(charges, ChargeKind.SHIPPING),
            fees=_sum(charges, ChargeKind.FEE),
            tax=node.money("total_tax", scale),
            taxes_included=gross,
        ),
        total,
        node.notes,
        explained=-sum(card.money("amount", scale) for card in node.nodes("gift_cards")),
        tolerance=len(lines) + len(charges) if gross else 0,
    )
    gift = read_gift(_wishes(node, lines))
    return IncomingOrder(
        external_id=external_id,
        number=f"#{node.text('number') or external_id}",
        currency=currency,
        placed_at=placed_at,
        version_at=version_at,
        totals=totals,
        lines=tuple(lines),
        financial_status=_financial_status(node, status, refunds, total),
        person=read_person(node),
        charges=tuple(charges),
        discounts=(*_coupons(node, scale, gross), *discounts),
        refunds=refunds,
        taxes_included=gross,
        shipping_address=read_address(node.node("shipping")),
        billing_address=read_address(node.node("billing")),
        shipping_method=", ".join(
            title for one in node.nodes("shipping_lines") if (title := plain(one, "method_title"))
        )[:255],
        note=plain_note(node),
        is_gift=gift.is_gift,
        gift_message=gift.message,
        gift_wrap=gift.wrap,
        gift_receipt=gift.receipt,
        canceled_at=version_at if status in ("cancelled", "trash") else None,
        cancel_reason=status if status in ("cancelled", "trash") else "",
        fulfilled_at=_fulfilled_at(node, status, version_at, context),
        payment_method=plain(node, "payment_method_title") or node.text("payment_method"),
        warnings=tuple(dict.fromkeys(node.notes)),
    )


def _wishes(node: Node, lines: list[IncomingLine]) -> list[tuple[str, str]]:
    """Return what plugins wrote beside the order and its lines, keys as they are."""
    found = []
    for entry in node.nodes("meta_data"):
        value = entry.data.get("value")
        if isinstance(value, (str, int, float, bool)):
            found.append((entry.text("key"), plain_text(entry.clean(value, "value", NOTE))))
    return found + [pair for line in lines for pair in line.properties]


def plain_note(node: Node) -> str:
    """Return the shopper's note, its line breaks kept."""
    lines = node.text("customer_note", NOTE).splitlines()
    return "\n".join(plain_text(line) for line in lines)


def _sum(charges: list[IncomingCharge], kind: ChargeKind) -> int:
    return sum(charge.amount_minor for charge in charges if charge.kind is kind)


def _with_tax(node: Node, key: str, scale: int, gross: bool, *, signed: bool = False) -> int:
    amount = node.money(key, scale, signed=signed)
    return amount + node.money(f"{key}_tax", scale, signed=signed) if gross else amount


def _lines(node: Node, scale: int, gross: bool) -> list[IncomingLine]:
    if type(node.data.get("line_items")) is not list:
        node.fail("missing_field", "is missing", "line_items")
    found = []
    # needs_processing is false when everything in the order is virtual or a download.
    shipped = node.flag("needs_processing") is not False
    for line in node.nodes("line_items"):
        exact = line.quantity("quantity")
        if exact == 0:
            node.notes.append(f"{line.path}: left out, its quantity is 0")
        else:
            found.append(_line(line, exact, scale, gross, shipped))
    check_unique([line.external_id for line in found], node.at("line_items"))
    return found


def _line(line: Node, exact: Decimal, scale: int, gross: bool, shipped: bool) -> IncomingLine:
    pieces = int(exact) if exact == exact.to_integral_value() else 1
    options, properties = _attributes(line)
    if pieces != exact:
        properties = (*properties, ("Quantity", f"{exact.normalize():f}"))
        line.notes.append(f"{line.at('quantity')}: {exact} is not whole, kept as one piece")
    title, variant = _titles(line)
    image = line.node("image")
    keys = {entry.text("key") for entry in line.nodes("meta_data")}
    is_card = any(key.startswith("wc_gc_giftcard_to") for key in keys)
    return IncomingLine(
        external_id=line.ident("id") or line.path,
        title=title,
        quantity=pieces,
        amounts=_line_amounts(line, exact, pieces, scale, gross),
        sku=line.text("sku"),
        variant_title=variant,
        options=options,
        properties=properties,
        product_external_id=line.ident("product_id"),
        variant_external_id=line.ident("variation_id"),
        requires_shipping=shipped and not is_card,
        is_gift_card=is_card,
        image_url=image.text("src", LONG) if image else "",
    )


def _line_amounts(line: Node, exact: Decimal, pieces: int, scale: int, gross: bool) -> LineAmounts:
    """Return a line's money; the unit price is rounded where the line does not divide."""
    if line.has("total"):
        total = _with_tax(line, "total", scale, gross)
    else:
        total = int((line.money("price", scale) * exact).to_integral_value(ROUND_HALF_UP))
    before = _with_tax(line, "subtotal", scale, gross) if line.has("subtotal") else total
    if before < total:  # a price raised by hand after the fact
        before = total
    if before > MAX_MINOR:
        line.fail("amount_too_large", "is larger than any order can be", "subtotal")
    return LineAmounts(
        unit_price_minor=int((Decimal(before) / pieces).to_integral_value(ROUND_HALF_UP)),
        discount_minor=before - total,
        tax_minor=line.money("total_tax", scale, signed=True),
        total_minor=total,
    )


def _titles(line: Node) -> tuple[str, str]:
    """Return product title and variant title ("Tee - Blue, XL" of parent "Tee")."""
    name, parent = plain(line, "name", LONG), plain(line, "parent_name", LONG)
    if parent and name.startswith(f"{parent} - "):
        return parent, name[len(parent) + 3 :]
    return name or parent or line.text("sku") or "?", ""


Pairs = tuple[tuple[str, str], ...]


def _attributes(line: Node) -> tuple[Pairs, Pairs]:
    """Return the line's options (what makes the variation) and its other properties.

    Keys that begin with an underscore are the shop's own bookkeeping.
    """
    options: list[tuple[str, str]] = []
    properties: list[tuple[str, str]] = []
    variation = bool(line.ident("variation_id"))
    name = plain(line, "name", LONG)
    for entry in line.nodes("meta_data"):
        key = entry.text("key")
        shown = entry.data.get("display_value", entry.data.get("value"))
        if not key or key.startswith("_") or isinstance(shown, (dict, list)) or shown is None:
            continue
        value = plain_text(entry.clean(shown, "display_value", NOTE))
        label = plain(entry, "display_key") or key.removeprefix("pa_").replace("_", " ")
        of_variant = key.startswith("pa_") or (variation and value and value in name)
        (options if of_variant else properties).append((label, value))
    return tuple(options), tuple(properties)


def _charges(
    node: Node, scale: int, gross: bool
) -> tuple[list[IncomingCharge], list[IncomingDiscount]]:
    """Return shipping and fees; a negative one is how shops give a discount by hand."""
    charges: list[IncomingCharge] = []
    discounts: list[IncomingDiscount] = []
    for line in node.nodes("shipping_lines"):
        _add_charge(line, ChargeKind.SHIPPING, "method_title", scale, gross, charges, discounts)
    if not charges and (amount := node.money("shipping_total", scale)):
        tax = node.money("shipping_tax", scale)
        amount += tax if gross else 0
        charges.append(IncomingCharge(ChargeKind.SHIPPING, "Shipping", amount, tax))
    for line in node.nodes("fee_lines"):
        _add_charge(line, ChargeKind.FEE, "name", scale, gross, charges, discounts)
    return charges, discounts


def _add_charge(
    line: Node,
    kind: ChargeKind,
    title_key: str,
    scale: int,
    gross: bool,
    charges: list[IncomingCharge],
    discounts: list[IncomingDiscount],
) -> None:
    amount = _with_tax(line, "total", scale, gross, signed=True)
    title = plain(line, title_key) or kind.value.capitalize()
    if amount < 0:
        discounts.append(IncomingDiscount(title, -amount))
    else:
        tax = line.money("total_tax", scale, signed=True)
        charges.append(IncomingCharge(kind, title, amount, tax))


def _coupons(node: Node, scale: int, gross: bool) -> tuple[IncomingDiscount, ...]:
    return tuple(
        IncomingDiscount(
            plain(one, "code"), _with_tax(one, "discount", scale, gross), plain(one, "code")
        )
        for one in node.nodes("coupon_lines")
    )


def _financial_status(
    node: Node, status: str, refunds: tuple[IncomingRefund, ...], total: int
) -> FinancialStatus:
    """Return where the money stands, from the status and the day it was paid."""
    back = sum(refund.amount_minor for refund in refunds)
    paid = node.has("date_paid_gmt") or node.has("date_paid") or status == "completed"
    if status == "refunded" or (back and back >= total):
        return FinancialStatus.REFUNDED
    if back:
        return FinancialStatus.PARTIALLY_REFUNDED
    if status in ("cancelled", "failed", "trash") and not paid:
        return FinancialStatus.VOIDED
    return FinancialStatus.PAID if paid else FinancialStatus.PENDING


def _fulfilled_at(
    node: Node, status: str, version_at: datetime, context: NormalizeContext
) -> datetime | None:
    if status != "completed":
        return None
    return read_instant(node, "date_completed", context) or version_at
