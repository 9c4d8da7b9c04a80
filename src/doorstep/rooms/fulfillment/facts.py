"""What conditions can ask about how an order leaves."""

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


def _count(name: str, label: str, description: str, where: str) -> None:
    register_fact(
        Fact(
            name=f"order.{name}",
            subject="order",
            type=FactType.COUNT,
            label=label,
            description=description,
            sql=Aggregate(
                value="count(*)",
                source="fulfillment_shipment sent",
                key="sent.order_id",
                store="sent.store_id",
                where=where,
            ),
        )
    )


register_fact(
    Fact(
        name="order.ship_by_date",
        subject="order",
        type=FactType.DATE,
        label="day to ship by",
        description="The day by which the order was promised to leave.",
        sql=Column("{s}.ship_by_date"),
    )
)
_count(
    "shipments",
    "number of shipments",
    "In how many shipments the order leaves; canceled ones do not count.",
    "sent.state <> 'canceled'",
)
_count(
    "unpacked_shipments",
    "shipments to pack",
    "How many of its shipments are not packed yet.",
    "sent.state IN ('to_pack', 'on_hold')",
)
_count(
    "late_shipments",
    "late shipments",
    "How many of its shipments did not leave by the promised day.",
    "sent.missed_at IS NOT NULL AND sent.state <> 'canceled'",
)
