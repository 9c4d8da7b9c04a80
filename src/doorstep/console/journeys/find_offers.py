"""Ask the journeys room what a definition may name, and put it into words for the forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from doorstep.console.journeys.offers import ActionOffer, MessageOffer, Offers
from doorstep.rooms.journeys import api as journeys


def find_offers() -> Offers:
    """Return what the builder offers in the current store."""
    found = journeys.step_catalog()
    return Offers(
        events=tuple((one["name"], one["label"]) for one in found["events"]),
        order_events=frozenset(one["name"] for one in found["events"] if one["names_order"]),
        sources=tuple((one["name"], one["label"]) for one in found["dates"]),
        segments=tuple((one["id"], one["name"]) for one in found["segments"]),
        topics=tuple((one["key"], one["label"]) for one in found.get("topics", ())),
        messages=tuple(_message(one) for one in found["messages"]),
        actions=tuple(_action(one) for one in found["actions"]),
    )


def _message(one: Mapping[str, Any]) -> MessageOffer:
    return MessageOffer(
        one["kind"],
        one.get("label") or one["kind"].replace("_", " ").capitalize(),
        tuple(one["channels"]),
        one.get("purpose", ""),
        one.get("topic", ""),
    )


def _action(one: Mapping[str, Any]) -> ActionOffer:
    fields = tuple(_field(field) for field in one["fields"])
    return ActionOffer(
        one["name"], one["summary"], one["summary"], fields, one["runs_for"] == "order_id"
    )


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


_LABELS = {"tag": _("Tag"), "text": _("Text"), "label": _("Label"), "note": _("Note")}
