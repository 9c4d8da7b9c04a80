"""What shipments do when orders change."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.customers.events import CustomerErased
from doorstep.rooms.fulfillment import erasing, late
from doorstep.rooms.fulfillment.events import ShipByMissed
from doorstep.rooms.fulfillment.planning.replan import changes_of, replan
from doorstep.rooms.orders.events import (
    HoldLifted,
    OrderCanceled,
    OrderPlaced,
    OrderPutOnHold,
    OrderRefunded,
    OrderReleased,
    OrderShippedOnPlatform,
    OrderUpdated,
)


# From the beginning: what was ready before this room was there still has to be packed.
@handles(
    OrderPlaced,
    OrderReleased,
    OrderPutOnHold,
    HoldLifted,
    OrderUpdated,
    OrderRefunded,
    OrderCanceled,
    OrderShippedOnPlatform,
    name="fulfillment.plan",
    start="beginning",
)
def plan_shipments(batch: Sequence[Recorded]) -> None:
    """Plan what the orders of a batch need now; history needs nothing."""
    live = [one for one in batch if not getattr(one.event, "is_history", False)]
    if live:
        replan(
            {one.event.order_id for one in live},
            changed=changes_of(
                (one.event.order_id, one.event.changed)
                for one in live
                if isinstance(one.event, OrderUpdated)
            ),
            by=Actor.system("fulfillment.plan"),
            at=max(one.at for one in live),
        )


@handles(ShipByMissed, name="fulfillment.tell_late")
def tell_late(batch: Sequence[Recorded]) -> None:
    """Tell shoppers that it leaves later than was said."""
    by = Actor.system("fulfillment.tell_late")
    late.tell_shoppers(batch, by=by, at=max(one.at for one in batch))


@handles(CustomerErased, name="fulfillment.erase_people", start="beginning")
def erase_people(batch: Sequence[Recorded]) -> None:
    """Erase the names on shipments; what was sent when stays."""
    erasing.erase_people({customer for one in batch for customer in one.event.customer_ids})
