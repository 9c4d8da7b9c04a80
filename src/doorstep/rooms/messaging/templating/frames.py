"""Render once what all mails of a set share, and per mail only what differs.

A frame is a compiled template in one language with the shared part of the context filled in (brand,
language, what a batch says to everybody). Liquid that looks at nothing else is rendered when the
frame is made; what is left are slots between texts that stand still. A newsletter with eight
personal places costs eight small renderings a mail, whatever its size; its still parts are encoded
and kept once (see ``connectors/email/mime`` and ``sending/contents``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from liquid import Expression, escape
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import Path
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.cycle_tag import CycleNode

from doorstep.rooms.messaging.templating.compiled import CompiledEmail, CompiledPart
from doorstep.rooms.messaging.templating.gaps import Gap
from doorstep.rooms.messaging.templating.limits import DEFAULT_LIMITS, RenderLimits
from doorstep.rooms.messaging.templating.phrases import Catalog
from doorstep.rooms.messaging.templating.plain_text import tidy_line, tidy_text
from doorstep.rooms.messaging.templating.render import (
    MAX_SUBJECT_CHARS,
    Rendering,
    hidden_preheader,
    one_line,
)

# Unicode noncharacters: no text may hold them, so they are free to mark places in one.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
MESSAGE = f"{OPEN}m{CLOSE}"
_PREHEADER = f"{OPEN}p{CLOSE}"
_MARK = re.compile(f"{OPEN}([0-9]+|m|p){CLOSE}")
_NOT_TEXT = str.maketrans("", "", OPEN + CLOSE)
_BODY_START = re.compile(r"<body[^<>]*>")


@dataclass(frozen=True, slots=True)
class Body:
    """Text that stands still, with gaps: one fewer than texts.

    :param kept: for whoever wants to keep something made of the texts, once per frame.
    """

    texts: tuple[str, ...]
    kept: dict[str, Any] = field(default_factory=dict, compare=False, hash=False)

    def fill(self, values: Sequence[str]) -> str:
        """Return the text with the gaps filled."""
        pieces = [self.texts[0]]
        for value, text in zip(values, self.texts[1:], strict=True):
            pieces += (value, text)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class FilledEmail:
    """One e-mail of a frame. ``text_values`` is None when ``text`` does not follow the frame."""

    subject: str
    text: str
    html_body: Body
    html_values: tuple[str, ...]
    text_values: tuple[str, ...] | None

    @property
    def html(self) -> str:
        """Return the HTML whole: whoever sends many takes frame and values instead."""
        return self.html_body.fill(self.html_values)


class _Part:
    """A compiled part as still texts and the nodes between them."""

    def __init__(self, part: CompiledPart, shared: Mapping[str, Any], rendering: Rendering,
                 *, html: bool) -> None:  # fmt: skip
        self.part = part
        self.html = html
        self.texts: list[str] = [""]
        slots: list[list[Node]] = []
        context = rendering.context_of(part, html=html)
        silent: list[tuple[Node, set[str]]] = []
        is_open = False  # the last slot still takes nodes
        for node, is_still, names in _plan(part.template.nodes, frozenset(shared)):
            if not is_still:
                if not is_open:
                    slots.append([])
                    self.texts.append("")
                    is_open = True
                used = _names(node) | names
                slots[-1] += [one for one, makes in silent if makes & used]
                silent = [(one, makes) for one, makes in silent if not makes & used]
                slots[-1].append(node)
                continue
            text = rendering.nodes(part, [node], context)
            if names:
                silent.append((node, names))
            if text:
                self.texts[-1] += text.translate(_NOT_TEXT)
                is_open = False

        self.gaps = _gaps(slots, html=html, limits=rendering.limits)

    def marked(self) -> str:
        """Return the text with numbered marks for the gaps."""
        pieces = [self.texts[0]]
        for number, text in enumerate(self.texts[1:]):
            pieces += (f"{OPEN}{number}{CLOSE}", text)
        return "".join(pieces)

    def values(self, rendering: Rendering) -> list[str]:
        """Render what differs."""
        context = None
        values = []
        for gap in self.gaps:
            value, key = gap.quickly(rendering.context)
            if value is None:
                if context is None:
                    context = rendering.context_of(self.part, html=self.html)
                value = rendering.nodes(self.part, gap.nodes, context)
                if key is not None:
                    gap.keep(key, value)
            values.append(value)
        return values

    def whole(self, rendering: Rendering) -> str:
        """Render it all as one text."""
        return Body(tuple(self.texts)).fill(self.values(rendering))


class EmailFrame:
    """An e-mail's template with everything filled in that its mails share."""

    def __init__(
        self,
        compiled: CompiledEmail,
        shared: Mapping[str, Any],
        *,
        phrases: Catalog | None = None,
        limits: RenderLimits = DEFAULT_LIMITS,
        decorate: Callable[[str], str] = lambda html: html,
    ) -> None:
        """Render what looks at nothing but ``shared``.

        :param shared: roots of the context that are the same in all mails, ``locale`` among them.
        :param decorate: changes the HTML, in which marks stand for the gaps.
        :raises TemplateError: the shared part alone fails.
        """
        self._phrases, self._limits = phrases, limits
        rendering = Rendering(shared, phrases, limits)
        self._subject = _Part(compiled.subject, shared, rendering, html=False)
        before = compiled.preheader
        self._preheader = _Part(before, shared, rendering, html=False) if before else None
        self._html = _Part(compiled.html, shared, rendering, html=True)
        self._text = _Part(compiled.text, shared, rendering, html=False)
        self._places: list[int] = []
        self._names_message = self._names_preheader = False
        self.html = self._html_body(rendering, decorate)
        self._lines = _Lines(self._text.marked())
        self.text = self._lines.still

    def _html_body(self, rendering: Rendering, decorate: Callable[[str], str]) -> Body:
        html = self._html.marked()
        if self._preheader is not None and (match := _BODY_START.search(html)):
            shown = _PREHEADER
            if not self._preheader.gaps:
                shown = escape(one_line(self._preheader.whole(rendering)))
            if shown:
                html = f"{html[: match.end()]}{hidden_preheader(shown)}{html[match.end() :]}"
        pieces = _MARK.split(decorate(html))
        self._place(pieces[1::2])
        return Body(tuple(pieces[::2]))

    def _place(self, marks: Sequence[str]) -> None:
        """Note which value fills which gap: the parts' own, then the token, then the preheader."""
        self._names_message, self._names_preheader = "m" in marks, "p" in marks
        own = len(self._html.gaps)
        named = {"m": own, "p": own + self._names_message}
        self._places = [named[mark] if mark in named else int(mark) for mark in marks]

    def fill(self, context: Mapping[str, Any], token: Callable[[], str]) -> FilledEmail:
        """Render one mail.

        :param token: makes what stands for :data:`MESSAGE`; only asked where there is one.
        :raises TemplateError: as ``render.render_email``.
        """
        rendering = Rendering(context, self._phrases, self._limits)
        rendered = self._html.values(rendering)
        if self._names_message:
            rendered.append(token())
        if self._names_preheader and self._preheader is not None:
            rendered.append(str(escape(one_line(self._preheader.whole(rendering)))))
        text, text_values = self._filled_text(rendering)
        return FilledEmail(
            one_line(self._subject.whole(rendering))[:MAX_SUBJECT_CHARS],
            text,
            self.html,
            tuple([rendered[place] for place in self._places]),
            text_values,
        )

    def _filled_text(self, rendering: Rendering) -> tuple[str, tuple[str, ...] | None]:
        """Fill the tidy text, unless a value breaks or empties a line: then tidy it all anew."""
        values = self._text.values(rendering)
        lines = self._lines.fill(values)
        if lines is None:
            return tidy_text(Body(tuple(self._text.texts)).fill(values)), None
        return self.text.fill(lines), lines


