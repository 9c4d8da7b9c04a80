"""What the tracking room does when shipments leave or customers go."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.fulfillment import api as fulfillment
from doorstep.rooms.fulfillment.events import (
    ShipmentCanceled,
    ShipmentShipped,
    TrackingNumberChanged,
)
from doorstep.rooms.tracking import erasing
from doorstep.rooms.tracking.recording.shipments import Shipped, close_shipments, follow_parcels


@handles(
    ShipmentShipped,
    TrackingNumberChanged,
    ShipmentCanceled,
    name="tracking.follow_shipments",
    start="beginning",
)
def follow_shipments(batch: Sequence[Recorded]) -> None:
    """Follow parcels that left, with the number they have now; close what was called off."""
    left: dict[UUID, ShipmentShipped | None] = {}
    canceled: dict[UUID, bool] = {}  # what was said of a shipment last
    for one in batch:
        event = one.event
        if isinstance(event, ShipmentShipped):
            left.update(dict.fromkeys(event.parcel_ids, event))
        elif isinstance(event, TrackingNumberChanged):
            left.setdefault(event.parcel_id, None)
        canceled[event.shipment_id] = isinstance(event, ShipmentCanceled)
    by = Actor.system("tracking.follow_shipments")
    at = max(one.at for one in batch)
    parcels = fulfillment.get_parcels(list(left))
    shipped = []
    for parcel_id, parcel in parcels.items():
        told = left[parcel_id]
        shipped.append(
            Shipped(
                parcel,
                is_order_shipped=told is not None and told.is_whole_order,
                is_history=told is not None and told.is_history,
                is_test=told is not None and told.is_test,
            )
        )
    follow_parcels(shipped, fulfillment.list_carriers(), by=by, at=at)
    if gone := {shipment_id for shipment_id, is_gone in canceled.items() if is_gone}:
        close_shipments(gone, by=by, at=at)


@handles(CustomerErased, name="tracking.erase_people", start="beginning")
def erase_people(batch: Sequence[Recorded]) -> None:
    """Erase what carriers said of people; the way a parcel went stays."""
    erasing.erase_people({customer for one in batch for customer in one.event.customer_ids})
