"""Turn a claimed message into what the provider gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.contracts import Channel, PreferenceRules, Purpose
from doorstep.rooms.messaging.models import Message, SenderConnection
from doorstep.rooms.messaging.ports import (
    FilledBody,
    OutgoingChat,
    OutgoingEmail,
    OutgoingPush,
    OutgoingSms,
)
from doorstep.rooms.messaging.preference_settings import get_preference_rules
from doorstep.rooms.messaging.sending.compose_reach import compose_chat, compose_push
from doorstep.rooms.messaging.sending.contents import Content
from doorstep.rooms.messaging.sending.contents import Framed as KeptInFrame
from doorstep.rooms.messaging.sending.contexts import MessageContext, NothingToSay, contexts_of
from doorstep.rooms.messaging.sending.decorate import Framed
from doorstep.rooms.messaging.sending.frames import frame_of
from doorstep.rooms.messaging.sending.templates import (
    Compiled,
    StoreTemplates,
    compile_source,
    compiled,
)
from doorstep.rooms.messaging.templating.compiled import CompiledEmail, CompiledSms
from doorstep.rooms.messaging.templating.context import brand_context, locale_context
from doorstep.rooms.messaging.templating.frames import EmailFrame
from doorstep.rooms.messaging.templating.push import CompiledPush
from doorstep.rooms.messaging.templating.render import one_line, render_sms
from doorstep.rooms.messaging.templating.wallet_context import hide_secrets
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
    """Render one message and put its headers on.

    :raises TemplateError: the template fails, with the line.
    :raises NothingToSay: what it is about is gone.
    """
    contexts = contexts_of([message], at=at)
    return Composer(store, templates, contexts, at=at).compose(message, connection)


class _Token:
    """A message's token, signed when it is first asked for: links name it a dozen times."""

    __slots__ = ("_message_id", "_signed", "_store_id")

    def __init__(self, store_id: UUID, message_id: UUID) -> None:
        self._store_id, self._message_id = store_id, message_id
        self._signed = ""

    def __call__(self) -> str:
        if not self._signed:
            self._signed = identity.preferences_token(self._store_id, self._message_id)
        return self._signed


