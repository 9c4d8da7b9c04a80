"""Read a merchant's MJML: refuse what is wrong or unsafe, and make it safe for the compiler.

The compiler (mrml) accepts unknown tags, ignores unknown attributes, recurses without a limit
(deep nesting would end the process) and knows nothing of Liquid. So the source is read here first,
once and linearly. Every Liquid tag becomes a placeholder that survives compilation; a bare Liquid
tag between MJML elements is wrapped in ``mj-raw``; a link that is a Liquid value gets the
``safe_url`` filter.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from dataclasses import dataclass, field

from doorstep.rooms.messaging.templating import mjml_tags as known
from doorstep.rooms.messaging.templating.errors import (
    LimitExceeded,
    MarkupError,
    TemplateError,
    UnsafeMarkup,
    did_you_mean,
    line_and_column,
)
from doorstep.rooms.messaging.templating.limits import MAX_NESTING
from doorstep.rooms.messaging.templating.liquid_tags import LiquidTag, find_tags

PART = "body"
_MASK = "\ue000"  # stands for each character of a Liquid tag: positions stay those of the source
_OPEN = re.compile(r"<(/?)([A-Za-z][\w:.-]*)")
_ATTRIBUTE = re.compile(r"""\s+([^\s=<>"'/]+)(?:\s*=\s*("[^"]*"|'[^']*'))?""")
_CLOSE = re.compile(r"\s*(/?)>")
_CONTROL = re.compile(r"[\s\x00-\x20\x7f]+")
_UNSAFE_STYLE = re.compile(
    r"expression\s*\(|javascript\s*:|vbscript\s*:|behaviou?r\s*:|@import|</", re.I
)
_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_GOOD_SCHEMES = ("https:", "http:", "mailto:", "tel:", "sms:", "cid:", "#")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A Liquid tag taken out: what to put back, and where it stood in the source."""

    mark: str
    liquid: str
    source_start: int


@dataclass(slots=True)
class CheckedMjml:
    """MJML fit for the compiler, and the Liquid to put back into what it makes."""

    mjml: str
    placeholders: list[Placeholder]


@dataclass(slots=True)
class _Open:
    name: str
    start: int
    is_mjml: bool


@dataclass(slots=True)
class _Reader:
    source: str
    tags: list[LiquidTag]
    masked: str = ""
    edits: list[tuple[int, int, str]] = field(default_factory=list)  # start, end, replacement
    stack: list[_Open] = field(default_factory=list)
    safe_links: set[int] = field(default_factory=set)
    starts: list[int] = field(default_factory=list)  # of the tags, to find one without a walk
    seen: set[str] = field(default_factory=set)

    def fail(
        self, position: int, problem: str, hint: str = "", kind: type[TemplateError] = MarkupError
    ) -> TemplateError:
        line, column = line_and_column(self.source, position)
        return kind(problem, part=PART, line=line, column=column, hint=hint)

    def tag_from(self, position: int) -> LiquidTag | None:
        """Return the first Liquid tag at or after a position."""
        index = bisect_left(self.starts, position)
        return self.tags[index] if index < len(self.tags) else None

    @property
    def parent(self) -> str:
        return self.stack[-1].name if self.stack else ""

    @property
    def mjml_parent(self) -> str:
        return next((item.name for item in reversed(self.stack) if item.is_mjml), "")


def check_mjml(source: str) -> CheckedMjml:
    """Read MJML with Liquid in it.

    :raises MarkupError: not well formed, or a tag, attribute or nesting MJML does not have.
    :raises UnsafeMarkup: scripts, event handlers, harmful links, includes.
    """
    if _MASK in source or "\x00" in source:
        position = max(source.find(_MASK), source.find("\x00"))
        line, column = line_and_column(source, position)
        raise MarkupError("This character is not allowed.", part=PART, line=line, column=column)
    tags = find_tags(source, PART)
    reader = _Reader(source, tags, starts=[tag.start for tag in tags])
    pieces: list[str] = []
    end = 0
    for tag in reader.tags:
        if tag.name == "raw" and "<" in source[tag.start : tag.end]:
            raise reader.fail(tag.start, "HTML cannot stand in {% raw %}.", kind=UnsafeMarkup)
        pieces += [source[end : tag.start], _MASK * (tag.end - tag.start)]
        end = tag.end
    reader.masked = "".join([*pieces, source[end:]])
    _read(reader)
    return _apply(reader)


def is_unsafe(text: str) -> bool:
    """Tell whether an attribute may not say this, however it is spaced: it would run a script."""
    return _UNSAFE_STYLE.search(_CONTROL.sub("", text)) is not None


def _read(reader: _Reader) -> None:
    position = 0
    while True:
        opened = reader.masked.find("<", position)
        text_end = len(reader.masked) if opened < 0 else opened
        _read_text(reader, position, text_end)
        if opened < 0:
            break
        position = _read_markup(reader, opened)
    if reader.stack:
        last = reader.stack[-1]
        raise reader.fail(
            last.start, f"<{last.name}> is never closed.", f"Expected </{last.name}>."
        )
    if not {"mjml", "mj-body"} <= reader.seen:
        raise reader.fail(0, "The body needs <mjml><mj-body> … </mj-body></mjml>.")


def _read_markup(reader: _Reader, start: int) -> int:
    masked = reader.masked
    if masked.startswith("<!--", start):
        return _read_comment(reader, start)
    match = _OPEN.match(masked, start)
    if not match:
        raise reader.fail(start, "“<” starts no tag here.", "Write &lt; for the sign itself.")
    name = match.group(2)
    if match.group(1):
        return _read_end(reader, start, match.end(), name)
    return _read_start(reader, start, match.end(), name)


def _read_comment(reader: _Reader, start: int) -> int:
    end = reader.masked.find("-->", start + 4)
    if end < 0:
        raise reader.fail(start, "The comment is never closed.", "Expected “-->”.")
    # Dropped, with any Liquid in it: a comment is the author's, not the reader's.
    reader.edits.append((start, end + 3, ""))
    return end + 3


def _read_end(reader: _Reader, start: int, position: int, name: str) -> int:
    close = _CLOSE.match(reader.masked, position)
    if not close:
        raise reader.fail(start, f"</{name} is not closed.", "Expected “>”.")
    if not reader.stack:
        raise reader.fail(start, f"</{name}> closes nothing.")
    last = reader.stack[-1]
    if last.name != name:
        line, _ = line_and_column(reader.source, last.start)
        raise reader.fail(
            start,
            f"</{name}> stands where </{last.name}> is expected (<{last.name}> is open since line {line}).",
        )
    reader.stack.pop()
    return close.end()


def _read_start(reader: _Reader, start: int, position: int, name: str) -> int:
    is_mjml = name == "mjml" or name.startswith("mj-")
    in_attributes = reader.parent == "mj-attributes"
    _check_tag(reader, start, name, is_mjml)
    seen: set[str] = set()
    while match := _ATTRIBUTE.match(reader.masked, position):
        attribute = match.group(1)
        if attribute in seen:
            raise reader.fail(match.start(1), f"“{attribute}” is given twice.")
        seen.add(attribute)
        _check_attribute(reader, name, is_mjml and not in_attributes, match)
        position = match.end()
    close = _CLOSE.match(reader.masked, position)
    if not close:
        raise reader.fail(
            position, f"<{name}> cannot be read here.", 'Expected name="value" (in quotes) or “>”.'
        )
    reader.seen.add(name)
    if close.group(1):
        return close.end()
    if name in known.VOID_TAGS:
        reader.edits.append((close.end() - 1, close.end(), " />"))
        return close.end()
    reader.stack.append(_Open(name, start, is_mjml))
    if len(reader.stack) > MAX_NESTING:
        raise reader.fail(start, f"Tags are nested deeper than {MAX_NESTING}.", kind=LimitExceeded)
    return close.end()


def _check_tag(reader: _Reader, start: int, name: str, is_mjml: bool) -> None:
    lower = name.lower()
    if lower in {"script", "iframe", "object", "embed", "applet", "form", "input", "base", "link"}:
        raise reader.fail(start, f"<{name}> is not allowed in a message.", kind=UnsafeMarkup)
    if lower == "mj-include":
        raise reader.fail(
            start, "<mj-include> is not allowed.", "Put the included part here.", kind=UnsafeMarkup
        )
    parent, mjml_parent = reader.parent, reader.mjml_parent
    if is_mjml:
        _check_mjml_tag(reader, start, name, parent)
    elif mjml_parent not in known.HOLDS_HTML:
        place = f"<{parent}>" if parent else "the top"
        raise reader.fail(
            start,
            f"<{name}> cannot stand in {place}.",
            "HTML goes into <mj-text>, <mj-table> or <mj-raw>.",
        )
    elif name not in known.HTML_TAGS or (name == "meta" and "mj-body" in reader.seen):
        raise reader.fail(
            start, f"<{name}> is not an HTML tag for messages.", did_you_mean(name, known.HTML_TAGS)
        )


def _check_mjml_tag(reader: _Reader, start: int, name: str, parent: str) -> None:
    allowed = known.CHILDREN.get(parent, frozenset())
    if name not in known.ATTRIBUTES and not (parent == "mj-attributes" and name in allowed):
        raise reader.fail(start, f"MJML has no tag <{name}>.", did_you_mean(name, known.ATTRIBUTES))
    if name in allowed:
        if parent in ("", "mjml") and name in reader.seen:
            raise reader.fail(start, f"There can be only one <{name}>.")
        return
    places = sorted(
        tag for tag, inside in known.CHILDREN.items() if name in inside and tag != "mj-attributes"
    )
    hint = f"It belongs in {' or '.join(f'<{place}>' for place in places)}." if places else ""
    raise reader.fail(
        start, f"<{name}> cannot stand in {f'<{parent}>' if parent else 'the top'}.", hint
    )


def _check_attribute(reader: _Reader, tag: str, is_mjml: bool, match: re.Match[str]) -> None:
    name, quoted, start = match.group(1), match.group(2), match.start(1)
    if _MASK in name:
        raise reader.fail(start, "Liquid cannot stand for an attribute's name.")
    lower = name.lower()
    if lower.startswith("on"):
        raise reader.fail(start, f"“{name}” is not allowed in a message.", kind=UnsafeMarkup)
    if quoted is None:
        raise reader.fail(start, f"“{name}” has no value.", f'Write {name}="…".')
    if is_mjml and name not in known.ATTRIBUTES[tag]:
        raise reader.fail(
            start, f"<{tag}> has no attribute “{name}”.", did_you_mean(name, known.ATTRIBUTES[tag])
        )
    allowed_html = lower in known.HTML_ATTRIBUTES or lower.startswith(("aria-", "data-"))
    if not tag.startswith("mj") and not allowed_html:
        raise reader.fail(
            start, f"<{tag}> has no attribute “{name}”.", did_you_mean(lower, known.HTML_ATTRIBUTES)
        )
    _check_value(reader, tag, lower, match.start(2) + 1, match.end(2) - 1)


def _check_value(reader: _Reader, tag: str, name: str, start: int, end: int) -> None:
    masked = reader.masked[start:end]
    if "<" in masked:
        raise reader.fail(start, f"“{name}” contains “<”.", "Is a closing quote missing?")
    if tag.startswith("mj") and name in known.MEASURES and _MASK in masked:
        raise reader.fail(start, f"“{name}” must be a plain measure, without Liquid.")
    if tag == "meta" and "refresh" in masked.lower():
        raise reader.fail(start, "A message cannot redirect.", kind=UnsafeMarkup)
    decoded = html.unescape(masked)
    if is_unsafe(decoded) if name != "style" else _UNSAFE_STYLE.search(decoded):
        raise reader.fail(start, f"“{name}” would run a script.", kind=UnsafeMarkup)
    if name in known.URL_ATTRIBUTES:
        _check_link(reader, name, start, _CONTROL.sub("", decoded))
    _escape_ampersands(reader, start, end)


def _check_link(reader: _Reader, name: str, start: int, link: str) -> None:
    if not link or link.lower().startswith(_GOOD_SCHEMES):
        return
    first = reader.tag_from(start)
    if first is None or first.start != start or not first.is_output:
        raise reader.fail(
            start,
            f"“{name}” must start with https:, http:, mailto: or tel:, or with a value.",
            'For example href="{{ links.order }}".',
            kind=UnsafeMarkup,
        )
    following = reader.masked[first.end : first.end + 1]
    if following not in ("", '"', "'", "/", "?", "#", "&"):
        raise reader.fail(
            first.end,
            f"After the first value, “{name}” must go on with / ? # or &.",
            kind=UnsafeMarkup,
        )
    reader.safe_links.add(first.start)


def _read_text(reader: _Reader, start: int, end: int) -> None:
    masked = reader.masked[start:end]
    if not masked or masked.isspace():
        return
    parent, mjml_parent = reader.parent, reader.mjml_parent
    if mjml_parent == "mj-style":
        if _UNSAFE_STYLE.search(masked):
            raise reader.fail(start, "The style would load or run something.", kind=UnsafeMarkup)
    elif mjml_parent in known.HOLDS_HTML or mjml_parent in known.HOLDS_TEXT:
        _escape_ampersands(reader, start, end)
    else:
        _wrap_liquid(reader, start, end, parent)


def _wrap_liquid(reader: _Reader, start: int, end: int, parent: str) -> None:
    # Only Liquid may stand between MJML elements; each tag is kept by wrapping it in mj-raw.
    tag = reader.tag_from(start)
    while tag is not None and tag.start < end:
        if parent not in known.WRAPS_LIQUID:
            raise reader.fail(tag.start, f"Liquid cannot stand directly in <{parent or 'mjml'}>.")
        reader.edits.append((tag.start, tag.start, "<mj-raw>"))
        reader.edits.append((tag.end, tag.end, "</mj-raw>"))
        tag = reader.tag_from(tag.end)
    rest = reader.masked[start:end].replace(_MASK, " ")
    if not rest.isspace():
        offset = len(rest) - len(rest.lstrip())
        raise reader.fail(
            start + offset,
            f"Text cannot stand directly in <{parent or 'mjml'}>.",
            "Put it into <mj-text>.",
        )


def _escape_ampersands(reader: _Reader, start: int, end: int) -> None:
    for match in _AMPERSAND.finditer(reader.masked, start, end):
        reader.edits.append((match.start(), match.end(), "&amp;"))


def _apply(reader: _Reader) -> CheckedMjml:
    prefix = "LQ"
    while prefix in reader.source:
        prefix += "X"
    placeholders: list[Placeholder] = []
    edits = list(reader.edits)
    for number, tag in enumerate(reader.tags):
        mark = f"{prefix}{number}Z"
        edits.append((tag.start, tag.end, mark))
        liquid = reader.source[tag.start : tag.end]
        if tag.start in reader.safe_links:
            liquid = _with_safe_url(liquid)
        elif tag.name == "comment":
            liquid = ""
        placeholders.append(Placeholder(mark, liquid, tag.start))
    # Opening wraps (start == end) come before the tag at the same place, closing ones after it.
    edits.sort(key=lambda edit: (edit[0], edit[1]))
    pieces: list[str] = []
    position = 0
    for start, end, replacement in edits:
        if start < position:
            continue  # inside a dropped comment
        pieces += [reader.source[position:start], replacement]
        position = end
    pieces.append(reader.source[position:])
    return CheckedMjml("".join(pieces), placeholders)


def _with_safe_url(liquid: str) -> str:
    dash = "-" if liquid.endswith("-}}") else ""
    body = liquid[: -2 - len(dash)].rstrip()
    return f"{body} | safe_url {dash}}}}}"
