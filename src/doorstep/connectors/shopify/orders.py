"""Shopify's orders; their sums stand in ``figures``, their refunds in ``refunds``."""

from __future__ import annotations

from datetime import datetime

from doorstep.connectors.base.contracts import NormalizeContext
from doorstep.connectors.base.gifts import read_gift
from doorstep.connectors.base.pairs import read_pairs
from doorstep.connectors.base.payload import NOTE, Node, check_unique, read_currency
from doorstep.connectors.shopify.edits import read_edited, read_paid
from doorstep.connectors.shopify.figures import (
    Figures,
    NoPresentment,
    Side,
    count_pieces,
    is_tip,
    read_figures,
    shipping_lines,
)
from doorstep.connectors.shopify.people import read_address, read_person
from doorstep.connectors.shopify.refunds import read_refund
from doorstep.connectors.shopify.versions import refine
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    IncomingCharge,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    LineAmounts,
)

_STATUSES = {
    "": FinancialStatus.PENDING,
    "pending": FinancialStatus.PENDING,
    "unpaid": FinancialStatus.PENDING,
    "authorized": FinancialStatus.AUTHORIZED,
    "partially_paid": FinancialStatus.PARTIALLY_PAID,
    "paid": FinancialStatus.PAID,
    "partially_refunded": FinancialStatus.PARTIALLY_REFUNDED,
    "refunded": FinancialStatus.REFUNDED,
    "voided": FinancialStatus.VOIDED,
    "expired": FinancialStatus.VOIDED,
}


def read_order(node: Node, context: NormalizeContext) -> IncomingOrder:
    """Return the order a body describes.

    :raises Rejection: naming the field that makes it impossible.
    """
    external_id = node.ident("id", required=True)
    currency = _currency(node)
    node, lines = read_edited(node, _sold_lines(node))
    figures = read_figures(node, Side("shop_money", exponent(currency)), lines)
    seen_currency, seen = _presentment(node, currency, lines)
    gift = read_gift(
        [*read_pairs(node, "note_attributes")]
        + [pair for line in lines for pair in read_pairs(line, "properties")]
    )
    placed_at = node.instant("processed_at") or node.instant("created_at")
    if placed_at is None:
        node.fail("missing_field", "is missing", "created_at")
    changed_at = node.instant("updated_at") or node.instant("created_at") or placed_at
    version_at = refine(changed_at, context.triggered_at)
    status, gross = _status(node), node.flag("taxes_included") is True
    refunds = tuple(
        read_refund(refund, external_id, currency, context, taxes_included=gross)
        for refund in node.nodes("refunds")
    )
    return IncomingOrder(
        external_id=external_id,
        number=node.text("name") or node.ident("order_number") or external_id,
        currency=currency,
        placed_at=placed_at,
        version_at=version_at,
        totals=figures.totals,
        lines=tuple(
            _line(line, figures.lines[place], seen.lines[place] if seen else None)
            for place, line in enumerate(lines)
        ),
        financial_status=status,
        person=read_person(node),
        charges=_charges(figures, seen),
        discounts=_discounts(node, figures, seen),
        refunds=refunds,
        taxes_included=gross,
        presentment_currency=seen_currency,
        presentment_totals=seen.totals if seen else None,
        shipping_address=read_address(node.node("shipping_address")),
        billing_address=read_address(node.node("billing_address")),
        shipping_method=", ".join(
            title for line in shipping_lines(node) if (title := line.text("title"))
        )[:255],
        note=_note(node),
        tags=tuple(tag.strip() for tag in node.text("tags", NOTE).split(",") if tag.strip()),
        is_gift=gift.is_gift,
        gift_message=gift.message,
        gift_wrap=gift.wrap,
        gift_receipt=gift.receipt,
        canceled_at=node.instant("cancelled_at"),
        cancel_reason=node.text("cancel_reason"),
        fulfilled_at=_fulfilled_at(node, version_at),
        is_test=node.flag("test") is True,
        payment_method=_payment_method(node),
        order_status_url=node.text("order_status_url", 2_000),
        warnings=tuple(dict.fromkeys(node.notes)),
        paid_minor=read_paid(node, exponent(currency), status, refunds),
    )


def _currency(node: Node) -> str:
    if node.has("currency"):
        return read_currency(node.text("currency"), node.at("currency"))
    both = node.node("total_price_set")
    shop = both.node("shop_money") if both else None
    if shop is None or not shop.has("currency_code"):
        node.fail("missing_field", "is missing", "currency")
    return read_currency(shop.text("currency_code"), shop.at("currency_code"))


