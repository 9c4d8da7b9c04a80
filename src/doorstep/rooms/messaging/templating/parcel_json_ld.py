"""schema.org ``ParcelDelivery`` for mail programs that show parcels as cards.

https://schema.org/ParcelDelivery and
https://developers.google.com/gmail/markup/reference/parcel-delivery.
"""

from __future__ import annotations

from typing import Any

from doorstep.rooms.messaging.templating.json_ld import ORDER_STATUS
from doorstep.rooms.messaging.templating.parcel_context import (
    ParcelContext,
    ParcelLineContext,
    ParcelMessageContext,
    PickupContext,
)

MAX_ITEMS = 20
"""Lines named in the markup; a mail of 500 lines must not carry them twice."""


def parcel_json_ld(kind: str, context: ParcelMessageContext) -> dict[str, Any]:
    """Describe the parcel of a message; put the answer into ``context["json_ld"]``.

    :raises KeyError: not a kind of message about a parcel.
    """
    parcel, links = context["parcel"], context["links"]
    page = links["order"] or parcel["tracking_url"]
    markup: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "ParcelDelivery",
        "partOfOrder": _order(kind, context),
        "deliveryStatus": _event(parcel),
    }
    optional = {
        "carrier": {"@type": "Organization", "name": parcel["carrier_name"]}
        if parcel["carrier_name"]
        else None,
        "trackingNumber": parcel["tracking_number"],
        # Our page shows more than the carrier's, and names the merchant.
        "trackingUrl": page,
        "expectedArrivalFrom": parcel["estimated_from_date"] or parcel["estimated_to_date"],
        "expectedArrivalUntil": parcel["estimated_to_date"],
        "deliveryAddress": _address(context),
        "itemShipped": [_product(line) for line in parcel["lines"][:MAX_ITEMS]],
        "potentialAction": {"@type": "TrackAction", "target": page} if page else None,
    }
    return {**markup, **{name: value for name, value in optional.items() if value}}


def _order(kind: str, context: ParcelMessageContext) -> dict[str, Any]:
    order = {
        "@type": "Order",
        "orderNumber": context["order"]["number"],
        "orderStatus": ORDER_STATUS[kind],
        "merchant": {"@type": "Organization", "name": context["brand"]["name"]},
    }
    if context["links"]["order"]:
        order["url"] = context["links"]["order"]
    return order


def _event(parcel: ParcelContext) -> dict[str, Any]:
    """Return the leg the parcel is on. ``DeliveryEvent`` has no status of its own but its name."""
    pickup = parcel["pickup"]
    event: dict[str, Any] = {
        "@type": "DeliveryEvent",
        "name": parcel["status"].replace("_", " ").capitalize() or "Shipped",
        "hasDeliveryMethod": "http://purl.org/goodrelations/v1#DeliveryModePickUp"
        if pickup
        else "https://schema.org/ParcelService",
    }
    if starts := parcel["delivered_at"] or parcel["shipped_at"]:
        event["startDate"] = starts
    if pickup:
        event.update(_pickup(pickup))
    return event


def _pickup(pickup: PickupContext) -> dict[str, Any]:
    place = {"@type": "Place", "name": pickup["name"], "address": ", ".join(pickup["lines"])}
    optional = {
        "availableThrough": pickup["until_date"],
        "accessCode": pickup["code"],
        "location": place if pickup["name"] or pickup["lines"] else None,
    }
    return {name: value for name, value in optional.items() if value}


def _address(context: ParcelMessageContext) -> dict[str, Any] | None:
    address = context["delivery"]["address"]
    if address is None:
        return None
    return {
        "@type": "PostalAddress",
        "name": address["name"],
        "streetAddress": ", ".join(address["lines"]),
    }


def _product(line: ParcelLineContext) -> dict[str, Any]:
    product = {"@type": "Product", "name": line["title"]}
    if line["image_url"]:
        product["image"] = line["image_url"]
    return product
