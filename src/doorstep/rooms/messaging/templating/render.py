"""Render one message from a compiled template and its context."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import thread_time
from typing import Any

from liquid import escape
from liquid.ast import Node
from liquid.exceptions import LiquidError

from doorstep.rooms.messaging.templating.compiled import CompiledEmail, CompiledPart, CompiledSms
from doorstep.rooms.messaging.templating.environment import GuardedContext, Output
from doorstep.rooms.messaging.templating.errors import RenderFailed, TemplateError
from doorstep.rooms.messaging.templating.limits import DEFAULT_LIMITS, Guard, RenderLimits
from doorstep.rooms.messaging.templating.locales import direction_of
from doorstep.rooms.messaging.templating.phrases import Catalog
from doorstep.rooms.messaging.templating.plain_text import tidy_text
from doorstep.rooms.messaging.templating.render_state import RenderState
from doorstep.rooms.messaging.templating.sms import SmsSize, measure_sms, plain_typography

MAX_SUBJECT_CHARS = 250
# Everything that could end a header line or hide in one: C0, C1, line and paragraph separators.
_HEADER_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_BODY_START = re.compile(r"<body[^<>]*>")


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """One e-mail as it will be sent. ``subject`` is one line without control characters."""

    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class RenderedSms:
    """One text message with the number of parts it takes."""

    text: str
    size: SmsSize

    @property
    def segments(self) -> int:
        """Return how many parts the gateway charges."""
        return self.size.segments


def render_email(
    compiled: CompiledEmail,
    context: Mapping[str, Any],
    *,
    phrases: Catalog | None = None,
    limits: RenderLimits = DEFAULT_LIMITS,
) -> RenderedEmail:
    """Render an e-mail.

    :param context: see ``context.py``; the language is ``context["locale"]``.
    :param phrases: the store's own texts for single phrases, by key.
    :raises TemplateError: an unknown name, a limit, data a filter cannot show; with the line.
    """
    rendering = Rendering(context, phrases, limits)
    preheader = ""
    if compiled.preheader:
        preheader = one_line(rendering.part(compiled.preheader, html=False))
    html = rendering.part(compiled.html, html=True)
    return RenderedEmail(
        subject=one_line(rendering.part(compiled.subject, html=False))[:MAX_SUBJECT_CHARS],
        preheader=preheader,
        html=_with_preheader(html, preheader),
        text=tidy_text(rendering.part(compiled.text, html=False)),
    )


def render_sms(
    compiled: CompiledSms,
    context: Mapping[str, Any],
    *,
    phrases: Catalog | None = None,
    limits: RenderLimits = DEFAULT_LIMITS,
) -> RenderedSms:
    """Render a text message and count its parts.

    :raises TemplateError: as :func:`render_email`.
    """
    rendering = Rendering(context, phrases, limits)
    # No invisible characters here: each costs a unit, and some phones take them into the link.
    raw = rendering.part(compiled.text, html=False, isolates=False)
    text = plain_typography(tidy_text(raw).strip())
    return RenderedSms(text, measure_sms(text))


def render_chat(
    compiled: CompiledSms,
    context: Mapping[str, Any],
    *,
    phrases: Catalog | None = None,
    limits: RenderLimits = DEFAULT_LIMITS,
) -> str:
    """Render a text for a chat: like a text message, with its typography left as it is.

    :raises TemplateError: as :func:`render_email`.
    """
    rendering = Rendering(context, phrases, limits)
    return tidy_text(rendering.part(compiled.text, html=False, isolates=False)).strip()


def one_line(text: str) -> str:
    """Return text fit for a header: no line breaks or control characters, single spaces."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _HEADER_BREAKS.sub(" ", text).strip()


class Rendering:
    """The parts of one message share a language and one deadline."""

    def __init__(
        self, context: Mapping[str, Any], phrases: Catalog | None, limits: RenderLimits
    ) -> None:
        locale = context.get("locale") or {}
        self.context = context
        self.limits = limits
        self.deadline = thread_time() + limits.seconds
        self.phrases = phrases or {}
        self.locale = str(locale.get("code") or "en")
        self.time_zone = str(locale.get("time_zone") or "UTC")

    def part(self, part: CompiledPart, *, html: bool, isolates: bool = True) -> str:
        """Render a whole part.

        :raises TemplateError: an unknown name, a limit, data a filter cannot show; with the line.
        """
        context = self.context_of(part, html=html, isolates=isolates)
        return self.nodes(part, part.template.nodes, context)

    def context_of(
        self, part: CompiledPart, *, html: bool, isolates: bool = True
    ) -> GuardedContext:
        """Return what a part's nodes are rendered with; names they set stay in it."""
        state = RenderState(
            guard=Guard(self.limits, self.deadline),
            locale=self.locale,
            time_zone=self.time_zone,
            isolates=isolates and direction_of(self.locale) == "rtl",
            html=html,
            phrases=self.phrases,
        )
        context = GuardedContext(part.template, globals=self.context)
        context.state = state
        return context

    def nodes(self, part: CompiledPart, nodes: Sequence[Node], context: GuardedContext) -> str:
        """Render some of a part's nodes.

        :raises TemplateError: as :meth:`part`.
        """
        output = Output(self.limits.output_chars)
        try:
            for node in nodes:
                try:
                    node.render(context, output)
                except LiquidError as error:
                    error.token = error.token or node.token
                    raise part.explain(error) from error
            return output.getvalue()
        except TemplateError:
            raise
        except Exception as error:  # whatever a filter meets in odd data; never a bare crash
            raise RenderFailed(
                f"The template fails on this message's data ({type(error).__name__}: {error}).",
                template=part.kind,
                part=part.name,
            ) from error


def _with_preheader(html: str, preheader: str) -> str:
    """Put the preview line first in the body, hidden, and padded so nothing else is previewed."""
    if not preheader or not (match := _BODY_START.search(html)):
        return html
    return f"{html[: match.end()]}{hidden_preheader(escape(preheader))}{html[match.end() :]}"


def hidden_preheader(escaped: str) -> str:
    """Return the hidden element a preview is read from; what goes in is escaped already."""
    return (
        '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">'
        f"{escaped}{'&#847;&zwnj;&nbsp;' * 40}</div>"
    )
