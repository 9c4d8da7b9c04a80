"""From what a merchant wrote to what the sender renders: done once per template version.

MJML is compiled into HTML with the Liquid still inside, so that one message costs only Liquid.
Positions of the Liquid in that HTML are kept beside it, so that an error met while rendering still
names the line the merchant wrote.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

import mjml
from liquid import Token
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError, UnknownFilterError

from doorstep.rooms.messaging.templating.check_liquid import Flaw, LiquidCheck
from doorstep.rooms.messaging.templating.environment import HTML, TEXT, MessageTemplate
from doorstep.rooms.messaging.templating.errors import (
    LimitExceeded,
    MarkupError,
    RenderFailed,
    TemplateError,
    TemplateSyntaxError,
    UnknownFilter,
    UnknownVariable,
    line_and_column,
)
from doorstep.rooms.messaging.templating.liquid_tags import LiquidTag, find_tags
from doorstep.rooms.messaging.templating.mjml_check import Placeholder, check_mjml
from doorstep.rooms.messaging.templating.plain_text import html_to_text
from doorstep.rooms.messaging.templating.variables import shape_of

_ALONE = ("", "assign", "echo", "cycle")
_COMPANIONS = {
    "if": ("", "{% endif %}"),
    "elsif": ("{% if true %}", "{% endif %}"),
    "unless": ("", "{% endunless %}"),
    "for": ("", "{% endfor %}"),
    "case": ("", "{% endcase %}"),
    "when": ("{% case 1 %}", "{% endcase %}"),
    "capture": ("", "{% endcapture %}"),
}


@dataclass(frozen=True, slots=True)
class EmailSource:
    """What a merchant writes for one e-mail.

    ``kind`` is the message kind (``order_confirmation``); it decides which variables exist.
    ``text`` is the plain-text body; without one it is derived from the MJML.
    """

    kind: str
    subject: str
    body: str
    preheader: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class SmsSource:
    """What a merchant writes for one text message."""

    kind: str
    text: str


@dataclass(slots=True)
class CompiledPart:
    """A parsed part with the way back from its positions to the merchant's source."""

    kind: str
    name: str
    source: str
    template: MessageTemplate
    starts: list[int] = field(default_factory=list)  # of each Liquid tag in the compiled text
    origins: list[int] = field(default_factory=list)  # of the same tags in the source
    phrases: list[str] = field(default_factory=list)

    def place(self, token: Token | None) -> tuple[int, int]:
        """Return line and column in the source for a token; (0, 0) when it has none."""
        if token is None or token.start_index < 0:
            return 0, 0
        position = token.start_index
        if self.starts:
            index = max(bisect_right(self.starts, position) - 1, 0)
            position = self.origins[index] + max(position - self.starts[index], 0)
        return line_and_column(self.source, position)

    def explain(self, error: LiquidError) -> TemplateError:
        """Turn Liquid's error into ours, at the merchant's line."""
        line, column = self.place(error.token)
        kind: type[TemplateError] = RenderFailed
        if isinstance(error, ResourceLimitError):
            kind = LimitExceeded
        elif isinstance(error, UndefinedError):
            kind = UnknownVariable
        elif isinstance(error, UnknownFilterError):
            kind = UnknownFilter
        problem = str(error.message or error.__class__.__name__)
        problem = problem[:1].upper() + problem[1:]
        if not problem.endswith((".", "!", "?")):
            problem += "."
        return kind(problem, template=self.kind, part=self.name, line=line, column=column)


@dataclass(slots=True)
class CompiledEmail:
    """Parts ready to render; keep it in memory for as long as the template version lives."""

    kind: str
    subject: CompiledPart
    preheader: CompiledPart | None
    html: CompiledPart
    text: CompiledPart

    @property
    def phrases(self) -> list[str]:
        """Return the built-in phrases this template uses, in order of appearance."""
        parts = [part for part in (self.subject, self.preheader, self.html, self.text) if part]
        return list(dict.fromkeys(key for part in parts for key in part.phrases))


@dataclass(slots=True)
class CompiledSms:
    """A text message ready to render."""

    kind: str
    text: CompiledPart

    @property
    def phrases(self) -> list[str]:
        """Return the built-in phrases this template uses."""
        return list(dict.fromkeys(self.text.phrases))


