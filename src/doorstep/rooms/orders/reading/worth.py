"""What orders are worth to the shop by now, for rooms that sum them up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from doorstep.rooms.orders.models import Order

# Orders that stand, with what was not paid back: ``id``, ``store_id``, ``currency``, ``kept_minor``.
# Joined by its id in the statements of rooms above, so that sums over many orders stay one query.
STANDING_ORDERS = """
    SELECT id, store_id, currency, greatest(total_minor - refunded_minor, 0) AS kept_minor
    FROM orders_order WHERE canceled_at IS NULL AND NOT is_test
"""


def list_buyers(order_ids: Collection[UUID]) -> list[tuple[UUID, UUID, datetime]]:
    """Return (order, customer, moment of ordering) of these orders; those of nobody are left out.

    One query.
    """
    rows = Order.objects.filter(id__in=set(order_ids), customer__isnull=False)
    return list(rows.order_by("id").values_list("id", "customer_id", "placed_at"))
