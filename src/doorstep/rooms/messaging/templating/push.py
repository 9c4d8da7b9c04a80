"""Notifications: a title, a line or two, and where a tap leads.

Whoever writes nothing of their own gets the kind's text message, taken apart: the store's name is
the title, its link is where a tap leads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doorstep.rooms.messaging.templating.compiled import CompiledPart, compile_text
from doorstep.rooms.messaging.templating.errors import RenderFailed
from doorstep.rooms.messaging.templating.limits import DEFAULT_LIMITS, RenderLimits
from doorstep.rooms.messaging.templating.phrases import Catalog
from doorstep.rooms.messaging.templating.plain_text import tidy_text
from doorstep.rooms.messaging.templating.render import Rendering, one_line

# What fits into one encrypted record with room for the longest of links (RFC 8291, 4); phones show
# far less.
MAX_TITLE_CHARS = 120
MAX_BODY_CHARS = 600
MAX_URL_CHARS = 1000
_LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class PushSource:
    """What a merchant writes for one notification; only ``text`` must be there."""

    kind: str
    text: str
    title: str = ""
    url: str = ""


@dataclass(slots=True)
class CompiledPush:
    """A notification ready to render."""

    kind: str
    text: CompiledPart
    title: CompiledPart | None
    url: CompiledPart | None

    @property
    def phrases(self) -> list[str]:
        """Return the built-in phrases this template uses."""
        parts = [part for part in (self.title, self.text, self.url) if part]
        return list(dict.fromkeys(key for part in parts for key in part.phrases))


@dataclass(frozen=True, slots=True)
class RenderedPush:
    """One notification; ``url`` may be empty."""

    title: str
    body: str
    url: str
    icon: str


def compile_push(source: PushSource) -> CompiledPush:
    """Compile a notification's template.

    :raises TemplateError: the first thing wrong, with part, line and column.
    """
    return CompiledPush(
        source.kind,
        compile_text(source.kind, "text", source.text),
        compile_text(source.kind, "title", source.title) if source.title.strip() else None,
        compile_text(source.kind, "url", source.url) if source.url.strip() else None,
    )


def render_push(
    compiled: CompiledPush,
    context: Mapping[str, Any],
    *,
    phrases: Catalog | None = None,
    limits: RenderLimits = DEFAULT_LIMITS,
) -> RenderedPush:
    """Render a notification.

    :raises TemplateError: as for a text message, or the address is none.
    """
    rendering = Rendering(context, phrases, limits)
    brand = context.get("brand") or {}
    name, icon = str(brand.get("name") or ""), str(brand.get("logo_url") or "")
    text = tidy_text(rendering.part(compiled.text, html=False, isolates=False)).strip()
    title = one_line(rendering.part(compiled.title, html=False)) if compiled.title else name
    if compiled.url is not None:
        url = _checked(rendering.part(compiled.url, html=False, isolates=False).strip(), compiled)
    else:
        text, url = _take_link(text)
    body = text.removeprefix(f"{name}:").strip() if name and title == name else text
    return RenderedPush(
        _cut(title, MAX_TITLE_CHARS),
        _cut(body[:1].upper() + body[1:], MAX_BODY_CHARS),
        url if len(url) <= MAX_URL_CHARS else "",
        icon if len(icon) <= MAX_URL_CHARS and icon.startswith("https://") else "",
    )


def _take_link(text: str) -> tuple[str, str]:
    """Take the last link out of a text: a tap leads there, so nobody needs to read it."""
    links = list(_LINK.finditer(text))
    if not links:
        return text, ""
    last = links[-1]
    rest = f"{text[: last.start()].rstrip()} {text[last.end() :].lstrip()}".strip()
    return rest, last.group()


def _checked(url: str, compiled: CompiledPush) -> str:
    if url and not _LINK.fullmatch(url):
        raise RenderFailed(
            "The address to open begins with https://.", template=compiled.kind, part="url"
        )
    return url


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
