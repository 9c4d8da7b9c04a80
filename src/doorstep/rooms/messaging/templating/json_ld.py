"""schema.org ``Order`` for mail programs that show orders as cards.

https://developers.google.com/gmail/markup/reference/order; prices are decimal texts.
"""

from __future__ import annotations

from typing import Any

from doorstep.kernel.money import from_minor
from doorstep.rooms.messaging.templating.context import (
    LineContext,
    MoneyValue,
    OrderMessageContext,
)

ORDER_STATUS = {
    "change_applied": "https://schema.org/OrderProcessing",
    "change_payment": "https://schema.org/OrderPaymentDue",
    "change_ended": "https://schema.org/OrderProcessing",
    "order_confirmation": "https://schema.org/OrderProcessing",
    "order_on_hold": "https://schema.org/OrderProblem",
    "order_canceled": "https://schema.org/OrderCancelled",
    "order_refunded": "https://schema.org/OrderReturned",
    "order_ship_late": "https://schema.org/OrderProcessing",
    "order_history": "https://schema.org/OrderProcessing",
    "parcel_shipped": "https://schema.org/OrderInTransit",
    "parcel_out_for_delivery": "https://schema.org/OrderInTransit",
    "parcel_delivered": "https://schema.org/OrderDelivered",
    "parcel_attempt_failed": "https://schema.org/OrderInTransit",
    "parcel_ready_for_pickup": "https://schema.org/OrderPickupAvailable",
    "parcel_delayed": "https://schema.org/OrderInTransit",
    "parcel_exception": "https://schema.org/OrderProblem",
    "parcel_returning": "https://schema.org/OrderProblem",
    "parcel_lost": "https://schema.org/OrderProblem",
    "return_requested": "https://schema.org/OrderDelivered",
    "return_approved": "https://schema.org/OrderDelivered",
    "return_declined": "https://schema.org/OrderDelivered",
    "return_expiring": "https://schema.org/OrderDelivered",
    "return_missing": "https://schema.org/OrderDelivered",
    "return_received": "https://schema.org/OrderDelivered",
    "return_refused": "https://schema.org/OrderDelivered",
    "return_credited": "https://schema.org/OrderReturned",
    "exchange_ordered": "https://schema.org/OrderReturned",
    "replacement_ordered": "https://schema.org/OrderReturned",
    "repair_sent_back": "https://schema.org/OrderInTransit",
    "made_good": "https://schema.org/OrderProblem",
}
MAX_OFFERS = 20
"""Lines named in the markup; a mail of 500 lines must not carry them twice."""


def order_json_ld(kind: str, context: OrderMessageContext) -> dict[str, Any]:
    """Describe the order of a message; put the answer into ``context["json_ld"]``.

    :raises KeyError: a kind without an order status.
    """
    order, brand, links = context["order"], context["brand"], context["links"]
    markup: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Order",
        "merchant": {"@type": "Organization", "name": brand["name"]},
        "orderNumber": order["number"],
        "orderDate": order["placed_at"],
        "orderStatus": ORDER_STATUS[kind],
        "price": _price(order["total"]),
        "priceCurrency": order["total"]["currency"],
        "acceptedOffer": [_offer(line) for line in order["lines"][:MAX_OFFERS]],
    }
    if context["customer"]["name"]:
        markup["customer"] = {"@type": "Person", "name": context["customer"]["name"]}
    if links["order"]:
        markup["url"] = links["order"]
        markup["potentialAction"] = {"@type": "ViewAction", "target": links["order"]}
    if order["discount_total"]["minor"]:
        markup["discount"] = _price(order["discount_total"])
        markup["discountCurrency"] = order["discount_total"]["currency"]
    if delivery := _delivery(context):
        markup["orderDelivery"] = delivery
    return markup


def _price(amount: MoneyValue) -> str:
    return str(from_minor(amount["minor"], amount["currency"]))


def _offer(line: LineContext) -> dict[str, Any]:
    product: dict[str, Any] = {"@type": "Product", "name": line["title"]}
    if line["sku"]:
        product["sku"] = line["sku"]
    if line["image_url"]:
        product["image"] = line["image_url"]
    if line["url"]:
        product["url"] = line["url"]
    return {
        "@type": "Offer",
        "itemOffered": product,
        "price": _price(line["unit_price"]),
        "priceCurrency": line["unit_price"]["currency"],
        "eligibleQuantity": {"@type": "QuantitativeValue", "value": line["quantity"]},
    }


def _delivery(context: OrderMessageContext) -> dict[str, Any]:
    delivery = context["delivery"]
    if delivery["kind"] != "ship" or not delivery["latest_date"]:
        return {}
    markup: dict[str, Any] = {
        "@type": "ParcelDelivery",
        "expectedArrivalUntil": delivery["latest_date"],
    }
    if delivery["earliest_date"]:
        markup["expectedArrivalFrom"] = delivery["earliest_date"]
    return markup
