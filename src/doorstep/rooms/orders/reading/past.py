"""What was ordered in the past, for looking back over whole years."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.rooms.orders.models import Order


def list_placed(since: datetime, until: datetime) -> list[tuple[UUID, UUID, datetime]]:
    """Return (order, customer, moment) of what was placed from ``since`` until before ``until``.

    Oldest first, history included; test orders, canceled ones and those of nobody are left out.
    One query.
    """
    rows = Order.objects.filter(
        placed_at__gte=since,
        placed_at__lt=until,
        customer__isnull=False,
        canceled_at__isnull=True,
        is_test=False,
    )
    return list(rows.order_by("placed_at", "id").values_list("id", "customer_id", "placed_at"))
