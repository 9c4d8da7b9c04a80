"""Find the Liquid tags in a source before any parser sees it.

Two reasons: the MJML parser must not stumble over them, and Liquid's own lexer is a backtracking
regular expression that unclosed or endless tags can keep busy for minutes; here every scan is
linear and refuses them first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from doorstep.rooms.messaging.templating.errors import (
    LimitExceeded,
    TemplateError,
    TemplateSyntaxError,
    UnknownTag,
    did_you_mean,
    line_and_column,
)
from doorstep.rooms.messaging.templating.limits import MAX_SOURCE_CHARS, MAX_TAG_CHARS

BLOCK_TAGS = ("if", "unless", "case", "for", "capture")
ALLOWED_TAGS = frozenset(
    [
        "if",
        "elsif",
        "else",
        "endif",
        "unless",
        "endunless",
        "case",
        "when",
        "endcase",
        "for",
        "endfor",
        "break",
        "continue",
        "assign",
        "capture",
        "endcapture",
        "cycle",
        "echo",
        "#",
        "comment",
        "endcomment",
        "raw",
        "endraw",
    ]
)
_START = re.compile(r"\{\{|\{%")
_NAME = re.compile(r"\{%-?\s{0,64}(#|\w+)?")
_LONG_SPACE = re.compile(r"\s{65}")
_ENDS = {
    "raw": re.compile(r"\{%-?\s{0,64}endraw\s{0,64}-?%\}"),
    "comment": re.compile(r"\{%-?\s{0,64}endcomment\s{0,64}-?%\}"),
}


@dataclass(frozen=True, slots=True)
class LiquidTag:
    """A stretch of source that is Liquid; ``name`` is "" for an output ``{{ }}``.

    A ``raw`` or ``comment`` block is one stretch, from its first to its last tag.
    """

    start: int
    end: int
    name: str

    @property
    def is_output(self) -> bool:
        """Tell whether it prints a value."""
        return self.name == ""


def find_tags(source: str, part: str) -> list[LiquidTag]:
    """Return the Liquid tags of a source in order.

    :raises TemplateSyntaxError: a tag that is not closed.
    :raises UnknownTag: a tag that message templates do not have.
    :raises LimitExceeded: a source or tag longer than allowed.
    """
    if len(source) > MAX_SOURCE_CHARS:
        raise LimitExceeded(
            f"The template has {len(source)} characters; {MAX_SOURCE_CHARS} are allowed.", part=part
        )
    tags: list[LiquidTag] = []
    position = 0
    while match := _START.search(source, position):
        tag = _read_tag(source, match.start(), part)
        tags.append(tag)
        position = tag.end
    _check_blocks(source, tags, part)
    return tags


def _check_blocks(source: str, tags: list[LiquidTag], part: str) -> None:
    """Say which block is not closed; Liquid itself only notices at the very end."""
    opened: list[LiquidTag] = []
    for tag in tags:
        if tag.name in BLOCK_TAGS:
            opened.append(tag)
        elif tag.name.startswith("end") and tag.name[3:] in BLOCK_TAGS:
            expected = f"end{opened[-1].name}" if opened else ""
            if tag.name != expected:
                closes = f"stands where “{expected}” is expected" if opened else "closes nothing"
                error = TemplateSyntaxError(f"“{tag.name}” {closes}.")
                raise _located(error, source, tag.start, part)
            opened.pop()
    if opened:
        raise _located(_never_closed(opened[-1].name), source, opened[-1].start, part)


def _located(error: TemplateError, source: str, position: int, part: str) -> TemplateError:
    # Counted only when something is wrong: counting lines for every tag is quadratic.
    line, column = line_and_column(source, position)
    return error.located(part=part, line=line, column=column)


def _read_tag(source: str, start: int, part: str) -> LiquidTag:
    is_output = source.startswith("{{", start)
    close = "}}" if is_output else "%}"
    end = source.find(close, start + 2)
    if end < 0:
        opened = source[start : start + 2]
        error = TemplateSyntaxError(
            f"“{opened}” is never closed.", hint=f"Expected “{close}” after it."
        )
        raise _located(error, source, start, part)
    end += 2
    if end - start > MAX_TAG_CHARS or _LONG_SPACE.search(source, start, end):
        problem = f"A Liquid tag may have {MAX_TAG_CHARS} characters and no long gaps."
        raise _located(LimitExceeded(problem), source, start, part)
    if is_output:
        return LiquidTag(start, end, "")
    return _read_named(source, start, end, part)


def _read_named(source: str, start: int, end: int, part: str) -> LiquidTag:
    match = _NAME.match(source, start, end)
    name = (match and match.group(1)) or ""
    if name not in ALLOWED_TAGS:
        error: TemplateError = UnknownTag(
            f"Message templates have no tag “{name}”." if name else "The tag has no name.",
            hint=did_you_mean(name, ALLOWED_TAGS, expected="Use if, for, assign, capture or case."),
        )
        raise _located(error, source, start, part)
    if name in _ENDS:
        closing = _ENDS[name].search(source, end)
        if not closing:
            raise _located(_never_closed(name), source, start, part)
        end = closing.end()
    return LiquidTag(start, end, name)


def _never_closed(name: str) -> TemplateError:
    hint = f"Expected “{{% end{name} %}}” after it."
    return TemplateSyntaxError(f"“{name}” is never closed.", hint=hint)
