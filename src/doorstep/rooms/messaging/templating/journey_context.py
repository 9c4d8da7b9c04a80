"""What messages of journeys and campaigns can talk about: a person, mostly one of their orders too.

The conventions of ``context.py`` hold. What a person has not (no order, an empty wish list) is nil
or an empty list, never a missing name, so that one text serves everybody.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypedDict

from doorstep.rooms.messaging.templating.context import (
    BrandContext,
    CustomerContext,
    DeliveryContext,
    LinksContext,
    LocaleContext,
    NamedValue,
    OrderContext,
)

Base = Literal["customer", "order"]

ORDER_JOURNEY_KINDS = (
    "thank_you",
    "new_customer_welcome",
    "how_to",
    "care_tips",
    "review_request",
    "replenishment",
    "cross_sell",
    "second_order_nudge",
    "late_apology",
)
"""Kinds about an order: they need one."""

CUSTOMER_JOURNEY_KINDS = (
    "win_back",
    "birthday",
    "holiday_greeting",
    "follow_us",
    "newsletter_welcome",
    "newsletter",
    "vip_thanks",
    "back_in_stock",
)
"""Kinds about the person: an order may be known, and mostly is not."""

PRODUCT_KINDS = ("back_in_stock",)
"""Of these, kinds about products that no order has: those the way began with."""

JOURNEY_KINDS = (*ORDER_JOURNEY_KINDS, *CUSTOMER_JOURNEY_KINDS)

OWN_PREFIXES: dict[Base, str] = {"customer": "own_customer_", "order": "own_order_"}
"""How the kinds of a store's own messages begin, by what they are about."""
_OWN = re.compile(r"own_(customer|order)_[a-z0-9][a-z0-9_]{0,59}")


def is_own_kind(kind: str) -> bool:
    """Tell whether a kind is one that a store made itself."""
    return _OWN.fullmatch(kind) is not None


def base_of(kind: str) -> Base | None:
    """Return what a journey's message is about, None for a kind that is no journey's."""
    if kind in ORDER_JOURNEY_KINDS or kind.startswith(OWN_PREFIXES["order"]):
        return "order"
    if kind in CUSTOMER_JOURNEY_KINDS or kind.startswith(OWN_PREFIXES["customer"]):
        return "customer"
    return None


class JourneyCustomerContext(CustomerContext):
    """Who it is for."""

    favorite_holiday: Annotated[str, "The holiday they like best, in the message's language"]
    favorite_color: Annotated[str, "The color they like best; empty when they did not say"]
    interests: Annotated[list[str], "What they are interested in"]
    sizes: Annotated[list[NamedValue], "Their sizes, each with name and value"]


class CareProductContext(TypedDict):
    """A product of the order, with what you wrote about it."""

    title: Annotated[str, "Product title"]
    quantity: Annotated[int, "How many pieces of it the order has"]
    image_url: Annotated[str, "Product picture; empty when there is none"]
    url: Annotated[str, "Product page in your shop; empty when you named none"]
    how_to: Annotated[str, "How to use it, in the message's language; may be empty"]
    how_to_video_url: Annotated[str, "Film about how to use it; may be empty"]
    how_to_image_url: Annotated[str, "Picture about how to use it; may be empty"]
    how_to_page_url: Annotated[str, "Page about how to use it; may be empty"]
    care: Annotated[str, "How to look after it, in the message's language; may be empty"]
    run_out_days: Annotated[
        int | None, "How many days one piece lasts; none when it never runs out"
    ]


class ProductContext(TypedDict):
    """A product of your shop."""

    title: Annotated[str, "Product title"]
    image_url: Annotated[str, "Product picture; empty when there is none"]
    url: Annotated[str, "Product page; your shop's address when you named none; may be empty"]


class BlocksContext(TypedDict):
    """Products picked for the person; each list may be empty."""

    best_sellers: Annotated[list[ProductContext], "What sells best, without what they just bought"]
    recently_viewed: Annotated[list[ProductContext], "What they looked at last on your site"]
    wish_list: Annotated[list[ProductContext], "What is on their wish list"]


class JourneyMessageContext(TypedDict):
    """Messages of journeys and campaigns, and those a store makes itself."""

    locale: LocaleContext
    brand: BrandContext
    customer: JourneyCustomerContext
    order: Annotated[OrderContext | None, "The order it is about; none when it is about no order"]
    delivery: Annotated[DeliveryContext | None, "How the order arrives; none without an order"]
    products: Annotated[
        list[CareProductContext],
        "What the message is about: for how_to the products you wrote that for, for back_in_stock"
        " what is there again, and so on",
    ]
    blocks: BlocksContext
    links: LinksContext
    json_ld: Annotated[
        dict[str, Any] | None,
        "Machine-readable order; none in these messages",
    ]
