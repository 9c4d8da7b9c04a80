"""Which template a message uses, compiled once per process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.models import Template, TemplateVersion
from doorstep.rooms.messaging.templating.compiled import (
    CompiledEmail,
    CompiledSms,
    EmailSource,
    SmsSource,
    compile_email,
    compile_sms,
)
from doorstep.rooms.messaging.templating.defaults import (
    EMAIL_KINDS,
    SMS_KINDS,
    default_email,
    default_sms,
)
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.messaging.templating.push import CompiledPush, PushSource, compile_push

Compiled = CompiledEmail | CompiledSms | CompiledPush
# Chats and notifications say what the text message says, unless they have a text of their own.
LIKE_SMS = (Channel.WHATSAPP, Channel.MESSENGER, Channel.PUSH)
BUILT_IN = {
    Channel.EMAIL: EMAIL_KINDS,
    Channel.SMS: SMS_KINDS,
    **dict.fromkeys(LIKE_SMS, SMS_KINDS),
}
_KEPT = 500
_lock = threading.Lock()
_cache: OrderedDict[object, Compiled | TemplateError] = OrderedDict()


def default_source(kind: str, channel: str) -> dict[str, str]:
    """Return the built-in text's parts; empty when there is none for the channel."""
    if channel != Channel.EMAIL:
        return {"text": default_sms(kind).text} if kind in SMS_KINDS else {}
    if kind not in EMAIL_KINDS:
        return {}
    source = default_email(kind)
    return {
        "subject": source.subject,
        "preheader": source.preheader,
        "body": source.body,
        "text": source.text,
    }


def compile_source(kind: str, channel: str, source: Mapping[str, str]) -> Compiled:
    """Compile a template's parts.

    :raises TemplateError: the first thing wrong, with part and line.
    """
    if channel == Channel.PUSH:
        return compile_push(push_source(kind, source))
    if channel != Channel.EMAIL:
        return compile_sms(SmsSource(kind, source.get("text", "")))
    return compile_email(email_source(kind, source))


def email_source(kind: str, source: Mapping[str, str]) -> EmailSource:
    """Return an e-mail's parts as the engine takes them."""
    return EmailSource(
        kind=kind,
        subject=source.get("subject", ""),
        body=source.get("body", ""),
        preheader=source.get("preheader", ""),
        text=source.get("text", ""),
    )


def push_source(kind: str, source: Mapping[str, str]) -> PushSource:
    """Return a notification's parts as the engine takes them."""
    return PushSource(kind, source.get("text", ""), source.get("title", ""), source.get("url", ""))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The template for one message: a store's version, or the built-in one (None)."""

    version_id: UUID | None
    kind: str
    channel: str


class StoreTemplates:
    """A store's published templates of some kinds, looked up once per batch."""

    def __init__(self, kinds: Iterable[str]) -> None:
        rows = Template.objects.filter(kind__in=set(kinds), published__isnull=False)
        self._published: dict[tuple[str, str, str], UUID] = {
            (row["kind"], row["channel"], row["locale"]): row["published_id"]
            for row in rows.values("kind", "channel", "locale", "published_id")
        }
        self._written: dict[str, frozenset[Channel]] = {}

    def choose(self, kind: str, channel: str, locale: str) -> Chosen:
        """Return the store's text for the locale, its language, or all; else the built-in one."""
        for written_for in (channel, Channel.SMS) if channel in LIKE_SMS else (channel,):
            for candidate in locale_fallbacks(locale):
                version_id = self._published.get((kind, written_for, candidate))
                if version_id is not None:
                    return Chosen(version_id, kind, channel)
        return Chosen(None, kind, channel)

    def written(self, kind: str) -> frozenset[Channel]:
        """Return the channels there is any text for."""
        found = self._written.get(kind)
        if found is None:
            own = {Channel(channel) for k, channel, _ in self._published if k == kind}
            own |= set(LIKE_SMS) if Channel.SMS in own else set()
            built_in = {c for c, kinds in BUILT_IN.items() if kind in kinds}
            found = self._written[kind] = frozenset(own | built_in)
        return found


def locale_fallbacks(locale: str) -> tuple[str, ...]:
    """Return the locales a template may be written in for a reader, best first.

    >>> locale_fallbacks("de-AT")
    ('de-AT', 'de', '')
    """
    tag = locale.replace("_", "-")
    language = tag.split("-")[0].lower()
    return tuple(dict.fromkeys((tag, language, "")))


def compiled(chosen: Chosen) -> Compiled:
    """Return a template ready to render, from memory where it was compiled before.

    :raises TemplateError: it does not compile.
    """
    # A text message's version serves chats and notifications too, each compiled its own way.
    key: object = (chosen.version_id or chosen.kind, chosen.channel)
    with _lock:
        found = _cache.get(key)
    if found is None:
        found = _compile(chosen)
        with _lock:
            _cache[key] = found
            while len(_cache) > _KEPT:
                _cache.popitem(last=False)
    if isinstance(found, TemplateError):
        raise found
    return found


def _compile(chosen: Chosen) -> Compiled | TemplateError:
    if chosen.version_id is None:
        source = default_source(chosen.kind, chosen.channel)
    else:
        source = TemplateVersion.objects.get(id=chosen.version_id).source
    if not source:
        return TemplateError(f"There is no template “{chosen.kind}” for {chosen.channel}.")
    try:
        return compile_source(chosen.kind, chosen.channel, source)
    except TemplateError as error:  # kept too: a broken version stays broken
        return error
