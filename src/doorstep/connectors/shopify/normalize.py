"""Turn any Shopify webhook or REST body into outcomes.

Sources: Shopify's webhook topic reference and REST Admin reference (2025-04 to 2025-07). Topics
that name something Doorstep does not follow are listed with the reason, so that a merchant who
subscribed too much sees why nothing happened.
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
    PrivacyRequested,
    RefundReceived,
    Rejected,
    Rejection,
    ShipmentReceived,
)
from doorstep.connectors.base.payload import Node
from doorstep.connectors.shopify.fulfillments import read_fulfillment, read_fulfillments
from doorstep.connectors.shopify.orders import read_order
from doorstep.connectors.shopify.people import read_customer, read_product
from doorstep.connectors.shopify.refunds import read_refund

_FULFILLMENT = "Shopify's own work steps and checkpoints; fulfillments/update brings what was sent."
_NOT_PLACED = "Not an order yet: nothing was bought."
_AFTER = "orders/updated brings the whole order after this."
_ELSEWHERE = "Doorstep does not follow this topic."

# Longest prefix wins. "orders/edited" sends deltas only.
IGNORED_TOPICS: dict[str, str] = {
    "app/": "The app was removed or changed at Shopify; check the connection.",
    "carts/": _NOT_PLACED,
    "checkouts/": _NOT_PLACED,
    "draft_orders/": _NOT_PLACED,
    "collections/": _ELSEWHERE,
    "customer.tags": "Shopify's customer tags are not copied.",
    "customer_tags": "Shopify's customer tags are not copied.",
    "customers/delete": "The customer stays with its orders; erasure comes as customers/redact.",
    "customers/merge": "Customers are merged here by their own e-mail and phone.",
    "customers_": "Consent is asked and kept here; Shopify's changes of consent are not copied.",
    "disputes/": _ELSEWHERE,
    "events/": _ELSEWHERE,
    "fulfillment_": _FULFILLMENT,
    "gift_cards/": _ELSEWHERE,
    "inventory_": "Stock is counted here; Shopify's stock levels are not copied.",
    "order_transactions/": _AFTER,
    "orders/edited": _AFTER,
    "orders/risk_assessment_changed": _ELSEWHERE,
    "price_rules/": _ELSEWHERE,
    "products/delete": "The product stays, because past orders name it.",
    "returns/": "Returns are made here; Shopify's returns are not copied.",
    "shop/update": _ELSEWHERE,
    "subscription_": _ELSEWHERE,
    "tender_transactions/": _AFTER,
    "themes/": _ELSEWHERE,
    "webhooks/": _ELSEWHERE,
}

# A REST answer wraps what it holds; webhooks send it bare.
_WRAPPERS = {
    "order": "orders/updated",
    "orders": "orders/updated",
    "refund": "refunds/create",
    "refunds": "refunds/create",
    "customer": "customers/update",
    "customers": "customers/update",
    "product": "products/update",
    "products": "products/update",
    "order_edit": "orders/edited",
    "addresses": "customers_addresses/",
    "draft_order": "draft_orders/update",
    "events": "events/",
    "fulfillment": "fulfillments/update",
    "fulfillments": "fulfillments/update",
    "fulfillment_event": "fulfillment_events/create",
    "fulfillment_events": "fulfillment_events/create",
    "fulfillment_order": "fulfillment_orders/",
    "gift_card": "gift_cards/",
    "price_rule": "price_rules/",
    "shop": "shop/update",
    "transaction": "order_transactions/create",
    "transactions": "order_transactions/create",
    "webhook": "webhooks/",
}

_PRIVACY = {"customers/data_request", "customers/redact", "shop/redact"}  # name a "customer"

# What a bare body without a topic most likely is: the first whose keys are all there.
_SHAPES: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset(("refund_line_items", "order_id")), "refunds/create"),
    (frozenset(("fulfillment_id", "happened_at")), "fulfillment_events/create"),
    (frozenset(("order_id", "tracking_company")), "fulfillments/update"),
    (frozenset(("abandoned_checkout_url",)), "checkouts/update"),
    (frozenset(("line_items", "total_price", "cart_token", "completed_at")), "checkouts/update"),
    (frozenset(("line_items", "total_price")), "orders/updated"),
    (frozenset(("line_items", "financial_status")), "orders/updated"),
    (frozenset(("variants", "handle")), "products/update"),
    (frozenset(("first_name", "email", "verified_email")), "customers/update"),
)


def normalize(payload: Any, topic: str, context: NormalizeContext) -> list[Outcome]:
    """Return what the body says, one outcome for each thing in it; never raises for bad input.

    :param topic: the header's topic ("orders/create"), or "" to tell it from the body's shape.
    """
    try:
        items, path, topic = _unwrap(payload, topic.strip().lower())
    except Rejection as error:
        return [_rejected(error)]
    reason = ignored_reason(topic)
    if reason:
        return [Ignored(reason)]
    reader = _READERS.get(topic)
    if reader is None:
        return [Ignored(f"{_ELSEWHERE} ({topic[:80] or 'unknown body'})")]
    outcomes: list[Outcome] = []
    for place, item in enumerate(items):
        try:
            here = f"{path}[{place}]" if len(items) > 1 else path
            outcomes.append(reader(Node(item, here), context))
        except Rejection as error:
            outcomes.append(_rejected(error))
    return outcomes or [Ignored("The list is empty.")]


def ignored_reason(topic: str) -> str:
    """Return why a topic has no effect, "" when it has one."""
    hits = [prefix for prefix in IGNORED_TOPICS if topic.startswith(prefix)]
    return IGNORED_TOPICS[max(hits, key=len)] if hits else ""


def _rejected(error: Rejection) -> Rejected:
    return Rejected(error.code, error.detail, error.field, error.retriable)


def _unwrap(payload: Any, topic: str) -> tuple[list[Any], str, str]:
    """Return the bare things in a body, the path to them, and their topic."""
    path = ""
    if isinstance(payload, dict) and set(payload) == {"data"}:
        payload, path = payload["data"], "data"
    if isinstance(payload, dict):
        for key, implied in _WRAPPERS.items():
            inner = payload.get(key)
            fits = not topic or (_same_resource(implied, topic) and topic not in _PRIVACY)
            if fits and len(payload) <= 2 and isinstance(inner, (dict, list)):
                payload, topic = inner, topic or implied
                path = f"{path}.{key}" if path else key
                break
    items = payload if isinstance(payload, list) else [payload]
    if not all(isinstance(item, dict) for item in items):
        raise Rejection("wrong_type", "must be an object or a list of objects", path)
    if not topic and items:
        topic = _guess_topic(items[0])
    return items, path, topic


def _same_resource(one: str, other: str) -> bool:
    return one.partition("/")[0] == other.partition("/")[0]


def _guess_topic(item: dict[str, Any]) -> str:
    keys = item.keys()
    return next((topic for shape, topic in _SHAPES if shape <= keys), "")


def _order(node: Node, context: NormalizeContext) -> Outcome:
    shipments = read_fulfillments(node, context)  # first: what it notes is the order's warning
    return OrderReceived(read_order(node, context), shipments)


def _fulfillment(node: Node, context: NormalizeContext) -> Outcome:
    found = read_fulfillment(node, node.ident("order_id", required=True), context)
    return ShipmentReceived(found) if found else Ignored("Nothing of it has been sent yet.")


def _refund(node: Node, context: NormalizeContext) -> Outcome:
    return RefundReceived(read_refund(node, node.ident("order_id", required=True), "", context))


def _deleted(node: Node, context: NormalizeContext) -> Outcome:
    return OrderWithdrawn(node.ident("id", required=True), context.received_at, "deleted")


def _customer(node: Node, context: NormalizeContext) -> Outcome:
    person, version_at = read_customer(node, context)
    return CustomerReceived(person, version_at)


def _product(node: Node, context: NormalizeContext) -> Outcome:
    return read_product(node, context)


def _privacy(kind: str) -> Callable[[Node, NormalizeContext], Outcome]:
    def read(node: Node, context: NormalizeContext) -> Outcome:
        customer = node.node("customer")
        if customer is None:
            return PrivacyRequested(kind)
        return PrivacyRequested(kind, customer.ident("id"), customer.text("email"))

    return read


_READERS: dict[str, Callable[[Node, NormalizeContext], Outcome]] = {
    "orders/create": _order,
    "orders/updated": _order,
    "orders/paid": _order,
    "orders/cancelled": _order,
    "orders/fulfilled": _order,
    "orders/partially_fulfilled": _order,
    "orders/delete": _deleted,
    "refunds/create": _refund,
    "fulfillments/create": _fulfillment,
    "fulfillments/update": _fulfillment,
    "customers/create": _customer,
    "customers/update": _customer,
    "customers/enable": _customer,
    "customers/disable": _customer,
    "products/create": _product,
    "products/update": _product,
    "customers/data_request": _privacy("data_request"),
    "customers/redact": _privacy("customer_redact"),
    "shop/redact": _privacy("shop_redact"),
}
