"""What conditions can ask about an order, and about what a customer bought."""

from __future__ import annotations

from doorstep.kernel.conditions.facts import (
    Fact,
    FactType,
    Param,
    Subject,
    register_fact,
    register_subject,
)
from doorstep.kernel.conditions.sqlfacts import Aggregate, Column, Membership, SqlFact
from doorstep.rooms.orders.contracts import FinancialStatus, HoldReason, OrderState

ORDER = register_subject(Subject("order", "order", "orders_order"))

_LINES = {
    "source": "orders_orderline line",
    "key": "line.order_id",
    "store": "line.store_id",
    "where": "line.removed_at IS NULL",
}


def _order(
    name: str,
    type: FactType,
    label: str,
    description: str,
    sql: SqlFact,
    choices: tuple[str, ...] = (),
) -> None:
    register_fact(
        Fact(
            name=f"order.{name}",
            subject="order",
            type=type,
            label=label,
            description=description,
            sql=sql,
            choices=choices,
        )
    )


_order(
    "total",
    FactType.MONEY,
    "order total",
    "What the whole order costs, in its own currency.",
    Column("{s}.total_minor", currency="{s}.currency"),
)
_order(
    "item_count",
    FactType.COUNT,
    "number of pieces",
    "How many pieces the order has in all its lines.",
    Column("{s}.item_count"),
)
_order(
    "channel",
    FactType.TEXT,
    "sales channel",
    "Where it was bought.",
    Column("{s}.sales_channel"),
)
_order(
    "country",
    FactType.TEXT,
    "delivery country",
    "Where it goes, ISO 3166-1 alpha-2 (DE).",
    Column("nullif({s}.country_code, '')"),
)
_order(
    "billing_country",
    FactType.TEXT,
    "billing country",
    "Where the bill goes, ISO 3166-1 alpha-2 (DE).",
    Column("nullif({s}.billing_address ->> 'country_code', '')"),
)
_order(
    "financial_status",
    FactType.ENUM,
    "payment",
    "Where the money for the order stands.",
    Column("{s}.financial_status"),
    tuple(str(status) for status in FinancialStatus),
)
_order(
    "state",
    FactType.ENUM,
    "state",
    "Whether the order can go out.",
    Column("{s}.state"),
    tuple(str(state) for state in OrderState),
)
_order(
    "placed_at",
    FactType.DATETIME,
    "time of the order",
    "When it was placed.",
    Column("{s}.placed_at"),
)
_order(
    "is_test",
    FactType.BOOL,
    "is a test",
    "Whether the platform calls it a test order.",
    Column("{s}.is_test"),
)
_order(
    "payment_method",
    FactType.TEXT,
    "payment method",
    "How it is paid, in the platform's words.",
    Column("nullif({s}.payment_method, '')"),
)
_order(
    "skus",
    FactType.SET,
    "articles",
    "The article numbers of its lines.",
    Membership(
        element="line.sku", **{**_LINES, "where": "line.removed_at IS NULL AND line.sku <> ''"}
    ),
)
_order(
    "tags",
    FactType.SET,
    "tags",
    "The tags it has on its platform.",
    Membership(
        element="t.tag",
        source="orders_order tagged "
        "CROSS JOIN LATERAL jsonb_array_elements_text(tagged.tags) AS t(tag)",
        key="tagged.id",
        store="tagged.store_id",
    ),
)
_order(
    "hold_reasons",
    FactType.SET,
    "reasons to wait",
    "Why it is on hold: " + ", ".join(HoldReason) + ".",
    Membership(
        element="hold.reason",
        source="orders_hold hold",
        key="hold.order_id",
        store="hold.store_id",
        where="hold.lifted_at IS NULL",
    ),
)