def _presentment(node: Node, currency: str, lines: list[Node]) -> tuple[str, Figures | None]:
    """Return the shopper's currency and figures, ("", None) where they are the shop's own."""
    if not node.has("presentment_currency"):
        return "", None
    code = read_currency(node.text("presentment_currency"), node.at("presentment_currency"))
    if code == currency:
        return "", None
    try:
        return code, read_figures(node, Side("presentment_money", exponent(code)), lines)
    except NoPresentment:
        node.notes.append(f"{code} figures are incomplete; only {currency} is shown")
        return "", None


def _sold_lines(node: Node) -> list[Node]:
    """Return the lines that say something was sold; the rest is noted.

    A tip stands among the lines as well as in ``total_tip_received``: it is a charge.
    """
    if type(node.data.get("line_items")) is not list:  # a body cut down to some fields
        node.fail("missing_field", "is missing", "line_items")
    kept = []
    for line in node.nodes("line_items"):
        if is_tip(line):
            continue
        if line.quantity("quantity") == 0:
            node.notes.append(f"{line.path}: left out, its quantity is 0")
        else:
            kept.append(line)
    check_unique([line.ident("id") or line.path for line in kept], node.at("line_items"))
    return kept


def _line(line: Node, amounts: LineAmounts, seen: LineAmounts | None) -> IncomingLine:
    pieces, exact = count_pieces(line)
    properties = read_pairs(line, "properties")
    if pieces != exact:
        properties = (*properties, ("Quantity", f"{exact.normalize():f}"))
        line.notes.append(f"{line.at('quantity')}: {exact} is not whole, kept as one piece")
    variant = line.text("variant_title")
    return IncomingLine(
        external_id=line.ident("id") or line.path,
        title=line.text("title") or line.text("name") or line.text("sku") or "?",
        quantity=pieces,
        amounts=amounts,
        presentment_amounts=seen,
        sku=line.text("sku"),
        variant_title="" if variant == "Default Title" else variant,
        properties=properties,
        product_external_id=line.ident("product_id"),
        variant_external_id=line.ident("variant_id"),
        requires_shipping=line.flag("requires_shipping") is not False,
        is_gift_card=line.flag("gift_card") is True,
        weight_grams=line.whole("grams"),
    )


def _charges(figures: Figures, seen: Figures | None) -> tuple[IncomingCharge, ...]:
    same = seen is not None and len(seen.charges) == len(figures.charges)
    return tuple(
        IncomingCharge(
            kind=kind,
            title=title,
            amount_minor=amount,
            tax_minor=tax,
            discount_minor=discount,
            presentment_amount_minor=seen.charges[place][2] if same and seen else None,
        )
        for place, (kind, title, amount, tax, discount) in enumerate(figures.charges)
    )


def _discounts(node: Node, figures: Figures, seen: Figures | None) -> tuple[IncomingDiscount, ...]:
    """Return discounts by name: the applications where Shopify tells them, else the codes."""
    found = []
    for place, one in enumerate(node.nodes("discount_applications")):
        code = one.text("code")
        title = code or one.text("title") or one.text("description") or "Discount"
        amount = figures.given.get(place, 0)
        also = seen.given.get(place, 0) if seen else None
        found.append(IncomingDiscount(title, amount, code, also))
    if found:
        return tuple(found)
    scale = exponent(_currency(node))
    return tuple(
        IncomingDiscount(code.text("code"), code.money("amount", scale), code.text("code"))
        for code in node.nodes("discount_codes")
        if code.text("code")
    )


def _status(node: Node) -> FinancialStatus:
    word = node.text("financial_status").lower()
    if word not in _STATUSES:
        node.notes.append(f"financial_status: “{word}” is not known, taken as pending")
    return _STATUSES.get(word, FinancialStatus.PENDING)


def _note(node: Node) -> str:
    """Return the shopper's note and the cart attributes (gift message, delivery date)."""
    attributes = [f"{name}: {value}" for name, value in read_pairs(node, "note_attributes")]
    return "\n".join(part for part in (node.text("note", NOTE), *attributes) if part)


def _fulfilled_at(node: Node, version_at: datetime) -> datetime | None:
    if node.text("fulfillment_status") != "fulfilled":
        return None
    times = [one.instant("created_at") for one in node.nodes("fulfillments")]
    return max((time for time in times if time), default=version_at)


def _payment_method(node: Node) -> str:
    names = node.data.get("payment_gateway_names")
    if isinstance(names, list) and names:
        return ", ".join(node.clean(name, "payment_gateway_names") for name in names)[:255]
    return node.text("gateway")
