"""How people speak of this room's facts: what stands in conditions, reasons and policies."""

from __future__ import annotations

from doorstep.kernel.conditions.api import say_fact

say_fact(
    "customer.segments",
    "belongs to {}",
    no="does not belong to {}",
    known="belongs to a segment",
    unknown="belongs to no segment",
)
say_fact(
    "customer.page_views",
    "has opened {} pages of the site",
    one="has opened {} page of the site",
)
say_fact(
    "customer.product_views",
    "has looked at products {} times",
    one="has looked at products {} time",
)
say_fact(
    "customer.views_of_product",
    "has looked at {product} {} times",
    one="has looked at {product} {} time",
)
say_fact("customer.searches", "has searched the site {} times", one="has searched the site {} time")
say_fact(
    "customer.searches_for",
    "has searched the site for {word} {} times",
    one="has searched the site for {word} {} time",
)
say_fact(
    "customer.added_to_cart",
    "has put something into the cart {} times",
    one="has put something into the cart {} time",
)
say_fact(
    "customer.carts_with_product",
    "has put {product} into the cart {} times",
    one="has put {product} into the cart {} time",
)
say_fact(
    "customer.site_events",
    "has done {kind} on the site {} times",
    one="has done {kind} on the site {} time",
)
say_fact(
    "customer.last_visit_at",
    "last visited the site {}",
    known="has visited the site",
    unknown="has never visited the site",
)
say_fact(
    "customer.wishes",
    "has {} things on the wish list",
    one="has {} thing on the wish list",
)
say_fact(
    "customer.wish_list",
    "has {} on the wish list",
    no="does not have {} on the wish list",
    known="has something on the wish list",
    unknown="has nothing on the wish list",
)
