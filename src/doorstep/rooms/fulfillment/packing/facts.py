"""What conditions can ask about how something must be handled."""

from __future__ import annotations

from doorstep.kernel.conditions.api import Fact, FactType, Membership, Subject, register_fact
from doorstep.kernel.conditions.api import register_subject as register
from doorstep.rooms.fulfillment.contracts import HandlingClass

_WORDS = "The handling classes set on its variants: " + ", ".join(HandlingClass) + "."

# The same subjects as the orders room registers; twice the same is once.
register(Subject("order", "order", "orders_order"))
register(Subject("line", "line of an order", "orders_orderline"))
register_fact(
    Fact(
        name="order.handling_classes",
        subject="order",
        type=FactType.SET,
        label="handling classes",
        description=_WORDS,
        sql=Membership(
            element="handled.handling_class",
            source="orders_orderline handled_line JOIN fulfillment_varianthandling handled "
            "ON handled.variant_id = handled_line.variant_id",
            key="handled_line.order_id",
            store="handled_line.store_id",
            where="handled_line.removed_at IS NULL",
        ),
    )
)
register_fact(
    Fact(
        name="line.handling_classes",
        subject="line",
        type=FactType.SET,
        label="handling classes",
        description=_WORDS,
        sql=Membership(
            element="handled.handling_class",
            source="orders_orderline handled_line JOIN fulfillment_varianthandling handled "
            "ON handled.variant_id = handled_line.variant_id",
            key="handled_line.id",
            store="handled_line.store_id",
        ),
    )
)
