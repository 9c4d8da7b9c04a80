"""What was promised to an order's shopper: what shipments and parcels are measured by."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from doorstep.rooms.orders.contracts import OrderPromise
from doorstep.rooms.orders.models import Order


def list_promises(order_ids: Collection[UUID]) -> dict[UUID, OrderPromise]:
    """Return destination and promised days of orders (one query); unknown ids are left out."""
    rows = Order.objects.filter(id__in=order_ids).values_list(
        "id",
        "number",
        "customer_id",
        "country_code",
        "shipping_address__region",
        "delivery_from_date",
        "delivery_to_date",
        "is_test",
        "is_history",
    )
    return {row[0]: OrderPromise(*row[:4], row[4] or "", *row[5:]) for row in rows}
