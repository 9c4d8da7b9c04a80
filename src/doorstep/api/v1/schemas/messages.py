"""Messages as the API shows them.

Neither their text nor their links: these are keys to the shopper's own pages.
"""

from __future__ import annotations

from uuid import UUID

from ninja import Schema
from pydantic import Field

from doorstep.api.v1.schemas.text import Short
from doorstep.rooms.messaging.contracts import (
    Channel,
    DecisionView,
    DeliveryView,
    MessageStatus,
    MessageSummary,
)


class MessageQuery(Schema):
    """What a list of messages is narrowed to."""

    status: MessageStatus | None = None
    channel: Channel | None = None
    kind: Short = Field(default="", examples=["order_confirmation"])
    order_id: UUID | None = None
    customer_id: UUID | None = None
    cursor: Short = ""
    limit: int = Field(default=50, ge=1, le=200)


class MessagesPage(Schema):
    """Some messages, newest first."""

    items: list[MessageSummary]
    next_cursor: str = Field(description="Asks for the next page; empty on the last.")


class MessageDetail(Schema):
    """A message, why it went out or did not, and what became of it."""

    message: MessageSummary
    decisions: list[DecisionView] = Field(
        description="What the contact gate decided, oldest first, with every rule's word."
    )
    deliveries: list[DeliveryView] = Field(description="What the provider said afterwards.")
