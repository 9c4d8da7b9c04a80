"""Reading message texts and seeing what they look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doorstep.kernel.errors import NotFound
from doorstep.rooms.messaging.block_texts import block_errors, with_body
from doorstep.rooms.messaging.contracts import (
    Channel,
    RenderedPreview,
    TemplateSummary,
    TemplateView,
)
from doorstep.rooms.messaging.message_kinds import get_message_kind, own_names
from doorstep.rooms.messaging.models import SenderConnection, Template
from doorstep.rooms.messaging.sending.compose import brand_of
from doorstep.rooms.messaging.sending.templates import (
    BUILT_IN,
    StoreTemplates,
    compile_source,
    compiled,
    default_source,
    email_source,
    push_source,
)
from doorstep.rooms.messaging.templating.compiled import CompiledSms, SmsSource
from doorstep.rooms.messaging.templating.editor import check_email, check_push, check_sms
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.messaging.templating.journey_context import is_own_kind
from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES
from doorstep.rooms.messaging.templating.push import CompiledPush, render_push
from doorstep.rooms.messaging.templating.render import render_email, render_sms
from doorstep.rooms.messaging.templating.samples import sample_context
from doorstep.rooms.stores import api as stores


def list_templates() -> list[TemplateSummary]:
    """List every message text that can be edited: the built-in ones and the store's own."""
    rows = {
        (row.kind, row.channel, row.locale): row
        for row in Template.objects.select_related("published")
    }
    # Chats and notifications say what the text message says: listed once they have a provider.
    connected = SenderConnection.objects.filter(is_active=True).values_list("channel", flat=True)
    shown = {Channel.EMAIL, Channel.SMS, *connected}
    keys = set(rows) | {
        (kind, channel.value, "")
        for channel, kinds in BUILT_IN.items()
        if channel in shown
        for kind in kinds
    }
    names = own_names()
    # Texts of a message that was deleted are kept for what was sent, and are nobody's to edit.
    keys = {key for key in keys if key[0] in names or not is_own_kind(key[0])}
    return [_summary(*key, rows.get(key), names.get(key[0], "")) for key in sorted(keys)]


def get_template(kind: str, channel: Channel, locale: str = "") -> TemplateView:
    """Return a message text with its draft; the built-in text where the store has none.

    :param locale: a language, or "" for the text for all languages.
    :raises NotFound: there is no such kind of message.
    """
    name = ""
    if is_own_kind(kind):
        name = get_message_kind(kind).name
    elif kind not in CONTEXT_TYPES:
        raise NotFound("There is no such kind of message.")
    row = (
        Template.objects.select_related("published")
        .filter(kind=kind, channel=channel, locale=locale)
        .first()
    )
    return view_of(row or Template(kind=kind, channel=channel, locale=locale), name)


def view_of(row: Template, name: str = "") -> TemplateView:
    """Turn a row (stored or not) into what crosses the wall."""
    default = default_source(row.kind, row.channel)
    return TemplateView(
        summary=_summary(row.kind, row.channel, row.locale, row, name),
        source=row.published.source if row.published else default,
        draft=row.draft,
        default=default,
        version_id=row.published_id,
    )


def _summary(
    kind: str, channel: str, locale: str, row: Template | None, name: str = ""
) -> TemplateSummary:
    published = row.published if row else None
    return TemplateSummary(
        kind=kind,
        channel=channel,
        locale=locale,
        is_own=published is not None,
        has_draft=bool(row and row.draft is not None),
        published_at=published.at if published else None,
        published_by=published.by if published else "",
        name=name,
    )


def check_template(kind: str, channel: Channel, source: Mapping[str, str]) -> list[TemplateError]:
    """Return what is wrong with a text: each part's first error, or errors with sample orders.

    Empty when it may be published.
    """
    if channel == Channel.PUSH:
        return check_push(push_source(kind, source))
    if channel != Channel.EMAIL:
        return check_sms(SmsSource(kind, source.get("text", "")))
    if mistakes := block_errors(kind, channel, source):
        return mistakes
    return check_email(email_source(kind, with_body(kind, source)))


def _invented(kind: str, locale: str) -> dict[str, Any]:
    """Return an invented order of the present store: with its own brand, not the cast's."""
    return {**sample_context(kind, locale), "brand": brand_of(stores.get_store())}


def preview(
    kind: str,
    channel: Channel,
    locale: str,
    context: Mapping[str, Any] | None = None,
    *,
    source: Mapping[str, str] | None = None,
) -> RenderedPreview:
    """Render a message text without sending anything.

    :param context: what the template sees, e.g. of a real order; None takes an invented order.
    :param source: the parts to try (a draft); None takes what is in use.
    :raises TemplateError: it does not work; ``part`` and ``line`` say where.
    """
    if source is None:
        template = compiled(StoreTemplates([kind]).choose(kind, channel, locale))
    else:
        parts = with_body(kind, source, marks=True) if channel == Channel.EMAIL else source
        template = compile_source(kind, channel, parts)
    values = context if context is not None else _invented(kind, locale or "en")
    if isinstance(template, CompiledSms):
        return RenderedPreview("", "", render_sms(template, values).text)
    if isinstance(template, CompiledPush):
        push = render_push(template, values)
        return RenderedPreview(push.title, "", "\n".join(filter(None, (push.body, push.url))))
    email = render_email(template, values)
    return RenderedPreview(email.subject, email.html, email.text)
