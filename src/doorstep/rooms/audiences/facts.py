"""What conditions can ask about a customer's segments and doings on the merchant's site."""

from __future__ import annotations

from doorstep.kernel.conditions.api import (
    Aggregate,
    Fact,
    FactType,
    Membership,
    Param,
    register_fact,
)
from doorstep.rooms.audiences.rules.asking import SEGMENTS

register_fact(
    Fact(
        name=SEGMENTS,
        subject="customer",
        type=FactType.SET,
        label="segments",
        description="The segments the customer belongs to, as their ids.",
        sql=Membership(
            element="belonging.segment_id::text",
            source="audiences_membership belonging JOIN audiences_segment belonged_to "
            "ON belonged_to.id = belonging.segment_id AND belonged_to.archived_at IS NULL",
            key="belonging.customer_id",
            store="belonging.store_id",
        ),
    )
)

_DONE = {
    "key": "done.customer_id",
    "store": "done.store_id",
    "moment": "done.occurred_at",
}
_ACTIVITY = "audiences_siteactivity done"
_SEEN = (
    "audiences_siteactivity done LEFT JOIN catalog_product seen_product "
    "ON seen_product.id = done.product_id"
)
_PRODUCT = Param("product", FactType.TEXT, "product")
# Told by its title here, or by the id, SKU or handle that the site named.
_IS_PRODUCT = "(done.product_ref = {product} OR seen_product.title = {product})"


def _count(
    name: str, label: str, description: str, where: str, source: str = _ACTIVITY, *params: Param
) -> None:
    register_fact(
        Fact(
            name=f"customer.{name}",
            subject="customer",
            type=FactType.COUNT,
            label=label,
            description=description,
            sql=Aggregate(
                value="count(*)", source=source, where=f"done.customer_id IS NOT NULL AND {where}",
                **_DONE,
            ),
            params=params,
            windowed=True,
        )
    )  # fmt: skip


_count(
    "page_views",
    "pages seen",
    "How many pages of the shop's site the customer opened.",
    "done.kind = 'page_viewed'",
)
_count(
    "product_views",
    "products looked at",
    "How often the customer looked at any product on the site.",
    "done.kind = 'product_viewed'",
)
_count(
    "views_of_product",
    "looks at a product",
    "How often the customer looked at one product, by its title, SKU, handle or id.",
    f"done.kind = 'product_viewed' AND {_IS_PRODUCT}",
    _SEEN,
    _PRODUCT,
)
_count(
    "searches",
    "searches",
    "How often the customer searched the site.",
    "done.kind = 'searched'",
)
_count(
    "searches_for",
    "searches for",
    "How often the customer searched the site for something with this word in it.",
    "done.kind = 'searched' AND strpos(lower(done.details ->> 'query'), lower({word})) > 0",
    _ACTIVITY,
    Param("word", FactType.TEXT, "word"),
)
_count(
    "added_to_cart",
    "things put into the cart",
    "How often the customer put something into the cart on the site.",
    "done.kind = 'added_to_cart'",
)
_count(
    "carts_with_product",
    "times a product was put into the cart",
    "How often the customer put one product into the cart, by its title, SKU, handle or id.",
    f"done.kind = 'added_to_cart' AND {_IS_PRODUCT}",
    _SEEN,
    _PRODUCT,
)
_count(
    "site_events",
    "things done on the site",
    "How often the customer did something on the site that the shop gave a name of its own.",
    "done.kind = {kind}",
    _ACTIVITY,
    Param("kind", FactType.TEXT, "name"),
)
register_fact(
    Fact(
        name="customer.last_visit_at",
        subject="customer",
        type=FactType.DATETIME,
        label="last visit",
        description="When the customer last did anything on the shop's site.",
        sql=Aggregate(
            value="max(done.occurred_at)",
            source=_ACTIVITY,
            where="done.customer_id IS NOT NULL",
            **_DONE,
        ),
    )
)

_WISHED = {
    "source": "audiences_wishlistitem wish LEFT JOIN catalog_product wished_product "
    "ON wished_product.id = wish.product_id",
    "key": "wish.customer_id",
    "store": "wish.store_id",
    "where": "wish.customer_id IS NOT NULL AND wish.removed_at IS NULL",
    "moment": "wish.added_at",
}
register_fact(
    Fact(
        name="customer.wishes",
        subject="customer",
        type=FactType.COUNT,
        label="things on the wish list",
        description="How many things are on the customer's wish list.",
        sql=Aggregate(value="count(*)", **_WISHED),
        windowed=True,
    )
)
register_fact(
    Fact(
        name="customer.wish_list",
        subject="customer",
        type=FactType.SET,
        label="wish list",
        description="What is on the customer's wish list, by title (or as the site named it).",
        sql=Membership(
            element="coalesce(nullif(wished_product.title, ''), wish.product_ref)", **_WISHED
        ),
    )
)