def compile_email(source: EmailSource) -> CompiledEmail:
    """Compile an e-mail template.

    :raises TemplateError: the first thing wrong, with part, line and column.
    """
    html, text = _compile_body(source)
    return CompiledEmail(
        kind=source.kind,
        subject=compile_text(source.kind, "subject", source.subject),
        preheader=compile_text(source.kind, "preheader", source.preheader)
        if source.preheader
        else None,
        html=html,
        text=compile_text(source.kind, "text", source.text) if source.text.strip() else text,
    )


def compile_sms(source: SmsSource) -> CompiledSms:
    """Compile a text message template.

    :raises TemplateError: the first thing wrong, with line and column.
    """
    return CompiledSms(source.kind, compile_text(source.kind, "text", source.text))


def compile_text(kind: str, name: str, source: str) -> CompiledPart:
    """Compile one part that is plain text.

    :raises TemplateError: the first thing wrong, with line and column.
    """
    try:
        find_tags(source, name)
    except TemplateError as error:
        raise error.located(template=kind) from None
    return _parse(CompiledPart(kind, name, source, MessageTemplate(TEXT, [])), source, html=False)


def _compile_body(source: EmailSource) -> tuple[CompiledPart, CompiledPart]:
    """Return the HTML part and the text part derived from it."""
    try:
        checked = check_mjml(source.body)
    except TemplateError as error:
        raise error.located(template=source.kind) from None
    try:
        compiled = mjml.mjml2html(checked.mjml, disable_comments=False, fonts={})
    except Exception as error:  # the compiler raises bare exceptions
        raise MarkupError(
            f"The MJML cannot be compiled: {error}.", template=source.kind, part="body"
        ) from error
    html_part = _assemble(source, compiled, checked.placeholders, html=True)
    derived = html_to_text(compiled)
    return html_part, _assemble(source, derived, checked.placeholders, html=False)


def _assemble(
    source: EmailSource, compiled: str, placeholders: list[Placeholder], *, html: bool
) -> CompiledPart:
    """Put the Liquid back in and parse it."""
    by_mark = {item.mark: item for item in placeholders}
    part = CompiledPart(source.kind, "body", source.body, MessageTemplate(TEXT, []))
    pieces: list[str] = []
    length = position = 0
    if placeholders:
        prefix = re.escape(placeholders[0].mark.rstrip("0123456789Z"))
        for match in re.finditer(rf"{prefix}\d+Z", compiled):
            item = by_mark[match.group()]
            before = compiled[position : match.start()]
            length += len(before)
            part.starts.append(length)
            part.origins.append(item.source_start)
            length += len(item.liquid)
            pieces += [before, item.liquid]
            position = match.end()
    pieces.append(compiled[position:])
    return _parse(part, "".join(pieces), html=html)


def _parse(part: CompiledPart, text: str, *, html: bool) -> CompiledPart:
    environment = HTML if html else TEXT
    try:
        template = environment.from_string(text)
    except LiquidError as error:
        raise _syntax_error(part, text, error) from None
    assert isinstance(template, MessageTemplate)
    check = LiquidCheck(template, shape_of(part.kind))
    try:
        check.run()
    except Flaw as flaw:
        line, column = part.place(flaw.token)
        raise flaw.error.located(
            template=part.kind, part=part.name, line=line, column=column
        ) from None
    except RecursionError:
        raise LimitExceeded(
            "An expression is nested too deeply.", template=part.kind, part=part.name
        ) from None
    part.template = template
    part.phrases = check.phrases
    return part


def _syntax_error(part: CompiledPart, text: str, error: LiquidError) -> TemplateError:
    if isinstance(error.__cause__, RecursionError):
        return LimitExceeded(
            "An expression is nested too deeply.", template=part.kind, part=part.name
        )
    explained = part.explain(error)
    line, column = explained.line, explained.column
    if not line and (tag := _broken_tag(text)):
        line, column = part.place(Token("tag", "", tag.start, text))
    return TemplateSyntaxError(
        explained.problem, template=part.kind, part=part.name, line=line, column=column
    )


def _broken_tag(text: str) -> LiquidTag | None:
    """Find the tag that cannot be read by itself: at the end of a tag Liquid gives no place."""
    for tag in find_tags(text, ""):
        before, after = _COMPANIONS.get(tag.name, ("", ""))
        if tag.name in _ALONE or tag.name in _COMPANIONS:
            try:
                TEXT.from_string(before + text[tag.start : tag.end] + after)
            except LiquidError:
                return tag
    return None
