"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.rooms.customers.api import exports
from doorstep.rooms.messaging.actions.manage_devices import list_devices
from doorstep.rooms.messaging.contracts import (
    ConsentView,
    DeviceView,
    MessageSummary,
    PauseView,
)
from doorstep.rooms.messaging.pauses import list_pauses
from doorstep.rooms.messaging.queries import list_consent_history, list_messages


@exports("consents")
def export_consents(customer_id: UUID, at: datetime) -> list[ConsentView]:
    """Return everything a person ever said about messages, with its proof, newest first."""
    del at
    return list_consent_history(customer_id)


@exports("messages")
def export_messages(customer_id: UUID, at: datetime) -> list[MessageSummary]:
    """Return the messages to a person, newest first."""
    del at
    found: list[MessageSummary] = []
    cursor, more = "", True
    while more:
        page = list_messages(customer_id=customer_id, cursor=cursor, limit=200)
        found += page.items
        cursor = page.next_cursor
        more = bool(cursor)
    return found


@exports("pauses")
def export_pauses(customer_id: UUID, at: datetime) -> list[PauseView]:
    """Return when a person was sent no advertising, and why."""
    return list_pauses(customer_id=customer_id, at=at, limit=None)


@exports("devices")
def export_devices(customer_id: UUID, at: datetime) -> list[DeviceView]:
    """Return the devices that take notifications for a person."""
    del at
    return list_devices(customer_id)
