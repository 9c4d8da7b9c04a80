"""Make the payment providers known to the payments room, and their webhooks to the intake."""

from __future__ import annotations

from doorstep.connectors.base import api as connections
from doorstep.connectors.payments import connecting  # noqa: F401 - registers its action
from doorstep.connectors.payments.manual import MANUAL
from doorstep.connectors.payments.practice import PRACTICE
from doorstep.connectors.payments.stripe.provider import STRIPE
from doorstep.connectors.payments.stripe.webhook import CONNECTOR
from doorstep.rooms.payments import ports


def bind() -> None:
    """Register them; where several take payments, the first that is connected does."""
    connections.register(CONNECTOR)
    for provider in (STRIPE, PRACTICE, MANUAL):
        ports.register_provider(provider)
