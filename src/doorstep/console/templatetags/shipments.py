"""Template tags of the shipment pages: care in words with its icon, weights, one order's part."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.contracts import CarrierInfo, PackedThing, ParcelView
from doorstep.rooms.orders.contracts import HoldReason, OrderDetail

register = template.Library()

# handling class → (words, icon, tone)
CARE: dict[str, tuple[Any, str, str]] = {
    "fragile": (_("Fragile"), "glass", "info"),
    "perishable": (_("Perishable"), "snow", "info"),
    "oversize": (_("Oversize"), "ruler", "neutral"),
    "live_animals": (_("Live animals"), "paw", "warn"),
    "hazardous": (_("Hazardous"), "flame", "bad"),
    "high_value": (_("High value"), "gem", "warn"),
}
# state → (words, tone): a shipment's own, beside those that orders share
STATES: dict[str, tuple[Any, str]] = {
    "to_pack": (_("To pack"), "info"),
    "on_hold": (_("On hold"), "warn"),
    "packed": (_("Packed"), "ok"),
    "shipped": (_("Shipped"), "neutral"),
    "canceled": (_("Canceled"), "neutral"),
}


@register.filter
def care_words(cause: str) -> Any:
    """Say a handling class in words; a rule's name stays as it was given."""
    return CARE[cause][0] if cause in CARE else cause


@register.filter
def care_icon(cause: str) -> str:
    """Return the icon of a handling class, or of a rule."""
    return CARE[cause][1] if cause in CARE else "spark"


@register.filter
def care_tone(cause: str) -> str:
    """Return the tone of a handling class."""
    return CARE[cause][2] if cause in CARE else "neutral"


@register.filter
def shipment_words(state: str) -> Any:
    """Say where a shipment stands."""
    return STATES[state][0] if state in STATES else state


@register.filter
def shipment_tone(state: str) -> str:
    """Return the tone of a shipment's state."""
    return STATES[state][1] if state in STATES else "neutral"


@register.filter
def extra_words(kind: str) -> Any:
    """Say what goes in without having been ordered."""
    return {"sample": _("Sample"), "bonus": _("Bonus")}.get(kind, "")


@register.filter
def grams(weight: int | None) -> str:
    """Show a weight: "850 g", "1.2 kg"; a dash where it is not known."""
    if weight is None:
        return "–"
    return (
        f"{weight} g" if weight < 1000 else f"{weight / 1000:.2f}".rstrip("0").rstrip(".") + " kg"
    )


@register.filter
def variant_words(thing: PackedThing) -> str:
    """Say which variant a thing is: its options, else the variant's own title."""
    values = ", ".join(value for _name, value in thing.options if value)
    return values or thing.variant_title


@register.filter
def service_name(parcel: ParcelView, carriers: Iterable[CarrierInfo]) -> str:
    """Return the name of a parcel's service level; its code where the carrier has it no longer."""
    for carrier in carriers:
        if carrier.code == parcel.carrier:
            for level in carrier.service_levels:
                if level.code == parcel.service_level:
                    return level.name
    return parcel.service_level


@register.inclusion_tag("console/shipments/of_order.html", takes_context=True)
def order_shipments(context: Any, order: OrderDetail) -> dict[str, Any]:
    """Show an order's shipments on its page, to those who may see shipments."""
    may = context.get("may", {})
    if not may.get("shipments_view"):
        return {"is_shown": False}
    waiting = {hold.reason for hold in order.holds if hold.lifted_at is None}
    return {
        "is_shown": True,
        "store": context["store"],
        "may": may,
        "csrf_token": context.get("csrf_token"),
        "order": order,
        "shipments": fulfillment.list_shipments_of([order.summary.id]).get(order.summary.id, []),
        "waits_for_stock": waiting == {HoldReason.OUT_OF_STOCK.value},
    }
