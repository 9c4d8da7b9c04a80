"""The payments room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.payments.models.call import Call
from doorstep.rooms.payments.models.charge import Charge
from doorstep.rooms.payments.models.link import PaymentLink
from doorstep.rooms.payments.models.refund import Refund

__all__ = ["Call", "Charge", "PaymentLink", "Refund"]
