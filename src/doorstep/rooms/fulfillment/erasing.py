"""Forget people: their names on shipments."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from doorstep.rooms.fulfillment.models import Shipment
from doorstep.rooms.fulfillment.rules.search import number_key
from doorstep.rooms.orders import api as orders


def erase_people(customer_ids: Collection[UUID]) -> None:
    """Erase recipients' names from the shipments of customers' orders."""
    order_ids = orders.list_order_ids_of(customer_ids)
    found = list(
        Shipment.objects.select_for_update(no_key=True)
        .filter(order_id__in=order_ids)
        .order_by("id")
        .only("id", "number")
    )
    for one in found:
        one.recipient_name = ""
        one.search_text = number_key(one.number)
    Shipment.objects.bulk_update(found, ["recipient_name", "search_text"], batch_size=1000)
