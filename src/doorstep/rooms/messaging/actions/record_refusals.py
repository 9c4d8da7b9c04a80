"""That somebody refused further messages by the link of one: kept beside that message."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.actions.record_looks import OURS
from doorstep.rooms.messaging.models import DeliveryEvent, Message

KIND = "unsubscribed"


def record_refusal(message: Message, *, at: datetime) -> None:
    """Note once that a message's reader refused what it was about, or more. Joins a transaction."""
    row = DeliveryEvent(
        id=new_id(),
        store_id=message.store_id,
        message_id=message.id,
        batch_id=message.batch_id,
        provider=OURS,
        kind=KIND,
        channel=message.channel,
        dedupe_key=f"{KIND}:{message.id}",
        occurred_at=at,
        received_at=at,
    )
    DeliveryEvent.objects.bulk_create([row], ignore_conflicts=True)


def forget_refusal(message_id: UUID) -> None:
    """Take the note back: its reader undid what they had refused."""
    DeliveryEvent.objects.filter(message_id=message_id, provider=OURS, kind=KIND).delete()