_order(
    "is_gift",
    FactType.BOOL,
    "is a gift",
    "Whether the shopper called it a gift.",
    Column("{s}.is_gift"),
)
_order(
    "gift_wrap",
    FactType.BOOL,
    "gift wrap is wished",
    "Whether the shopper wants it wrapped as a gift.",
    Column("{s}.gift_wrap"),
)
_order(
    "shipping_method",
    FactType.TEXT,
    "shipping method",
    "How it is to be sent, in the platform's words.",
    Column("nullif({s}.shipping_method, '')"),
)
_WEIGHED = "coalesce(line.weight_grams, weighed.weight_grams, 0)"
_order(
    "weight",
    FactType.NUMBER,
    "weight in grams",
    "What its pieces weigh together; pieces whose weight is not known count 0.",
    Aggregate(
        value=f"sum(line.quantity * {_WEIGHED})",
        **{
            **_LINES,
            "source": "orders_orderline line "
            "LEFT JOIN catalog_variant weighed ON weighed.id = line.variant_id",
        },
    ),
)
_EARLIER = """
    FROM orders_order earlier
    WHERE earlier.store_id = {s}.store_id AND earlier.customer_id = {s}.customer_id
      AND earlier.canceled_at IS NULL AND NOT earlier.is_test
      AND (earlier.placed_at, earlier.id) < ({s}.placed_at, {s}.id)
"""
_order(
    "is_first",
    FactType.BOOL,
    "is the customer's first order",
    "Whether the customer had not ordered before; not known of guests nobody can tell.",
    Column("CASE WHEN {s}.customer_id IS NOT NULL THEN NOT EXISTS (SELECT 1" + _EARLIER + ") END"),
)
_order(
    "orders_before",
    FactType.COUNT,
    "orders placed before it",
    "How many orders the customer had placed before this one; canceled ones do not count.",
    Column("(SELECT count(*)" + _EARLIER + ")"),
)

# About one line of an order.
LINE = register_subject(Subject("line", "line of an order", "orders_orderline"))
_LINE_ORDER = "LEFT JOIN orders_order line_order ON line_order.id = {s}.order_id"
_LINE_VARIANT = "LEFT JOIN catalog_variant line_variant ON line_variant.id = {s}.variant_id"


def _line(name: str, type: FactType, label: str, description: str, sql: SqlFact) -> None:
    register_fact(
        Fact(
            name=f"line.{name}",
            subject="line",
            type=type,
            label=label,
            description=description,
            sql=sql,
        )
    )


_line("sku", FactType.TEXT, "article number", "Its SKU.", Column("nullif({s}.sku, '')"))
_line("title", FactType.TEXT, "title", "What the product is called.", Column("{s}.title"))
_line(
    "variant_title",
    FactType.TEXT,
    "variant",
    "What the variant is called, as “Blue / M”.",
    Column("nullif({s}.variant_title, '')"),
)
_line("quantity", FactType.COUNT, "pieces", "How many were bought.", Column("{s}.quantity"))
_line(
    "price",
    FactType.MONEY,
    "price of a piece",
    "What one piece costs before discounts, in the order's currency.",
    Column("{s}.unit_price_minor", (_LINE_ORDER,), currency="line_order.currency"),
)
_line(
    "weight",
    FactType.NUMBER,
    "weight of a piece in grams",
    "What one piece weighs: the line's own weight, else the variant's.",
    Column("coalesce({s}.weight_grams, line_variant.weight_grams)", (_LINE_VARIANT,)),
)
_line(
    "longest_side",
    FactType.NUMBER,
    "longest side in millimeters",
    "The longest side of one piece as it is packed.",
    Column(
        "greatest(line_variant.length_mm, line_variant.width_mm, line_variant.height_mm)",
        (_LINE_VARIANT,),
    ),
)
_line(
    "country",
    FactType.TEXT,
    "delivery country",
    "Where its order goes, ISO 3166-1 alpha-2 (DE).",
    Column("nullif(line_order.country_code, '')", (_LINE_ORDER,)),
)
_line(
    "options",
    FactType.SET,
    "options",
    "What was chosen, each as “Color: Blue”.",
    Membership(
        element="(chosen.pair ->> 0) || ': ' || (chosen.pair ->> 1)",
        source="orders_orderline opted "
        "CROSS JOIN LATERAL jsonb_array_elements(opted.options) AS chosen(pair)",
        key="opted.id",
        store="opted.store_id",
    ),
)
_line(
    "wishes",
    FactType.SET,
    "wishes",
    "The names of what the shopper filled in for it, as “Engraving”.",
    Membership(
        element="wish.pair ->> 0",
        source="orders_orderline wished "
        "CROSS JOIN LATERAL jsonb_array_elements(wished.properties) AS wish(pair)",
        key="wished.id",
        store="wished.store_id",
    ),
)
_line(
    "product_tags",
    FactType.SET,
    "tags of the product",
    "The tags its product has on its platform.",
    Membership(
        element="tag.word",
        source="orders_orderline labeled "
        "JOIN catalog_variant labeled_variant ON labeled_variant.id = labeled.variant_id "
        "JOIN catalog_product product ON product.id = labeled_variant.product_id "
        "CROSS JOIN LATERAL jsonb_array_elements_text(product.tags) AS tag(word)",
        key="labeled.id",
        store="labeled.store_id",
    ),
)

