"""Shopify's refunds, alone or as part of their order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from doorstep.connectors.base.contracts import NormalizeContext, Rejection
from doorstep.connectors.base.payload import NOTE, Node, read_currency
from doorstep.connectors.shopify.figures import Side
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import IncomingRefund, IncomingRefundLine


def read_refund(
    node: Node,
    order_external_id: str,
    currency: str,
    context: NormalizeContext,
    *,
    taxes_included: bool = False,
) -> IncomingRefund:
    """Return a refund; ``currency`` is the order's, "" where the refund came on its own.

    What went back is the sum of its successful refund transactions where they are in the shop's
    currency, else what its lines, shipping, duties and adjustments come to.

    :raises Rejection: naming the field that makes it impossible.
    """
    currency = currency or _refund_currency(node, context)
    side = Side("shop_money", exponent(currency))
    lines = tuple(_refund_line(line, side) for line in node.nodes("refund_line_items"))
    adjusted = _adjusted(node, side)
    of_lines = sum(one.amount_minor + (0 if taxes_included else one.tax_minor) for one in lines)
    calculated = of_lines + adjusted.beside - adjusted.kept
    amount = _refund_amount(node, side, currency, calculated)
    beyond = _beyond(node, amount, adjusted, bool(lines))
    if beyond is not None and not amount and not adjusted.kept:
        # Taken off by an edit: nobody gets these pieces, whether the shelf gets them back or not.
        lines = tuple(replace(line, restock=True) for line in lines)
    when = node.instant("processed_at") or node.instant("created_at")
    if when is None:
        node.fail("missing_field", "is missing", "created_at")
    return IncomingRefund(
        external_id=node.ident("id", required=True),
        order_external_id=order_external_id,
        currency=currency,
        amount_minor=amount,
        refunded_at=when,
        lines=lines,
        reason=node.text("note", NOTE),
        beyond_minor=beyond,
    )


def _refund_currency(node: Node, context: NormalizeContext) -> str:
    """Return the shop's currency: named by a ``*_set``, else by a transaction, else the store's."""
    named = [
        *((line, "subtotal_set") for line in node.nodes("refund_line_items")),
        *((line, "subtotal_amount_set") for line in node.nodes("refund_shipping_lines")),
        *((one, "amount_set") for one in node.nodes("order_adjustments")),
        (node, "total_duties_set"),
    ]
    for one, key in named:
        both = one.node(key)
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


@dataclass(frozen=True, slots=True)
class _Adjusted:
    """What a refund's adjustments and its parts beside the lines come to, in minor units."""

    beside: int  # shipping, duties and fees that were given back, tax in
    kept: int  # plus: the shop kept it of what the lines come to, minus: it gave more
    is_told: bool  # the refund says whether anything was kept


def _adjusted(node: Node, side: Side) -> _Adjusted:
    """Read what is beside the lines.

    Shipping stands twice in new versions: in ``refund_shipping_lines`` and as an adjustment of the
    kind ``shipping_refund`` (minus there). A ``refund_discrepancy`` is what the refund is less than
    its parts (plus: the shop kept it); one that is "pending" was kept by nobody, the money goes
    another time (REST reference "Refund", GraphQL ``OrderAdjustmentDiscrepancyReason``).
    """
    shipping = sum(
        side.amount(one, "subtotal_amount") for one in node.nodes("refund_shipping_lines")
    )
    by_adjustment = kept = 0
    is_told = False
    for one in node.nodes("order_adjustments"):
        amount = side.amount(one, "amount", signed=True)
        amount += side.amount(one, "tax_amount", signed=True)
        if one.text("kind") == "shipping_refund":
            by_adjustment -= amount
        else:
            is_told = True
            kept += 0 if "pending" in one.text("reason").lower() else amount
    duties = side.amount(node, "total_duties") or sum(
        side.amount(one, "amount") for one in node.nodes("duties")
    )
    fees = side.amount(node, "total_additional_fees")
    return _Adjusted(max(by_adjustment, shipping) + duties + fees, kept, is_told)


def _beyond(node: Node, amount: int, adjusted: _Adjusted, has_lines: bool) -> int | None:
    """Return what the order became cheaper by beyond the lines, None where it does not say.

    A refund without money is how Shopify writes what an edit took off an order.
    """
    if adjusted.is_told or (not amount and has_lines and _is_without_money(node)):
        return adjusted.beside - adjusted.kept
    return None


def _is_without_money(node: Node) -> bool:
    return type(node.data.get("transactions")) is list and not any(
        one.text("status") in _GOES_BACK for one in _payments(node)
    )


# A refund on its way ("pending": some banks take days) is told once, so it counts right away.
_GOES_BACK = ("success", "pending", "")


def _payments(node: Node) -> list[Node]:
    return [one for one in node.nodes("transactions") if one.text("kind") in ("refund", "void", "")]


def _refund_amount(node: Node, side: Side, currency: str, calculated: int) -> int:
    payments = [one for one in _payments(node) if one.text("status") in _GOES_BACK]
    paid = [one for one in payments if one.text("kind") != "void"]
    known = [_in_shop_currency(one, side, currency) for one in paid]
    if payments and None not in known:
        return sum(amount for amount in known if amount is not None)
    if node.has("transactions") and not payments:
        return 0  # nothing went back: a cancellation of an unpaid order, an edit, a restock
    if paid:
        node.notes.append(f"{node.at('transactions')}: paid back in another currency")
    return max(calculated, 0)


def _in_shop_currency(payment: Node, side: Side, currency: str) -> int | None:
    """Return a payment in the shop's currency, None where only another one is named."""
    if payment.text("currency").upper() in ("", currency):
        return side.amount(payment, "amount")
    both = payment.node("amount_set")
    shop = both.node("shop_money") if both else None
    if shop is None or shop.text("currency_code").upper() != currency:
        return None
    return shop.money("amount", side.scale)
