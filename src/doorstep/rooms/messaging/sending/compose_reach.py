"""Render chats and notifications: short texts, and what their channels want to know besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doorstep.rooms.messaging.contracts import Channel, Purpose
from doorstep.rooms.messaging.models import Message, SenderConnection
from doorstep.rooms.messaging.ports import ChatTemplate, OutgoingChat, OutgoingPush
from doorstep.rooms.messaging.reach import APPROVED
from doorstep.rooms.messaging.rules.approved_texts import choose_approved, read_approved_texts
from doorstep.rooms.messaging.sending.outcomes import Content
from doorstep.rooms.messaging.sending.templates import locale_fallbacks
from doorstep.rooms.messaging.templating.compiled import CompiledSms, SmsSource, compile_sms
from doorstep.rooms.messaging.templating.plain_text import tidy_text
from doorstep.rooms.messaging.templating.push import CompiledPush, render_push
from doorstep.rooms.messaging.templating.render import one_line, render_chat
from doorstep.rooms.stores.contracts import StoreInfo

MAX_CHAT_CHARS = {Channel.WHATSAPP: 4096, Channel.MESSENGER: 2000}
# How long news of a kind are worth showing. Everything else: two days, offers one.
_HOUR = 3600
_SHORT_LIVED = {"parcel_out_for_delivery": 12 * _HOUR, "parcel_attempt_failed": 24 * _HOUR}
_URGENT = frozenset({"parcel_out_for_delivery", "parcel_attempt_failed", "parcel_ready_for_pickup"})


def compose_chat(
    message: Message,
    template: CompiledSms,
    context: Mapping[str, Any],
    store: StoreInfo,
    connection: SenderConnection | None,
) -> tuple[OutgoingChat, Content]:
    """Render a WhatsApp or Messenger message, with the approved text it may need instead.

    :raises TemplateError: the text fails, with the line.
    """
    channel = Channel(message.channel)
    text = render_chat(template, context)[: MAX_CHAT_CHARS[channel]]
    outgoing = OutgoingChat(
        message.id,
        message.to_address,
        text,
        template=_approved(message, context, store, connection),
        is_transactional=message.purpose == Purpose.TRANSACTIONAL,
    )
    return outgoing, Content("", "", text)


def _approved(
    message: Message,
    context: Mapping[str, Any],
    store: StoreInfo,
    connection: SenderConnection | None,
) -> ChatTemplate | None:
    if message.channel != Channel.WHATSAPP or connection is None:
        return None
    texts = read_approved_texts(connection.settings.get(APPROVED, ""))
    locales = locale_fallbacks(message.locale or store.default_locale)
    found = choose_approved(texts, message.kind, locales)
    if found is None:
        return None
    # WhatsApp takes no line breaks, tabs or runs of spaces in what fills a hole, and nothing empty.
    values = (
        one_line(render_chat(compile_sms(SmsSource(message.kind, text)), context)) or "–"
        for text in found.parameters
    )
    return ChatTemplate(found.name, found.language, tuple(values))


def compose_push(
    message: Message, template: CompiledPush, context: Mapping[str, Any]
) -> tuple[OutgoingPush, Content]:
    """Render a notification.

    :raises TemplateError: the text fails, with the line.
    """
    shown = render_push(template, context)
    is_marketing = message.purpose == Purpose.MARKETING
    urgency = "high" if message.kind in _URGENT else "low" if is_marketing else "normal"
    lifetime = 24 * _HOUR if is_marketing else 48 * _HOUR
    outgoing = OutgoingPush(
        message_id=message.id,
        recipient=message.to_address,
        about=message.subject_ref,
        title=shown.title,
        body=shown.body,
        url=shown.url,
        icon=shown.icon,
        ttl_seconds=_SHORT_LIVED.get(message.kind, lifetime),
        urgency=urgency,
        # Sent again after a crash, it replaces what a device has not fetched yet.
        topic=message.id.hex,
    )
    text = tidy_text("\n".join(filter(None, (shown.body, shown.url))))
    return outgoing, Content(shown.title, "", text)
