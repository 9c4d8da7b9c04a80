"""Shopify's refunds, alone or as part of their order."""

from __future__ import annotations

from doorstep.connectors.base.contracts import NormalizeContext, Rejection
from doorstep.connectors.base.payload import NOTE, Node, read_currency
from doorstep.connectors.shopify.figures import Side
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import IncomingRefund, IncomingRefundLine


def read_refund(
    node: Node, order_external_id: str, currency: str, context: NormalizeContext
) -> IncomingRefund:
    """Return a refund; ``currency`` is the order's, "" where the refund came on its own.

    What went back is the sum of its successful refund transactions where they are in the shop's
    currency, else what its lines, shipping, duties and adjustments come to.

    :raises Rejection: naming the field that makes it impossible.
    """
    currency = currency or _refund_currency(node, context)
    side = Side("shop_money", exponent(currency))
    lines = tuple(_refund_line(line, side) for line in node.nodes("refund_line_items"))
    when = node.instant("processed_at") or node.instant("created_at")
    if when is None:
        node.fail("missing_field", "is missing", "created_at")
    return IncomingRefund(
        external_id=node.ident("id", required=True),
        order_external_id=order_external_id,
        currency=currency,
        amount_minor=_refund_amount(node, side, currency, lines),
        refunded_at=when,
        lines=lines,
        reason=node.text("note", NOTE),
    )


def _refund_currency(node: Node, context: NormalizeContext) -> str:
    """Return the shop's currency: named by a ``*_set``, else by a transaction, else the store's."""
    for line in node.nodes("refund_line_items"):
        both = line.node("subtotal_set")
        shop = both.node("shop_money") if both else None
        if shop is not None and shop.has("currency_code"):
            return read_currency(shop.text("currency_code"), shop.at("currency_code"))
    for one in node.nodes("transactions"):
        if one.has("currency"):
            return read_currency(one.text("currency"), one.at("currency"))
    if not context.currency:
        raise Rejection("missing_field", "the refund names no currency", node.at("transactions"))
    return context.currency


def _refund_line(line: Node, side: Side) -> IncomingRefundLine:
    exact = line.quantity("quantity")
    subtotal, tax = side.amount(line, "subtotal"), side.amount(line, "total_tax")
    restock = line.text("restock_type") in ("return", "cancel", "legacy_restock")
    line_id = line.ident("line_item_id", required=True)
    return IncomingRefundLine(line_id, max(int(exact), 1), subtotal, tax, restock)


def _refund_amount(
    node: Node, side: Side, currency: str, lines: tuple[IncomingRefundLine, ...]
) -> int:
    payments = [
        one
        for one in node.nodes("transactions")
        if one.text("kind") in ("refund", "void", "") and one.text("status") in ("success", "")
    ]
    foreign = any(one.text("currency").upper() not in ("", currency) for one in payments)
    if payments and not foreign:
        return sum(side.amount(one, "amount") for one in payments if one.text("kind") != "void")
    if node.has("transactions") and not foreign:
        return 0  # nothing went back: a cancellation of an unpaid order, or only a restock
    total = sum(line.amount_minor + line.tax_minor for line in lines)
    for one in node.nodes("refund_shipping_lines"):
        total += side.amount(one, "subtotal_amount")
    for one in node.nodes("order_adjustments"):
        total -= side.amount(one, "amount", signed=True) + side.amount(
            one, "tax_amount", signed=True
        )
    if foreign:
        node.notes.append(f"{node.at('transactions')}: paid back in another currency")
    return max(total, 0)
