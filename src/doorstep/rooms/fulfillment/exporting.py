"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from uuid import UUID

from doorstep.rooms.customers.api import exports
from doorstep.rooms.fulfillment.contracts import ShipmentDetail
from doorstep.rooms.fulfillment.reading.details import list_shipments_of
from doorstep.rooms.orders import api as orders


@exports("shipments")
def export_shipments(customer_id: UUID, at: datetime) -> list[ShipmentDetail]:
    """Return what was sent to a person: parcels, and what lay in each (samples too)."""
    del at
    found = list_shipments_of(orders.list_order_ids_of([customer_id]))
    return list(chain.from_iterable(found.values()))