# About the customer: the orders they placed, canceled ones and tests left out.
_BOUGHT = {
    "source": "orders_order bought",
    "key": "bought.customer_id",
    "store": "bought.store_id",
    "where": "bought.canceled_at IS NULL AND NOT bought.is_test",
    "moment": "bought.placed_at",
}
register_fact(
    Fact(
        name="customer.orders",
        subject="customer",
        type=FactType.COUNT,
        label="number of orders",
        description="How many orders the customer placed; canceled ones do not count.",
        sql=Aggregate(value="count(*)", **_BOUGHT),
        windowed=True,
    )
)
register_fact(
    Fact(
        name="customer.last_order_at",
        subject="customer",
        type=FactType.DATETIME,
        label="last order",
        description="When the customer last placed an order that was not canceled.",
        sql=Aggregate(value="max(bought.placed_at)", **_BOUGHT),
    )
)
register_fact(
    Fact(
        name="customer.first_order_at",
        subject="customer",
        type=FactType.DATETIME,
        label="first order",
        description="When the customer first placed an order that was not canceled.",
        sql=Aggregate(value="min(bought.placed_at)", **_BOUGHT),
    )
)
register_fact(
    Fact(
        name="customer.days_since_order",
        subject="customer",
        type=FactType.NUMBER,
        label="days since the last order",
        description="How many days of the store ago the customer last ordered; not known of who "
        "never did.",
        sql=Aggregate(
            value="min(({at} AT TIME ZONE {zone})::date"
            " - (bought.placed_at AT TIME ZONE {zone})::date)",
            **_BOUGHT,
        ),
    )
)
register_fact(
    Fact(
        name="customer.items_bought",
        subject="customer",
        type=FactType.COUNT,
        label="pieces bought",
        description="How many pieces the customer's orders have together.",
        sql=Aggregate(value="sum(bought.item_count)", **_BOUGHT),
        windowed=True,
    )
)
register_fact(
    Fact(
        name="customer.refunded_orders",
        subject="customer",
        type=FactType.COUNT,
        label="orders with money back",
        description="For how many orders the customer got some or all of the money back.",
        sql=Aggregate(
            value="count(*)",
            **{**_BOUGHT, "where": _BOUGHT["where"] + " AND bought.refunded_minor > 0"},
        ),
        windowed=True,
    )
)

