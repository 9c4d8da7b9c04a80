"""What others say of orders in passing: number, channel, whether it is a test."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from doorstep.rooms.orders.contracts import OrderMark
from doorstep.rooms.orders.models import Order


def get_order_marks(order_ids: Collection[UUID]) -> dict[UUID, OrderMark]:
    """Return what names orders, in one query; unknown ids are left out."""
    if not order_ids:
        return {}
    rows = Order.objects.filter(id__in=order_ids).values_list(
        "id", "number", "sales_channel", "is_test"
    )
    return {row[0]: OrderMark(*row) for row in rows}
