"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from uuid import UUID

from doorstep.rooms.customers.api import exports
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.contracts import OrderUpdates, ParcelProgress
from doorstep.rooms.tracking.models import ShopperChoice
from doorstep.rooms.tracking.reading.details import list_progress


@exports("parcels")
def export_parcels(customer_id: UUID, at: datetime) -> list[ParcelProgress]:
    """Return how a person's parcels went: every step, who signed, where they waited."""
    del at
    found = list_progress(orders.list_order_ids_of([customer_id]))
    return list(chain.from_iterable(found.values()))


@exports("update_choices")
def export_update_choices(customer_id: UUID, at: datetime) -> list[OrderUpdates]:
    """Return what a person chose to be told about their orders' parcels."""
    del at
    rows = ShopperChoice.objects.filter(order__customer=customer_id).order_by("chosen_at", "id")
    return [OrderUpdates(r.order_id, r.channel, tuple(r.steps), r.chosen_at) for r in rows]
