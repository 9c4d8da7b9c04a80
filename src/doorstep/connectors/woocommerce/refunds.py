"""WooCommerce's refunds: short inside an order, long on their own."""

from __future__ import annotations

from datetime import datetime

from doorstep.connectors.base.contracts import NormalizeContext, Rejection
from doorstep.connectors.base.payload import LONG, NOTE, Node, read_currency
from doorstep.connectors.woocommerce.people import plain, read_instant
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import IncomingRefund, IncomingRefundLine


def read_order_refunds(
    order: Node, order_external_id: str, currency: str, refunded_at: datetime
) -> tuple[IncomingRefund, ...]:
    """Return the refunds an order lists; it gives no time for them but its own last change."""
    scale = exponent(currency)
    found = []
    for one in order.nodes("refunds"):
        refund_id = one.ident("id")
        if not refund_id:
            order.notes.append(f"{one.path}: left out, the refund was deleted")
            continue
        amount = abs(one.money("total", scale, signed=True))
        reason = plain(one, "reason", NOTE)
        found.append(
            IncomingRefund(
                refund_id, order_external_id, currency, amount, refunded_at, reason=reason
            )
        )
    return tuple(found)


def read_refund(node: Node, context: NormalizeContext) -> IncomingRefund:
    """Return a refund as ``/orders/<id>/refunds`` gives it.

    It names neither its order nor a currency: the order stands in its links, the currency is the
    shop's. ``amount`` overrides the lines (WooCommerce's own rule).

    :raises Rejection: naming the field that makes it impossible.
    """
    currency = node.text("currency") or context.currency
    if not currency:
        raise Rejection(
            "missing_field",
            "the refund names no currency; set the connection's currency",
            node.at("currency"),
        )
    currency = read_currency(currency, node.at("currency"))
    scale = exponent(currency)
    return IncomingRefund(
        external_id=node.ident("id", required=True),
        order_external_id=_order_id(node),
        currency=currency,
        amount_minor=abs(node.money("amount", scale, signed=True, required=True)),
        refunded_at=read_instant(node, "date_created", context) or context.received_at,
        lines=tuple(_line(line, scale) for line in node.nodes("line_items")),
        reason=plain(node, "reason", NOTE),
    )


def _order_id(node: Node) -> str:
    """Return the order a refund belongs to: its parent, else the last part of its "up" link."""
    parent = node.ident("parent_id") or node.ident("order_id")
    if parent:
        return parent
    links = node.node("_links")
    ups = links.nodes("up") if links else []
    tail = ups[0].text("href", LONG).rstrip("/").rpartition("/")[2] if ups else ""
    if not tail.isdigit():
        node.fail("missing_field", "does not say which order it belongs to", "parent_id")
    return tail


def _line(line: Node, scale: int) -> IncomingRefundLine:
    """Return one refunded line; quantities and totals are negative there."""
    meta = {entry.text("key"): entry for entry in line.nodes("meta_data")}
    origin = meta.get("_refunded_item_id")
    line_id = origin.text("value") if origin else line.ident("id", required=True)
    raw = line.data.get("quantity")
    pieces = abs(int(raw)) if isinstance(raw, int) and abs(raw) < 1_000_000 else 0
    return IncomingRefundLine(
        line_external_id=line_id,
        quantity=pieces,  # 0: only money went back
        amount_minor=abs(line.money("total", scale, signed=True)),
        tax_minor=abs(line.money("total_tax", scale, signed=True)),
        is_net=True,
    )
