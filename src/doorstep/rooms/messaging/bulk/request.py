"""Ask for a batch's messages: decided by the same gate as any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.rooms.messaging.actions.request_messages import request_messages
from doorstep.rooms.messaging.contracts import (
    BatchRecipient,
    Channel,
    DecidedMessage,
    MessageRequest,
    Purpose,
)
from doorstep.rooms.messaging.models import Message, MessageBatch


def request_batch(
    batch_id: UUID, recipients: Sequence[BatchRecipient], *, by: Actor, at: datetime
) -> list[DecidedMessage]:
    """Decide on a batch's messages and queue those that may go; answer in order.

    :raises NotFound: there is no such batch.
    """
    batch = MessageBatch.objects.filter(id=batch_id).first()
    if batch is None:
        raise NotFound("There is no such batch of messages.")
    requests = [
        MessageRequest(
            kind=batch.kind,
            purpose=Purpose(batch.purpose),
            cause=one.cause,
            customer_id=one.customer_id,
            context={},
            subject=one.subject,
            channel=Channel(batch.channel) if batch.channel else None,
            not_before=one.not_before,
            sales_channel=one.sales_channel,
        )
        for one in recipients
    ]
    answers = request_messages(requests, by=by, at=at)
    Message.objects.filter(id__in=[a.message_id for a in answers if not a.duplicate]).update(
        batch_id=batch.id, topic=batch.topic, priority=batch.priority
    )
    return answers
