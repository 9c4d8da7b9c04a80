"""Tell shoppers that something leaves later than was said.

The law behind it in the United States: 16 CFR 435.2(b) (Mail, Internet, or Telephone Order
Merchandise Rule): a definite new date, and the offer to cancel and be paid back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.registry import Recorded
from doorstep.rooms.fulfillment.contracts import ShipmentState
from doorstep.rooms.fulfillment.models import FulfillmentRules, Shipment
from doorstep.rooms.fulfillment.ports import told_elsewhere
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import DelayContext, day
from doorstep.rooms.orders import api as orders

SHIP_LATE = "order_ship_late"
_STILL_HERE = [ShipmentState.TO_PACK, ShipmentState.PACKED]


def tell_shoppers(batch: Sequence[Recorded], *, by: Actor, at: datetime) -> None:
    """Ask for the messages about broken promises, where the store wants them sent.

    What left in the meantime is no news any more. One message for each day that was missed of an
    order, however many of its shipments are late.
    """
    rules = FulfillmentRules.objects.first() or FulfillmentRules()
    if not rules.tells_late:
        return
    here = set(
        Shipment.objects.filter(
            id__in=[one.event.shipment_id for one in batch], state__in=_STILL_HERE
        ).values_list("id", flat=True)
    )
    elsewhere = told_elsewhere({one.event.order_id for one in batch})
    late = [
        one.event
        for one in batch
        if one.event.shipment_id in here and one.event.order_id not in elsewhere
    ]
    if not late:
        return
    composer = orders.message_composer([one.order_id for one in late], at=at)
    messaging.request_messages(
        [
            composer.request(
                SHIP_LATE,
                one.order_id,
                f"ship_late:{one.ship_by_date.isoformat()}",
                delay=_delay(
                    day(one.ship_by_date), day(one.new_date), composer.order_page(one.order_id)
                ),
            )
            for one in late
            if one.order_id in composer
        ],
        by=by,
        at=at,
    )


def _delay(previous: str, new: str, page: str) -> DelayContext:
    """Describe the delay. Answers are given on the order's page, where help is asked for."""
    return {
        "previous_date": previous,
        "new_date": new,
        "consent_url": "",
        "cancel_url": f"{page}#help",
        "silence_means": "",
        "respond_by_date": "",
    }
