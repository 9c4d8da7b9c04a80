"""What message templates can talk about: the shapes a room above fills for its messages.

Part of the room's door; the meaning of each name stands in ``templating/context.py``.
"""

from doorstep.rooms.messaging.templating.context import (
    BrandContext,
    CustomerContext,
    DeliveryContext,
    LineContext,
    LinksContext,
    MoneyValue,
    OrderContext,
    OrderMessageContext,
    brand_context,
    day,
    instant,
    locale_context,
    money,
)
from doorstep.rooms.messaging.templating.json_ld import order_json_ld

__all__ = [
    "BrandContext",
    "CustomerContext",
    "DeliveryContext",
    "LineContext",
    "LinksContext",
    "MoneyValue",
    "OrderContext",
    "OrderMessageContext",
    "brand_context",
    "day",
    "instant",
    "locale_context",
    "money",
    "order_json_ld",
]
