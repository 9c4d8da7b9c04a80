"""Forget people: their names on shipments and labels, and what was noted about them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from doorstep.rooms.fulfillment.models import Label, Shipment
from doorstep.rooms.fulfillment.rules.search import number_key
from doorstep.rooms.orders import api as orders

ERASED_HOLD = "Its order is on hold."


def erase_people(customer_ids: Collection[UUID]) -> None:
    """Erase recipients' names from the shipments of customers' orders, and their labels.

    Why a shipment waits may quote a person or an address; that it waits, stays.
    """
    order_ids = orders.list_order_ids_of(customer_ids)
    found = list(
        Shipment.objects.select_for_update(no_key=True)
        .filter(order_id__in=order_ids)
        .order_by("id")
        .only("id", "number", "hold_words")
    )
    for one in found:
        one.recipient_name = ""
        one.search_text = number_key(one.number)
        one.hold_words = ERASED_HOLD if one.hold_words else ""
    Shipment.objects.bulk_update(
        found, ["recipient_name", "search_text", "hold_words"], batch_size=1000
    )
    Label.objects.filter(shipment__in=found).update(document=None)