class Composer:
    """Renders a set of one store's messages; what they share is made once."""

    def __init__(
        self,
        store: StoreInfo,
        templates: StoreTemplates,
        contexts: Mapping[UUID, MessageContext],
        *,
        at: datetime,
    ) -> None:
        """Take what the messages are about, gathered by ``composing_contexts.contexts_of``."""
        self._store, self._templates, self._contexts, self._at = store, templates, contexts, at
        self._brand = brand_of(store)
        self._rules: PreferenceRules | None = None
        self._chosen: dict[tuple[str, str, str], tuple[Compiled, UUID | None]] = {}
        self._locales: dict[str, dict[str, Any]] = {}
        self._frames: dict[tuple[object, ...], EmailFrame] = {}
        self._senders: dict[UUID | None, identity.Sender] = {}

    def compose(self, message: Message, connection: SenderConnection | None) -> Composed:
        """Render a message and put its headers on.

        :raises TemplateError: the template fails, with the line.
        :raises NothingToSay: what it is about is gone.
        """
        template, version_id = self._template(message)
        found = self._contexts[message.id]
        if found.missing:
            raise NothingToSay(found.missing)
        token = _Token(self._store.id, message.id)
        context = self._full(message, found.values, token)
        if isinstance(template, CompiledEmail):
            return self._email(message, template, version_id, found, context, connection, token)
        if isinstance(template, CompiledPush):
            return Composed(*compose_push(message, template, context), version_id)
        if message.channel != Channel.SMS:
            chat = compose_chat(message, template, context, self._store, connection)
            return Composed(*chat, version_id)
        return _compose_sms(message, template, version_id, context, connection)

    def _template(self, message: Message) -> tuple[Compiled, UUID | None]:
        """Return the text in use with its version, or the draft that a test is to show."""
        if message.test_source is not None:
            return compile_source(message.kind, message.channel, message.test_source), None
        key = (message.kind, message.channel, message.locale)
        found = self._chosen.get(key)
        if found is None:
            chosen = self._templates.choose(*key)
            found = self._chosen[key] = (compiled(chosen), chosen.version_id)
        return found

    def _full(
        self, message: Message, values: Mapping[str, Any], token: Callable[[], str]
    ) -> dict[str, Any]:
        """Return a context with what is known only now: brand, language, unsubscribe."""
        locale = self._locales.get(message.locale)
        if locale is None:
            locale = dict(locale_context(message.locale, self._store.timezone))
            self._locales[message.locale] = locale
        context = {"locale": locale, "brand": self._brand, **values}
        context["links"] = {
            **(context.get("links") or {}),
            "unsubscribe": unsubscribe_url(message, self._store, token),
        }
        return context

    def _email(
        self,
        message: Message,
        template: CompiledEmail,
        version_id: UUID | None,
        found: MessageContext,
        context: Mapping[str, Any],
        connection: SenderConnection | None,
        token: Callable[[], str],
    ) -> Composed:
        frame = self._frame(message, template, version_id, found, context)
        filled = frame.fill(context, token)
        sender = self._sender(connection)
        from_name = one_line(sender.name)
        headers = email_headers(message, self._store, context["links"]["unsubscribe"])
        outgoing = OutgoingEmail(
            message_id=message.id,
            # Names come as shops and people type them; a line break in one would cost the mail.
            from_name=from_name,
            from_address=sender.address,
            reply_to=sender.reply_to,
            to_name=one_line(message.to_name),
            to_address=message.to_address,
            subject=filled.subject,
            html="",
            text=filled.text,
            rfc_message_id=message.message_id_header,
            date=self._at,
            headers=headers,
            kind=message.kind,
            framed=FilledBody(frame.html, filled.html_values),
            framed_text=(
                None if filled.text_values is None else FilledBody(frame.text, filled.text_values)
            ),
        )
        shown = (
            ("From", f"{from_name} <{sender.address}>"),
            ("To", message.to_address),
            *((("Reply-To", sender.reply_to),) if sender.reply_to else ()),
            ("Message-ID", message.message_id_header),
            *headers,
        )
        # A frame is worth a row where many share it.
        if message.batch_id:
            kept = KeptInFrame(frame, filled.html_values, filled.text_values)
            content = Content(filled.subject, "", hide_secrets(filled.text, context), shown, kept)
        else:
            content = Content(
                filled.subject,
                hide_secrets(filled.html, context),
                hide_secrets(filled.text, context),
                shown,
            )
        return Composed(outgoing, content, version_id)

    def _frame(
        self,
        message: Message,
        template: CompiledEmail,
        version_id: UUID | None,
        found: MessageContext,
        context: Mapping[str, Any],
    ) -> EmailFrame:
        """Return the frame of a message; within one set it is looked for by what is short."""
        is_draft = message.test_source is not None
        brand = "brand" not in found.values
        key = (version_id, message.locale, message.kind, message.purpose, message.batch_id,
               found.shared, brand)  # fmt: skip
        frame = None if is_draft else self._frames.get(key)
        if frame is None:
            still = found.shared | {"brand"} if brand else found.shared
            frame = frame_of(
                template,
                Framed(
                    self._store,
                    message.kind,
                    message.purpose,
                    message.batch_id,
                    self._rules_for(message),
                ),
                {name: context[name] for name in ("locale", *still) if name != "links"},
                version=None if is_draft else (version_id or message.kind),
            )
            if not is_draft:
                self._frames[key] = frame
        return frame

    def _rules_for(self, message: Message) -> PreferenceRules | None:
        """Return what the store lets be counted; not asked for what belongs to a purchase."""
        if message.purpose == Purpose.TRANSACTIONAL:
            return None
        if self._rules is None:
            self._rules = get_preference_rules()
        return self._rules

    def _sender(self, connection: SenderConnection | None) -> identity.Sender:
        key = connection.id if connection else None
        sender = self._senders.get(key)
        if sender is None:
            sender = self._senders[key] = identity.sender_of(self._store, connection)
        return sender


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
    return Composed(outgoing, Content("", "", hide_secrets(text, context)), version_id)


def unsubscribe_url(
    message: Message, store: StoreInfo, token: Callable[[], str] = lambda: ""
) -> str:
    """Return where the reader unsubscribes; "" for what belongs to a purchase."""
    if message.purpose == Purpose.TRANSACTIONAL:
        return ""
    return identity.preferences_url(store, message.id, token())


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


def email_headers(
    message: Message, store: StoreInfo, unsubscribe: str
) -> tuple[tuple[str, str], ...]:
    """Return the headers that say what kind of mail this is and how to get rid of it.

    RFC 3834: it was sent by a program, so that no vacation answer comes back. RFC 8058: one-click
    unsubscribe on everything that was not asked for; Feedback-ID groups Gmail's complaint rates.

    :param unsubscribe: where that is; "" on what belongs to a purchase.
    """
    if not unsubscribe:
        return (("Auto-Submitted", "auto-generated"),)
    return (
        ("Auto-Submitted", "auto-generated"),
        ("List-Unsubscribe", f"<{unsubscribe}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", f"{message.kind}:{message.channel}:{message.purpose}:{store.slug}"),
    )
