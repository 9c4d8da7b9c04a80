"""Erase what people wrote in their changes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from doorstep.kernel.actions import approvals
from doorstep.rooms.changes.models import OrderChange
from doorstep.rooms.orders import api as orders


def erase_people(customer_ids: Collection[UUID]) -> None:
    """Take addresses, reasons and words out of the changes of these customers' orders."""
    order_ids = orders.list_order_ids_of(customer_ids)
    rows = list(
        OrderChange.objects.select_for_update().filter(order_id__in=order_ids).order_by("id")
    )
    for row in rows:
        row.ask = {**row.ask, "address": None, "reason": ""}
        row.words = ""
        row.requested_by_label = (
            "" if row.requested_by.startswith("shopper:") else row.requested_by_label
        )
    OrderChange.objects.bulk_update(rows, ["ask", "words", "requested_by_label"], batch_size=500)
    approvals.erase_naming([str(row.id) for row in rows])