# Amounts add up within one currency only: the store's. Asked once for the whole statement.
_OWN_CURRENCY = "(SELECT own.currency FROM stores_store own WHERE own.id = {store})"
_PAID = {
    **_BOUGHT,
    "where": _BOUGHT["where"] + f" AND bought.currency = {_OWN_CURRENCY}",
    "currency": _OWN_CURRENCY,
}
register_fact(
    Fact(
        name="customer.spent",
        subject="customer",
        type=FactType.MONEY,
        label="amount spent",
        description="What the customer's orders cost together, less what was paid back; orders "
        "in other currencies than the store's do not count.",
        sql=Aggregate(value="sum(bought.total_minor - bought.refunded_minor)", **_PAID),
        windowed=True,
    )
)
register_fact(
    Fact(
        name="customer.average_order",
        subject="customer",
        type=FactType.MONEY,
        label="average order",
        description="What an order of the customer's costs on average, in the store's currency.",
        sql=Aggregate(value="avg(bought.total_minor)", **_PAID),
        windowed=True,
    )
)

# What was bought, line by line.
_LINES_BOUGHT = {
    "key": "bought.customer_id",
    "store": "bought.store_id",
    "moment": "bought.placed_at",
}
_KEPT_LINES = _BOUGHT["where"] + " AND bought_line.removed_at IS NULL"
_BOUGHT_LINES = (
    "orders_order bought JOIN orders_orderline bought_line ON bought_line.order_id = bought.id"
)
_BOUGHT_PRODUCTS = (
    _BOUGHT_LINES + " LEFT JOIN catalog_variant bought_variant"
    " ON bought_variant.id = bought_line.variant_id"
    " LEFT JOIN catalog_product bought_product ON bought_product.id = bought_variant.product_id"
)


def _set_bought(name: str, label: str, description: str, source: str, element: str) -> None:
    register_fact(
        Fact(
            name=f"customer.{name}",
            subject="customer",
            type=FactType.SET,
            label=label,
            description=description,
            sql=Membership(element=element, source=source, where=_KEPT_LINES, **_LINES_BOUGHT),
            windowed=True,
        )
    )


_set_bought(
    "skus",
    "articles bought",
    "The article numbers of what the customer bought.",
    _BOUGHT_LINES,
    "bought_line.sku",
)
_set_bought(
    "products",
    "products bought",
    "What the customer bought, by the products' titles.",
    _BOUGHT_PRODUCTS,
    "coalesce(nullif(bought_product.title, ''), bought_line.title)",
)
_set_bought(
    "product_tags",
    "kinds of products bought",
    "The tags (categories) that the products the customer bought have on their platform.",
    _BOUGHT_PRODUCTS + " CROSS JOIN LATERAL jsonb_array_elements_text("
    "coalesce(bought_product.tags, '[]'::jsonb)) AS bought_tag(word)",
    "bought_tag.word",
)
register_fact(
    Fact(
        name="customer.channels",
        subject="customer",
        type=FactType.SET,
        label="sales channels bought on",
        description="Where the customer bought.",
        sql=Membership(element="bought.sales_channel", **_BOUGHT),
        windowed=True,
    )
)


def _pieces(name: str, label: str, description: str, source: str, where: str, param: Param) -> None:
    register_fact(
        Fact(
            name=f"customer.{name}",
            subject="customer",
            type=FactType.COUNT,
            label=label,
            description=description,
            sql=Aggregate(
                value="sum(bought_line.quantity)",
                source=source,
                where=f"{_KEPT_LINES} AND {where}",
                **_LINES_BOUGHT,
            ),
            params=(param,),
            windowed=True,
        )
    )


_pieces(
    "pieces_of_article",
    "pieces bought of an article",
    "How many pieces of one article, by its number, the customer bought.",
    _BOUGHT_LINES,
    "bought_line.sku = {sku}",
    Param("sku", FactType.TEXT, "article number"),
)
_pieces(
    "pieces_of_kind",
    "pieces bought of a kind",
    "How many pieces of products with a tag (a category) the customer bought.",
    _BOUGHT_PRODUCTS,
    "coalesce(bought_product.tags, '[]'::jsonb) @> jsonb_build_array({tag})",
    Param("tag", FactType.TEXT, "tag"),
)
