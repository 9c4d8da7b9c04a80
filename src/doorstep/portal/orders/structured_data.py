"""The order as schema.org JSON-LD, for mail clients, assistants and the browser.

Vocabulary: https://schema.org/Order, https://schema.org/OrderStatus and
https://schema.org/ParcelDelivery. No address and no name go in: whatever reads the page's data
sees no more than the page's reader.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from doorstep.kernel.money import from_minor
from doorstep.portal.orders.costs import figures
from doorstep.portal.orders.parcels import PACKED, Parcel
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.orders.contracts import HoldReason, OrderState
from doorstep.rooms.tracking.contracts import ParcelCondition

_STATUS = {
    OrderState.READY: "OrderProcessing",
    OrderState.ON_HOLD: "OrderProblem",
    OrderState.SHIPPED: "OrderInTransit",
    OrderState.CANCELED: "OrderCancelled",
}
_PROBLEMS = frozenset(
    {
        ParcelCondition.LOST,
        ParcelCondition.EXCEPTION,
        ParcelCondition.CUSTOMS,
        ParcelCondition.NOT_FOUND,
        ParcelCondition.STALLED,
    }
)
_MOST = 20  # lines and parcels named: an order of five hundred lines must stay a small page
# What could end the script element or open a comment inside it, as JSON escapes.
_UNSAFE = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def order_json_ld(reading: Reading) -> SafeString:
    """Return the JSON text of a schema.org Order, safe inside a ``<script>`` element."""
    order, store, shown = reading.order, reading.store, figures(reading.order)
    data: dict[str, Any] = {
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
            for line in [line for line in order.lines if not line.is_removed][:_MOST]
        ],
    }
    if status := _status(reading):
        data["orderStatus"] = f"https://schema.org/{status}"
    if reading.parcels:
        data["orderDelivery"] = [_parcel(parcel) for parcel in reading.parcels[:_MOST]]
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)
    return mark_safe(text)  # noqa: S308 - JSON with <, > and & escaped above


def _parcel(parcel: Parcel) -> dict[str, Any]:
    progress = parcel.progress
    estimate = progress.estimate if progress else None
    status: dict[str, Any] = {"@type": "DeliveryEvent", "name": parcel.condition.replace("_", " ")}
    if progress and (at := progress.delivered_at or progress.status_at):
        status["startDate"] = at.isoformat()
    data: dict[str, Any] = {
        "@type": "ParcelDelivery",
        "deliveryStatus": status,
        "carrier": {"@type": "Organization", "name": parcel.carrier} if parcel.carrier else "",
        "trackingNumber": parcel.tracking_number,
        "trackingUrl": parcel.tracking_url,
        "expectedArrivalFrom": str(estimate.from_date) if estimate and estimate.from_date else "",
        "expectedArrivalUntil": str(estimate.to_date) if estimate and estimate.to_date else "",
        "itemShipped": [
            {"@type": "Product", "name": piece.title} for piece in parcel.pieces[:_MOST]
        ],
    }
    return _without_empty(data)


def _status(reading: Reading) -> str:
    order = reading.order
    if HoldReason.PAYMENT_PENDING in order.hold_reasons:
        return "OrderPaymentDue"
    conditions = {parcel.condition for parcel in reading.parcels}
    if order.state in {OrderState.CANCELED, OrderState.ON_HOLD} or not conditions:
        return _STATUS.get(OrderState(order.state), "")
    if conditions & _PROBLEMS:
        return "OrderProblem"
    if conditions & {ParcelCondition.RETURNED, ParcelCondition.RETURNING}:
        return "OrderReturned"
    if reading.waiting or PACKED in conditions:
        return "OrderProcessing"
    if conditions == {ParcelCondition.DELIVERED}:
        return "OrderDelivered"
    if conditions <= {ParcelCondition.DELIVERED, ParcelCondition.PICKUP}:
        return "OrderPickupAvailable"
    return "OrderInTransit"


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value}
