"""What the room does for shoppers and for what is sold to them when parcels move."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.rooms.fulfillment.events import ShipmentShipped
from doorstep.rooms.tracking import events
from doorstep.rooms.tracking.pausing import sync_pauses
from doorstep.rooms.tracking.telling import tell

TELLER = Actor.system("tracking.telling")


@handles(ShipmentShipped, name="tracking.tell_shipped")
def tell_shipped(batch: Sequence[Recorded]) -> None:
    """Tell shoppers that their things left."""
    tell.tell_shipped(batch, by=TELLER, at=batch[-1].at)


@handles(
    events.ParcelMoved,
    events.ParcelLate,
    events.ParcelStalled,
    events.ParcelLost,
    events.EstimateRevised,
    name="tracking.tell_news",
)
def tell_news(batch: Sequence[Recorded]) -> None:
    """Tell shoppers what they wanted to know, and what they must."""
    tell.tell_news(batch, by=TELLER, at=batch[-1].at)


@handles(
    events.ParcelLate,
    events.ParcelStalled,
    events.ParcelLost,
    events.ParcelNotFound,
    events.AlarmEnded,
    events.ParcelDelivered,
    name="tracking.pause_selling",
)
def pause_selling(batch: Sequence[Recorded]) -> None:
    """Sell nothing while a parcel is in trouble; start again when it is not."""
    sync_pauses({one.event.tracker_id for one in batch}, by=TELLER, at=batch[-1].at)
