"""The orders room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.orders.models.hold import Hold
from doorstep.rooms.orders.models.lines import OrderCharge, OrderDiscount, OrderLine
from doorstep.rooms.orders.models.notes import OrderNote, OrderRules
from doorstep.rooms.orders.models.order import MergedOrder, Order
from doorstep.rooms.orders.models.refund import Refund, RefundLine

__all__ = [
    "Hold",
    "MergedOrder",
    "Order",
    "OrderCharge",
    "OrderDiscount",
    "OrderLine",
    "OrderNote",
    "OrderRules",
    "Refund",
    "RefundLine",
]
