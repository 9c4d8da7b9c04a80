"""What message templates can talk about: the shapes a room above fills for its messages.

Part of the room's door; the meaning of each name stands in ``templating/context.py`` and
``templating/parcel_context.py``.
"""

from doorstep.rooms.messaging.templating.change_context import ChangeContext
from doorstep.rooms.messaging.templating.context import (
    BrandContext,
    ConfirmationContext,
    CustomerContext,
    DeliveryContext,
    LineContext,
    LinksContext,
    MoneyValue,
    NamedValue,
    OrderContext,
    OrderMessageContext,
    brand_context,
    day,
    instant,
    locale_context,
    money,
)
from doorstep.rooms.messaging.templating.journey_context import JOURNEY_KINDS
from doorstep.rooms.messaging.templating.journey_context import base_of as journey_base
from doorstep.rooms.messaging.templating.json_ld import order_json_ld
from doorstep.rooms.messaging.templating.parcel_context import (
    PARCEL_KINDS,
    AttemptContext,
    DelayContext,
    ExceptionContext,
    ParcelContext,
    ParcelLineContext,
    ParcelMessageContext,
    PickupContext,
    ShipLateContext,
    parcel_context,
)
from doorstep.rooms.messaging.templating.parcel_json_ld import parcel_json_ld
from doorstep.rooms.messaging.templating.return_context import return_context, withdrawal_context
from doorstep.rooms.messaging.templating.wallet_context import credit_context, gift_card_context

__all__ = [
    "JOURNEY_KINDS",
    "PARCEL_KINDS",
    "AttemptContext",
    "BrandContext",
    "ChangeContext",
    "ConfirmationContext",
    "CustomerContext",
    "DelayContext",
    "DeliveryContext",
    "ExceptionContext",
    "LineContext",
    "LinksContext",
    "MoneyValue",
    "NamedValue",
    "OrderContext",
    "OrderMessageContext",
    "ParcelContext",
    "ParcelLineContext",
    "ParcelMessageContext",
    "PickupContext",
    "ShipLateContext",
    "brand_context",
    "credit_context",
    "day",
    "gift_card_context",
    "instant",
    "journey_base",
    "locale_context",
    "money",
    "order_json_ld",
    "parcel_context",
    "parcel_json_ld",
    "return_context",
    "withdrawal_context",
]
