"""What can be wrong with a message template, said so that a merchant can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from doorstep.kernel.errors import Invalid


class TemplateError(Invalid):
    """A template cannot be used, or not with this message.

    ``line`` and ``column`` count from 1 in the part (``subject``, ``preheader``, ``body``,
    ``text``) as the merchant wrote it; 0 where no place is to blame. ``hint`` says what to do.
    """

    code = "template_error"

    def __init__(
        self,
        problem: str,
        *,
        template: str = "",
        part: str = "",
        line: int = 0,
        column: int = 0,
        hint: str = "",
    ) -> None:
        self.problem = problem
        self.template = template
        self.part = part
        self.line = line
        self.column = column
        self.hint = hint
        super().__init__(self._sentence(), field=part or None)

    def _sentence(self) -> str:
        where = " ".join(word for word in (self.template, self.part) if word)
        if self.line:
            where += f", line {self.line}, column {self.column}"
        sentence = f"{where}: {self.problem}" if where else self.problem
        return f"{sentence} {self.hint}" if self.hint else sentence

    def located(
        self, *, template: str = "", part: str = "", line: int = 0, column: int = 0
    ) -> TemplateError:
        """Fill in the place where it is still unknown; return the error itself."""
        self.template = self.template or template
        self.part = self.part or part
        if not self.line:
            self.line, self.column = line, column
        self.field = self.part or None
        self.message = self._sentence()
        self.args = (self.message,)
        return self


class TemplateSyntaxError(TemplateError):
    """The Liquid in the template cannot be read."""

    code = "template_syntax"


class UnknownTag(TemplateError):
    """A ``{% tag %}`` that message templates do not have."""

    code = "template_unknown_tag"


class UnknownVariable(TemplateError):
    """A name that this message does not have."""

    code = "template_unknown_variable"


class UnknownFilter(TemplateError):
    """A ``| filter`` that does not exist."""

    code = "template_unknown_filter"


class UnknownPhrase(TemplateError):
    """A phrase key that is in no catalog, or a word its phrase needs is missing."""

    code = "template_unknown_phrase"


class MarkupError(TemplateError):
    """The MJML is not well formed, or uses what MJML does not have."""

    code = "template_markup"


class UnsafeMarkup(TemplateError):
    """Scripts, handlers and the like, which no message may carry."""

    code = "template_unsafe_markup"


class LimitExceeded(TemplateError):
    """The template loops, grows or takes longer than a message may."""

    code = "template_limit"


class RenderFailed(TemplateError):
    """The template is well formed but fails on this message's data."""

    code = "template_render"


def line_and_column(source: str, position: int) -> tuple[int, int]:
    """Return the place of a character, both counting from 1."""
    before = source[: max(position, 0)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def did_you_mean(word: str, known: Iterable[str], *, expected: str = "") -> str:
    """Return a sentence naming the nearest known word, or what was expected."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if near:
        return f"Did you mean “{near[0]}”?"
    return expected
