"""What packing does when something happened."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.customers.events import CustomersMerged, CustomersUnmerged
from doorstep.rooms.fulfillment.events import (
    ShipmentCanceled,
    ShipmentCreated,
    ShipmentShipped,
)
from doorstep.rooms.fulfillment.packing import extras


@handles(ShipmentCreated, name="fulfillment.decide_extras")
def decide_extras(batch: Sequence[Recorded]) -> None:
    """Choose samples and bonus items for new shipments."""
    by = Actor.system("fulfillment.decide_extras")
    extras.decide_extras(
        [one.event.shipment_id for one in batch], by=by, at=max(one.at for one in batch)
    )


@handles(ShipmentCanceled, name="fulfillment.release_extras")
def release_extras(batch: Sequence[Recorded]) -> None:
    """Give back what was reserved for shipments that will not go out."""
    canceled = [one.event.shipment_id for one in batch if not one.event.was_shipped]
    by = Actor.system("fulfillment.release_extras")
    extras.release_extras(canceled, by=by, at=max(one.at for one in batch))


@handles(ShipmentShipped, name="fulfillment.consume_extras")
def consume_extras(batch: Sequence[Recorded]) -> None:
    """Take the samples and bonus items that left off the shelves."""
    by = Actor.system("fulfillment.consume_extras")
    extras.consume_extras(
        [one.event.shipment_id for one in batch], by=by, at=max(one.at for one in batch)
    )


@handles(CustomersMerged, name="fulfillment.follow_merges")
def follow_merges(batch: Sequence[Recorded]) -> None:
    """Remember for the survivor which samples the other one had."""
    for one in batch:
        extras.follow_merge(one.event.merge_id, one.event.absorbed_id, one.event.survivor_id)


@handles(CustomersUnmerged, name="fulfillment.undo_merges")
def undo_merges(batch: Sequence[Recorded]) -> None:
    """Give samples back to whom a merge took them from."""
    for one in batch:
        extras.undo_merge(one.event.merge_id, one.event.restored_id)
