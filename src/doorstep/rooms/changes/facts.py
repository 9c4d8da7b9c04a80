"""What conditions can ask about an order that somebody wants to change."""

from __future__ import annotations

from doorstep.kernel.conditions.api import (
    Aggregate,
    Column,
    Fact,
    FactType,
    Subject,
    register_fact,
    register_subject,
)

# The same subject as the orders room registers; twice the same is once.
register_subject(Subject("order", "order", "orders_order"))

register_fact(
    Fact(
        name="order.minutes_since_placed",
        subject="order",
        type=FactType.NUMBER,
        label="minutes since it was placed",
        description="How many minutes ago the order was placed; whole ones.",
        sql=Column("floor(extract(epoch FROM ({at} - {s}.placed_at)) / 60)::bigint"),
    )
)
register_fact(
    Fact(
        name="order.is_packed",
        subject="order",
        type=FactType.BOOL,
        label="is packed",
        description="Whether some of it is packed or has left.",
        sql=Column(
            "({s}.state = 'shipped' OR EXISTS (SELECT 1 FROM fulfillment_shipment done"
            " WHERE done.order_id = {s}.id AND done.state IN ('packed', 'shipped')))"
        ),
    )
)
register_fact(
    Fact(
        name="order.is_picked",
        subject="order",
        type=FactType.BOOL,
        label="is being picked",
        description="Whether somebody has begun to collect it.",
        sql=Column(
            "EXISTS (SELECT 1 FROM fulfillment_shipment taken WHERE taken.order_id = {s}.id"
            " AND taken.picked_at IS NOT NULL AND taken.state <> 'canceled')"
        ),
    )
)
register_fact(
    Fact(
        name="order.changes",
        subject="order",
        type=FactType.COUNT,
        label="changes so far",
        description="How many changes of it were carried out.",
        sql=Aggregate(
            value="count(*)",
            source="changes_orderchange done_change",
            key="done_change.order_id",
            store="done_change.store_id",
            where="done_change.state = 'applied'",
        ),
    )
)
register_fact(
    Fact(
        name="order.is_changing",
        subject="order",
        type=FactType.BOOL,
        label="is being changed",
        description="Whether a change of it is under way.",
        sql=Column(
            "EXISTS (SELECT 1 FROM changes_orderchange under_way"
            " WHERE under_way.order_id = {s}.id AND under_way.ended_at IS NULL)"
        ),
    )
)
