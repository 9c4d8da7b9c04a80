"""What shoppers allowed at checkout, written into the log of consents in sets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import Channel, ConsentGrant, ConsentState, Purpose
from doorstep.rooms.orders.contracts import IncomingOrder


def record_checkout_consents(
    orders: Iterable[tuple[IncomingOrder, UUID | None]],
    *,
    sales_channel: str,
    by: Actor,
    at: datetime,
) -> int:
    """Keep the agreements to offers by e-mail that orders bring; returns how many were new.

    Only a ticked box says something. An empty one at one checkout is no withdrawal of what the
    shopper agreed to elsewhere: that takes an unsubscribe, or the platform saying so.
    """
    grants = [
        ConsentGrant(
            customer_id=customer_id,
            channel=Channel.EMAIL,
            purpose=Purpose.MARKETING,
            state=ConsentState.GRANTED,
            source="checkout",
            said_at=order.placed_at,
            proof={
                "sales_channel": sales_channel,
                "order": order.number,
                "order_external_id": order.external_id,
            },
        )
        for order, customer_id in orders
        if order.person.accepts_marketing and customer_id is not None
    ]
    return messaging.record_consent(grants, by=by, at=at)
