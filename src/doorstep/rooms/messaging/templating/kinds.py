"""Every kind of message there is, with the shape of its context."""

from __future__ import annotations

from doorstep.rooms.messaging.templating.context import (
    CanceledContext,
    HistoryContext,
    OnHoldContext,
    OrderMessageContext,
    RefundedContext,
)
from doorstep.rooms.messaging.templating.parcel_context import (
    PARCEL_KINDS,
    ParcelMessageContext,
    ShipLateContext,
)

CONTEXT_TYPES: dict[str, type] = {
    "order_confirmation": OrderMessageContext,
    "order_on_hold": OnHoldContext,
    "order_canceled": CanceledContext,
    "order_refunded": RefundedContext,
    "order_ship_late": ShipLateContext,
    "order_history": HistoryContext,
    **dict.fromkeys(PARCEL_KINDS, ParcelMessageContext),
}
"""Message kind -> shape of its context."""
