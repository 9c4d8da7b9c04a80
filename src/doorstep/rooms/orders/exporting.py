"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.rooms.customers.api import exports
from doorstep.rooms.orders.contracts import OrderDetail
from doorstep.rooms.orders.reading.details import get_orders
from doorstep.rooms.orders.reading.to_ship import list_order_ids_of


@exports("orders")
def export_orders(customer_id: UUID, at: datetime) -> list[OrderDetail]:
    """Return a person's orders, oldest first."""
    del at
    found = get_orders(list_order_ids_of([customer_id])).values()
    return sorted(found, key=lambda one: (one.summary.placed_at, one.summary.id))
