"""Turn any WooCommerce webhook or REST v3 body into outcomes.

Sources: WooCommerce REST API v3 reference and the webhook topics of WooCommerce 8 and 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doorstep.connectors.base.contracts import (
    CustomerReceived,
    Ignored,
    NormalizeContext,
    OrderReceived,
    OrderWithdrawn,
    Outcome,
    RefundReceived,
    Rejected,
    Rejection,
)
from doorstep.connectors.base.payload import Node
from doorstep.connectors.woocommerce.orders import read_order
from doorstep.connectors.woocommerce.people import read_customer, read_product
from doorstep.connectors.woocommerce.refunds import read_refund
from doorstep.connectors.woocommerce.trackings import read_trackings

_ELSEWHERE = "Doorstep does not follow this topic."

IGNORED_TOPICS: dict[str, str] = {
    "action.": "A custom action of the shop's own code.",
    "coupon.": _ELSEWHERE,
    "customer.deleted": "The customer stays with its orders.",
    "product.deleted": "The product stays, because past orders name it.",
    "note.": "The shop's own order notes are not copied.",
    "review.": "The shop's own reviews are not copied.",
    "webhook.": "A webhook's own settings, not an order.",
    "tracking.": "The order's own update brings its tracking numbers.",
    "status.": "A list of order statuses, not an order.",
    "analytics.": "A report row, not a customer record.",
}

# Statuses of an order that nobody has placed yet.
_UNPLACED = {"draft", "auto-draft", "checkout-draft"}

# What a body without a topic most likely is: the first whose keys are all there.
_SHAPES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset(("line_items", "billing", "total")), "order.updated"),
    (frozenset(("status", "total", "currency", "order_key")), "order.updated"),
    (frozenset(("amount", "reason", "line_items")), "refund.created"),
    (frozenset(("delivery_url", "topic")), "webhook."),
    (frozenset(("tracking_provider",)), "tracking."),
    (frozenset(("customer_note", "note")), "note."),
    (frozenset(("reviewer", "rating")), "review."),
    (frozenset(("discount_type", "code")), "coupon."),
    (frozenset(("user_id", "avg_order_value")), "analytics."),
    (frozenset(("slug", "name", "total")), "status."),
    (frozenset(("email", "billing", "shipping")), "customer.updated"),
    (frozenset(("sku", "regular_price")), "product.updated"),
)


def normalize(payload: Any, topic: str, context: NormalizeContext) -> list[Outcome]:
    """Return what the body says, one outcome for each thing in it; never raises for bad input.

    :param topic: the header's topic ("order.created"), or "" to tell it from the body's shape.
    """
    path = ""
    if isinstance(payload, dict) and set(payload) == {"data"}:
        payload, path = payload["data"], "data"
    items = payload if isinstance(payload, list) else [payload]
    outcomes: list[Outcome] = []
    for place, item in enumerate(items):
        here = f"{path}[{place}]" if isinstance(payload, list) else path
        outcomes.append(_normalize_one(item, here, topic.strip().lower(), context))
    return outcomes or [Ignored("The list is empty.")]


def _normalize_one(item: Any, path: str, topic: str, context: NormalizeContext) -> Outcome:
    try:
        node = Node(item, path)
        topic = topic or _guess_topic(node.data)
        hits = [prefix for prefix in IGNORED_TOPICS if topic.startswith(prefix)]
        if hits:
            return Ignored(IGNORED_TOPICS[max(hits, key=len)])
        reader = _READERS.get(topic)
        if reader is None:
            return Ignored(f"{_ELSEWHERE} ({topic[:80] or 'unknown body'})")
        return reader(node, context)
    except Rejection as error:
        return Rejected(error.code, error.detail, error.field, error.retriable)


def _guess_topic(item: dict[str, Any]) -> str:
    keys = item.keys()
    return next((topic for shape, topic in _SHAPES if shape <= keys), "")


def _order(node: Node, context: NormalizeContext) -> Outcome:
    status = node.text("status").lower().removeprefix("wc-")
    if status in _UNPLACED:
        return Ignored(f"The order is a {status.replace('-', ' ')}: nobody has placed it yet.")
    order = read_order(node, context)
    return OrderReceived(order, read_trackings(node, order.version_at))


def _deleted(node: Node, context: NormalizeContext) -> Outcome:
    return OrderWithdrawn(node.ident("id", required=True), context.received_at, "deleted")


def _refund(node: Node, context: NormalizeContext) -> Outcome:
    return RefundReceived(read_refund(node, context))


def _customer(node: Node, context: NormalizeContext) -> Outcome:
    person, version_at = read_customer(node, context)
    return CustomerReceived(person, version_at)


def _product(node: Node, context: NormalizeContext) -> Outcome:
    return read_product(node, context)


_READERS: dict[str, Callable[[Node, NormalizeContext], Outcome]] = {
    "order.created": _order,
    "order.updated": _order,
    "order.restored": _order,
    "order.deleted": _deleted,
    "refund.created": _refund,
    "customer.created": _customer,
    "customer.updated": _customer,
    "product.created": _product,
    "product.updated": _product,
    "product.restored": _product,
}
