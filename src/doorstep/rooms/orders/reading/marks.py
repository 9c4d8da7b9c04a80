"""What others say of orders in passing: number, channel, whether it is a test."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef

from doorstep.kernel.errors import NotFound
from doorstep.rooms.orders.contracts import OrderHead, OrderMark
from doorstep.rooms.orders.models import Order, OrderLine


def get_order_marks(order_ids: Collection[UUID]) -> dict[UUID, OrderMark]:
    """Return what names orders, in one query; unknown ids are left out."""
    if not order_ids:
        return {}
    rows = Order.objects.filter(id__in=order_ids).values_list(
        "id", "number", "sales_channel", "is_test"
    )
    return {row[0]: OrderMark(*row) for row in rows}


def get_order_head(order_id: UUID) -> OrderHead:
    """Return what changes of an order depend on, in one query.

    :raises NotFound: there is no such order in this store.
    """
    gone = OrderLine.objects.filter(order=OuterRef("id"), shipped_quantity__gt=0)
    row = (
        Order.objects.filter(id=order_id)
        .annotate(has_left=Exists(gone))
        .values_list("id", "state", "placed_at", "connection_id", "has_left")
        .first()
    )
    if row is None:
        raise NotFound("There is no such order.")
    return OrderHead(*row)
