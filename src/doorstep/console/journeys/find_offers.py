"""Ask the journeys room what a definition may name, and put it into words for the forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.console.journeys.offers import ActionOffer, MessageOffer, Offers
from doorstep.rooms.journeys import api as journeys
from doorstep.rooms.messaging import api as messaging

# What marketers start, wait for and stop at most, in their words and this order. What a room
# registers beyond that follows with the first sentence of its own description.
_COMMON: dict[str, Any] = {
    "orders.order_placed": _("somebody orders"),
    "orders.order_shipped": _("an order has left"),
    "tracking.parcel_delivered": _("a parcel is delivered"),
    "tracking.parcel_late": _("a parcel is late"),
    "tracking.alarm_ended": _("a late parcel moves or arrives"),
    "tracking.parcel_lost": _("a parcel is lost"),
    "orders.order_canceled": _("an order is canceled"),
    "orders.order_refunded": _("money goes back to the shopper"),
    "audiences.site_activity_recorded": _("a known customer does something on your site"),
    "audiences.wish_back_in_stock": _("something on a wish list is there again"),
    "audiences.segment_entered": _("somebody enters any segment"),
    "audiences.segment_left": _("somebody leaves any segment"),
    "messaging.consent_changed": _("somebody allows or refuses messages"),
    "customers.customer_changed": _("somebody’s data changes"),
    "orders.order_put_on_hold": _("an order is put on hold"),
    "orders.order_released": _("an order’s last hold is lifted"),
    "fulfillment.shipment_packed": _("a shipment is packed"),
    "fulfillment.shipment_shipped": _("a shipment leaves"),
    "fulfillment.ship_by_missed": _("a shipment misses its promised day"),
    "tracking.parcel_stalled": _("a parcel does not move"),
    "tracking.parcel_not_found": _("a delivered parcel can’t be found"),
}
_EXITS = 10  # so many of the first can be ticked as ends


def find_offers() -> Offers:
    """Return what the builder offers in the current store."""
    found = journeys.step_catalog()
    events = _events(found["events"])
    return Offers(
        events=events,
        event_fields={one["name"]: tuple(one["fields"]) for one in found["events"]},
        exit_events=tuple(pair for pair in events if pair[0] in tuple(_COMMON)[:_EXITS]),
        order_events=frozenset(one["name"] for one in found["events"] if one["names_order"]),
        sources=tuple((one["name"], one["label"]) for one in found["dates"]),
        segments=tuple((one["id"], one["name"]) for one in found["segments"]),
        topics=tuple((one["key"], one["label"]) for one in found.get("topics", ())),
        messages=tuple(_message(one) for one in found["messages"]),
        actions=tuple(_action(one) for one in found["actions"]),
    )


def _events(listed: list[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    labels = {one["name"]: one["label"] for one in listed}
    common = [(name, str(words)) for name, words in _COMMON.items() if name in labels]
    others = [(name, _first_words(label)) for name, label in labels.items() if name not in _COMMON]
    return (*common, *sorted(others, key=lambda pair: pair[1]))


def _first_words(label: str) -> str:
    """Cut a description down to what names the event."""
    return re.split(r"[;:(]", label.replace("``", ""))[0].strip().rstrip(".,") or label


def _message(one: Mapping[str, Any]) -> MessageOffer:
    return MessageOffer(
        one["kind"],
        one.get("label") or messaging.kind_title(one["kind"]),
        tuple(one["channels"]),
        one.get("purpose", ""),
        one.get("topic", ""),
    )


def _action(one: Mapping[str, Any]) -> ActionOffer:
    fields = tuple(_field(field) for field in one["fields"])
    label, _colon, hint = one["summary"].partition(": ")
    hint = hint[:1].upper() + hint[1:]
    return ActionOffer(one["name"], label, hint, fields, one["runs_for"] == "order_id")


def _field(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a property of a JSON schema into what a form's field needs."""
    kinds = [schema, *schema.get("anyOf", ())]
    kind = next((one["type"] for one in kinds if one.get("type") not in (None, "null")), "string")
    choices = next((one["enum"] for one in kinds if one.get("enum")), ())
    return {
        "name": schema["name"],
        "label": _LABELS.get(schema["name"]) or schema["name"].replace("_", " ").capitalize(),
        "type": kind,
        "required": schema.get("required", False),
        "choices": choices,
        "default": schema.get("default"),
        "help": schema.get("description", ""),
    }


_LABELS = {
    "amount": _("Amount for each person"),
    "currency": _("Currency"),
    "words": _("What the customer reads"),
    "lasts_days": _("Days it lasts"),
    "tag": _("Tag"),
    "text": _("Text"),
    "label": _("Label"),
    "note": _("Note"),
}
