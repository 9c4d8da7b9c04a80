"""What needs a person: rejected deliveries, parked events, messages that could not be sent."""

from __future__ import annotations

from doorstep.connectors.base import api as connectors
from doorstep.connectors.webhooks import api as webhooks
from doorstep.kernel.events import parking
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contracts import MessageStatus


def count_problems() -> int:
    """Count what needs a person in the current store (five queries)."""
    deliveries = sum(connectors.count_problems().values())
    failed = messaging.count_by_status().get(MessageStatus.FAILED, 0)
    parked = parking.count_parked(current_store_id())
    return deliveries + parked + failed + webhooks.count_problems()
