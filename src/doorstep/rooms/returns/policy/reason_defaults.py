"""The reasons a new store offers, for clothes, things for the home and electronics.

Words stand in ``phrases``; a kind of product is told by the tags shops give it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DefaultReason:
    """One reason of the default tree; ``kind`` narrows it to a kind of product."""

    code: str
    parent: str = ""
    fault: str = "shopper"
    damage: str = ""
    asks_photo: bool = False
    kind: str = ""


_KIND_TAGS = {
    "apparel": ("apparel", "clothing", "clothes", "fashion", "shoes", "accessories", "textiles"),
    "home": ("home", "kitchen", "furniture", "decor", "ceramics", "tableware", "garden", "plants"),
    "electronics": ("electronics", "electrical", "appliances", "audio", "computers", "phones"),
}


def condition_of(kind: str) -> dict[str, Any]:
    """Return the condition that a product is of a kind; {} for every product."""
    if not kind:
        return {}
    tags = [written for tag in _KIND_TAGS[kind] for written in (tag, tag.capitalize())]
    comparison = {"fact": "return_line.product_tags", "op": "contains_any", "value": tags}
    return {"version": 1, "subject": "return_line", "where": comparison}


DEFAULT_REASONS: tuple[DefaultReason, ...] = (
    DefaultReason("size", kind="apparel"),
    DefaultReason("too_small", "size"),
    DefaultReason("too_large", "size"),
    DefaultReason("too_short", "size"),
    DefaultReason("too_long", "size"),
    DefaultReason("fits_differently", "size"),
    DefaultReason("space", kind="home"),
    DefaultReason("too_big_for_space", "space"),
    DefaultReason("too_small_for_space", "space"),
    DefaultReason("style_does_not_fit", "space"),
    DefaultReason("faulty", fault="merchant", kind="electronics"),
    DefaultReason("does_not_turn_on", "faulty", "merchant", "dead"),
    DefaultReason("stops_working", "faulty", "merchant", "stops"),
    DefaultReason("battery_problem", "faulty", "merchant", "battery"),
    DefaultReason("connection_problem", "faulty", "merchant", "connection"),
    DefaultReason("damaged", fault="carrier"),
    DefaultReason("damaged_in_transit", "damaged", "carrier", "transit", asks_photo=True),
    DefaultReason("broken", "damaged", "carrier", "broken", asks_photo=True),
    DefaultReason("scratched", "damaged", "merchant", "scratched", asks_photo=True),
    DefaultReason("cracked", "damaged", "carrier", "cracked", asks_photo=True, kind="home"),
    DefaultReason("torn", "damaged", "merchant", "torn", asks_photo=True, kind="apparel"),
    DefaultReason("stained", "damaged", "merchant", "stained", asks_photo=True, kind="apparel"),
    DefaultReason("defective", "damaged", "merchant", "defective", asks_photo=True),
    DefaultReason("not_as_described", fault="merchant"),
    DefaultReason("color_differs", "not_as_described", "merchant"),
    DefaultReason("material_differs", "not_as_described", "merchant"),
    DefaultReason("looks_different", "not_as_described", "merchant"),
    DefaultReason("quality_too_low", "not_as_described", "merchant"),
    DefaultReason("wrong_delivery", fault="merchant"),
    DefaultReason("wrong_item", "wrong_delivery", "merchant", asks_photo=True),
    DefaultReason("wrong_variant", "wrong_delivery", "merchant", asks_photo=True),
    DefaultReason("parts_missing", "wrong_delivery", "merchant"),
    DefaultReason("arrived_late", fault="carrier"),
    DefaultReason("changed_mind"),
    DefaultReason("no_longer_needed", "changed_mind"),
    DefaultReason("do_not_like_it", "changed_mind"),
    DefaultReason("found_better_price", "changed_mind"),
    DefaultReason("ordered_too_many", "changed_mind"),
    DefaultReason("ordered_by_mistake", "changed_mind"),
    DefaultReason("unwanted_gift", "changed_mind"),
    DefaultReason("other"),
)
