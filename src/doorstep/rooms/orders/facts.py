"""What conditions can ask about an order, and about what a customer bought."""

from __future__ import annotations

from doorstep.kernel.conditions.facts import (
    Fact,
    FactType,
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
