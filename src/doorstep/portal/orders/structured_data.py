"""The order as schema.org JSON-LD, for mail clients, assistants and the browser.

Vocabulary: https://schema.org/Order and https://schema.org/OrderStatus. No address and no name
go in: whatever reads the page's data sees no more than the page's reader.
"""

from __future__ import annotations

import json

from django.utils.safestring import SafeString, mark_safe

from doorstep.kernel.money import from_minor
from doorstep.portal.orders.costs import figures
from doorstep.rooms.orders.contracts import HoldReason, OrderState, ShopperOrder
from doorstep.rooms.stores.contracts import StoreInfo

_STATUS = {
    OrderState.READY: "OrderProcessing",
    OrderState.ON_HOLD: "OrderProblem",
    OrderState.SHIPPED: "OrderInTransit",
    OrderState.CANCELED: "OrderCancelled",
}
# What could end the script element or open a comment inside it, as JSON escapes.
_UNSAFE = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def order_json_ld(order: ShopperOrder, store: StoreInfo) -> SafeString:
    """Return the JSON text of a schema.org Order, safe inside a ``<script>`` element."""
    shown = figures(order)
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Order",
        "orderNumber": order.number,
        "orderDate": order.placed_at.isoformat(),
        "priceCurrency": shown.currency,
        "price": str(from_minor(shown.totals.total_minor, shown.currency)),
        "merchant": _without_empty(
            {"@type": "Organization", "name": store.name, "url": store.website_url}
        ),
        "acceptedOffer": [
            {
                "@type": "Offer",
                "itemOffered": _without_empty(
                    {"@type": "Product", "name": line.title, "sku": line.sku}
                ),
                "price": str(from_minor(shown.line(line).total_minor, shown.currency)),
                "priceCurrency": shown.currency,
                "eligibleQuantity": {"@type": "QuantitativeValue", "value": line.quantity},
            }
            for line in order.lines
            if not line.is_removed
        ],
    }
    if status := _status(order):
        data["orderStatus"] = f"https://schema.org/{status}"
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)
    return mark_safe(text)  # noqa: S308 - JSON with <, > and & escaped above


def _status(order: ShopperOrder) -> str:
    if HoldReason.PAYMENT_PENDING in order.hold_reasons:
        return "OrderPaymentDue"
    return _STATUS.get(OrderState(order.state), "")


def _without_empty(data: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in data.items() if value}
