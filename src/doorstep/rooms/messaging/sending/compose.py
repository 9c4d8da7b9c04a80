"""Turn a claimed message into what the provider gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.contracts import Channel, Purpose
from doorstep.rooms.messaging.models import Message, SenderConnection
from doorstep.rooms.messaging.ports import OutgoingChat, OutgoingEmail, OutgoingPush, OutgoingSms
from doorstep.rooms.messaging.sending.compose_reach import compose_chat, compose_push
from doorstep.rooms.messaging.sending.outcomes import Content
from doorstep.rooms.messaging.sending.templates import (
    Compiled,
    StoreTemplates,
    compile_source,
    compiled,
)
from doorstep.rooms.messaging.templating.compiled import CompiledSms
from doorstep.rooms.messaging.templating.context import brand_context, locale_context
from doorstep.rooms.messaging.templating.push import CompiledPush
from doorstep.rooms.messaging.templating.render import one_line, render_email, render_sms
from doorstep.rooms.stores.contracts import StoreInfo


@dataclass(frozen=True, slots=True)
class Composed:
    """A message rendered: for the provider, and as it is kept."""

    outgoing: OutgoingEmail | OutgoingSms | OutgoingChat | OutgoingPush
    content: Content
    version_id: UUID | None


def compose(
    message: Message,
    *,
    store: StoreInfo,
    connection: SenderConnection | None,
    templates: StoreTemplates,
    at: datetime,
) -> Composed:
    """Render a message and put its headers on.

    :raises TemplateError: the template fails, with the line.
    """
    template, version_id = _template(message, templates)
    context = full_context(message, store)
    if isinstance(template, CompiledPush):
        return Composed(*compose_push(message, template, context), version_id)
    if isinstance(template, CompiledSms) and message.channel != Channel.SMS:
        return Composed(*compose_chat(message, template, context, store, connection), version_id)
    if isinstance(template, CompiledSms):
        return _compose_sms(message, template, version_id, context, connection)
    rendered = render_email(template, context)
    sender = identity.sender_of(store, connection)
    headers = email_headers(message, store)
    outgoing = OutgoingEmail(
        message_id=message.id,
        # Names come as shops and people type them; a line break in one would cost the mail.
        from_name=one_line(sender.name),
        from_address=sender.address,
        reply_to=sender.reply_to,
        to_name=one_line(message.to_name),
        to_address=message.to_address,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        rfc_message_id=message.message_id_header,
        date=at,
        headers=headers,
        kind=message.kind,
    )
    shown = (
        ("From", f"{one_line(sender.name)} <{sender.address}>"),
        ("To", message.to_address),
        *((("Reply-To", sender.reply_to),) if sender.reply_to else ()),
        ("Message-ID", message.message_id_header),
        *headers,
    )
    content = Content(rendered.subject, rendered.html, rendered.text, shown)
    return Composed(outgoing, content, version_id)


def _template(message: Message, templates: StoreTemplates) -> tuple[Compiled, UUID | None]:
    """Return the text in use with its version, or the draft that a test is to show."""
    if message.test_source is not None:
        return compile_source(message.kind, message.channel, message.test_source), None
    chosen = templates.choose(message.kind, message.channel, message.locale)
    return compiled(chosen), chosen.version_id


def _compose_sms(
    message: Message,
    template: CompiledSms,
    version_id: UUID | None,
    context: Mapping[str, Any],
    connection: SenderConnection | None,
) -> Composed:
    text = render_sms(template, context).text
    sender = connection.from_address if connection else ""
    status_url = ""
    if connection is not None:
        path = identity.hook_path(Channel.SMS, connection.provider, connection.id)
        status_url = f"{settings.BASE_URL}{path}"
    outgoing = OutgoingSms(message.id, sender, message.to_address, text, status_url)
    return Composed(outgoing, Content("", "", text), version_id)


def full_context(message: Message, store: StoreInfo) -> dict[str, Any]:
    """Return the message's context with what is known only now: brand, language, unsubscribe."""
    context = dict(message.context)
    context.setdefault("locale", locale_context(message.locale, store.timezone))
    context.setdefault("brand", brand_of(store))
    links = dict(context.get("links") or {})
    unsubscribes = message.purpose != Purpose.TRANSACTIONAL
    links["unsubscribe"] = identity.preferences_url(store, message.id) if unsubscribes else ""
    context["links"] = links
    return context


def brand_of(store: StoreInfo) -> dict[str, Any]:
    """Return the store's brand as templates see it."""
    base = identity.public_base(store)
    return dict(
        brand_context(
            name=store.name,
            color=store.brand_color,
            logo_url=f"{base}/s/{store.slug}/logo" if store.logo_type else "",
            website_url=store.website_url,
            support_email=store.support_email,
            support_phone=store.support_phone,
            postal_address=store.postal_address.splitlines(),
            social=store.social_links.split(),
        )
    )


def email_headers(message: Message, store: StoreInfo) -> tuple[tuple[str, str], ...]:
    """Return the headers that say what kind of mail this is and how to get rid of it.

    RFC 3834: it was sent by a program, so that no vacation answer comes back. RFC 8058: one-click
    unsubscribe on everything that was not asked for; Feedback-ID groups Gmail's complaint rates.
    """
    headers = [("Auto-Submitted", "auto-generated")]
    if message.purpose != Purpose.TRANSACTIONAL:
        url = identity.preferences_url(store, message.id)
        headers.append(("List-Unsubscribe", f"<{url}>"))
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        feedback = f"{message.kind}:{message.channel}:{message.purpose}:{store.slug}"
        headers.append(("Feedback-ID", feedback))
    return tuple(headers)
