"""What needs a person: rejected deliveries, parked events, messages that could not be sent."""

from __future__ import annotations

from doorstep.connectors.base import api as connectors
from doorstep.kernel.events import parking
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageStatus


def count_problems() -> int:
    """Count what needs a person in the current store (three queries)."""
    deliveries = sum(connectors.count_problems().values())
    failed = messaging.count_by_status().get(MessageStatus.FAILED, 0)
    return deliveries + parking.count_parked(current_store_id()) + failed