class _Lines:
    """A tidy text whose gaps are whole lines: those with something that differs."""

    def __init__(self, marked: str) -> None:
        texts = [""]
        self._lines: list[tuple[Body, tuple[int, ...]]] = []
        for line in tidy_text(marked).removesuffix("\n").split("\n"):
            pieces = _MARK.split(line)
            if len(pieces) == 1:
                texts[-1] += f"{line}\n"
                continue
            self._lines.append((Body(tuple(pieces[::2])), tuple(map(int, pieces[1::2]))))
            texts.append("\n")
        self.still = Body(tuple(texts))

    def fill(self, values: Sequence[str]) -> tuple[str, ...] | None:
        """Return the lines that differ; None when one of them is none, or more than one."""
        lines = []
        for body, numbers in self._lines:
            line = body.fill([values[number] for number in numbers])
            if "\n" in line:
                return None
            line = tidy_line(line)
            if not line:
                return None
            lines.append(line)
        return tuple(lines)


def _gaps(slots: Sequence[Sequence[Node]], *, html: bool, limits: RenderLimits) -> list[Gap]:
    """Return the gaps of a part. A name set in one may be read in the next; a cycle counts on."""
    nodes = [one for slot in slots for node in slot for one in _within(node)]
    is_steady = not any(isinstance(one, CycleNode) or _assigned(one) for one in nodes)
    return [Gap(slot, html=html, is_steady=is_steady, limits=limits) for slot in slots]


def _plan(nodes: Iterable[Node], shared: frozenset[str]) -> Iterable[tuple[Node, bool, set[str]]]:
    """Yield each node, whether it is the same for all, and the names it sets.

    What sets a name beside printing something, and ``cycle`` (which counts its calls), is never
    taken for still: both would have to be run a second time.
    """
    nodes = list(nodes)
    if any(isinstance(one, CycleNode) for node in nodes for one in _within(node)):
        for node in nodes:
            yield node, isinstance(node, ContentNode), set()
        return
    known = set(shared)
    differs: set[str] = set()
    for node in nodes:
        makes = _assigned(node)
        is_silent = isinstance(node, AssignNode | CaptureNode)
        is_still = (is_silent or not makes) and _names(node) <= known - differs
        if is_still:
            known |= makes
        else:
            differs |= makes
        yield node, is_still, makes


def _within(node: Node) -> Iterable[Node]:
    yield node
    for child in node.children(None):  # type: ignore[arg-type]  # no partials: no context needed
        yield from _within(child)


def _assigned(node: Node) -> set[str]:
    return {str(name) for one in _within(node) for name in one.template_scope()}


def _names(node: Node) -> set[str]:
    """Return the roots of all paths in a node that come from outside of it."""
    found: set[str] = set()
    for expression in node.expressions():
        found |= _roots(expression)
    for child in node.children(None):  # type: ignore[arg-type]
        found |= _names(child)
    return found - {str(name) for name in node.block_scope()}


def _roots(expression: Expression) -> set[str]:
    found: set[str] = set()
    if isinstance(expression, Path):
        # A root in brackets could be any name: "*" is never known.
        root = expression.path[0]
        found.add(root if isinstance(root, str) else "*")
    for child in expression.children():
        found |= _roots(child)
    return found
