"""Every kind of message there is, with the shape of its context."""

from __future__ import annotations

from doorstep.rooms.messaging.templating.change_context import (
    CHANGE_KINDS,
    ChangeMessageContext,
)
from doorstep.rooms.messaging.templating.context import (
    CanceledContext,
    ConfirmationContext,
    HistoryContext,
    OnHoldContext,
    RefundedContext,
)
from doorstep.rooms.messaging.templating.journey_context import (
    JOURNEY_KINDS,
    JourneyMessageContext,
    is_own_kind,
)
from doorstep.rooms.messaging.templating.link_context import LINK_KINDS, LinkMessageContext
from doorstep.rooms.messaging.templating.parcel_context import (
    PARCEL_KINDS,
    ParcelMessageContext,
    ShipLateContext,
)
from doorstep.rooms.messaging.templating.return_context import (
    RETURN_KINDS,
    WITHDRAWAL_KINDS,
    ReturnMessageContext,
    WithdrawalMessageContext,
)
from doorstep.rooms.messaging.templating.wallet_context import (
    CreditMessageContext,
    GiftCardMessageContext,
)

CONTEXT_TYPES: dict[str, type] = {
    "order_confirmation": ConfirmationContext,
    "order_on_hold": OnHoldContext,
    "order_canceled": CanceledContext,
    "order_refunded": RefundedContext,
    "order_ship_late": ShipLateContext,
    "order_history": HistoryContext,
    **dict.fromkeys(PARCEL_KINDS, ParcelMessageContext),
    **dict.fromkeys(JOURNEY_KINDS, JourneyMessageContext),
    **dict.fromkeys(LINK_KINDS, LinkMessageContext),
    **dict.fromkeys(CHANGE_KINDS, ChangeMessageContext),
    **dict.fromkeys(RETURN_KINDS, ReturnMessageContext),
    **dict.fromkeys(WITHDRAWAL_KINDS, WithdrawalMessageContext),
    "gift_card": GiftCardMessageContext,
    "credit_expiring": CreditMessageContext,
}
"""Built-in message kind -> shape of its context."""


def context_type(kind: str) -> type:
    """Return the shape of a kind's context, of a store's own kinds too.

    :raises KeyError: no such kind.
    """
    return JourneyMessageContext if is_own_kind(kind) else CONTEXT_TYPES[kind]
