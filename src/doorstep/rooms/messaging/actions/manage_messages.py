"""What the team does with single messages: try again, send a test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.actions.request_messages import request_messages
from doorstep.rooms.messaging.block_texts import with_body
from doorstep.rooms.messaging.contracts import (
    Channel,
    DecidedMessage,
    MessageRequest,
    MessageStatus,
    Purpose,
)
from doorstep.rooms.messaging.models import Message, MessageContent
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.statuses import may_follow
from doorstep.rooms.messaging.template_queries import check_template
from doorstep.rooms.messaging.templating.samples import sample_context


@action(
    "messaging.retry_message", permission="messages.send", summary="Try to send a message again"
)
def retry_message(*, message_id: UUID, by: Actor, at: datetime) -> None:
    """Queue a failed or bounced message again, with the template and provider of now.

    The gate is asked once more before it goes. It keeps its Message-ID.

    :raises NotFound: there is no such message.
    :raises Conflict: it has not failed, or its content was erased.
    """
    message = Message.objects.select_for_update().filter(id=message_id).first()
    if message is None:
        raise NotFound("There is no such message.")
    before = MessageStatus(message.status)
    if before not in {MessageStatus.FAILED, MessageStatus.BOUNCED} or not may_follow(
        before, MessageStatus.QUEUED
    ):
        raise Conflict(f"The message is “{message.status}”: only what failed can be sent again.")
    MessageContent.objects.filter(message_id=message_id).delete()
    message.status, message.status_words = MessageStatus.QUEUED, f"Sent again by {by.label}."
    message.due_at, message.closed_at = at, None
    message.failures = message.lost_leases = 0
    message.save(
        update_fields=["status", "status_words", "due_at", "closed_at", "failures", "lost_leases"]
    )
    audit.note(
        subject=message.subject_ref or f"message:{message.id}",
        changes={"message": [before.value, MessageStatus.QUEUED.value]},
    )


def _invented(kind: str, locale: str) -> dict[str, Any]:
    """Return an invented order without a brand: the sender puts the store's own in."""
    return {name: part for name, part in sample_context(kind, locale).items() if name != "brand"}


@action("messaging.send_test", permission="templates.edit", summary="Send a message text as a test")
def send_test(
    *,
    kind: str,
    channel: Channel,
    address: str,
    locale: str = "en",
    context: Mapping[str, Any] | None = None,
    source: Mapping[str, str] | None = None,
    by: Actor,
    at: datetime,
) -> DecidedMessage:
    """Send a message text to an address of the team, with an invented order or a given context.

    It passes the gate and the queue like any message, marked as a test.

    :param source: the parts of a draft; None sends what is in use.
    :raises Invalid: the address is none.
    :raises TemplateError: the draft does not work; ``part`` and ``line`` say where.
    """
    if channel in (Channel.MESSENGER, Channel.PUSH):
        words = "A test goes by e-mail, SMS or WhatsApp: this channel needs a person's own device."
        raise Invalid(words, field="channel")
    try:
        normalize_address(channel, address)
    except UnusableAddress as error:
        raise Invalid(str(error), field="address") from error
    if source is not None and (mistakes := check_template(kind, channel, source)):
        raise mistakes[0]
    if source is not None and channel is Channel.EMAIL:
        source = with_body(kind, source)
    request = MessageRequest(
        kind=kind,
        purpose=Purpose.TRANSACTIONAL,
        cause=f"test:{new_id()}",
        customer_id=None,
        context=context if context is not None else _invented(kind, locale),
        subject=f"template:{kind}",
        channel=channel,
        email=address if channel is Channel.EMAIL else "",
        phone=address if channel in (Channel.SMS, Channel.WHATSAPP) else "",
        locale=locale,
    )
    [decided] = request_messages([request], by=by, at=at)
    # In the request's transaction: no sender sees the message before it is marked.
    Message.objects.filter(id=decided.message_id).update(
        is_test=True, test_source=dict(source) if source is not None else None
    )
    audit.note(subject=f"template:{kind}", changes={"test_sent": [None, channel.value]})
    return decided
