"""Liquid as message templates have it: strict, escaping, and guarded at every step.

Two environments differ only in escaping: HTML escapes every value, text does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from io import StringIO
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, Markup, RenderContext, StrictUndefined, Token, escape
from liquid.builtin.expressions import Path, primitive
from liquid.builtin.output import Output as OutputTag
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.for_tag import ForLoop, ForNode, ForTag
from liquid.exceptions import (
    BreakLoop,
    ContinueLoop,
    OutputStreamLimitError,
    ResourceLimitError,
    UndefinedError,
    UnknownFilterError,
)
from liquid.stringify import to_liquid_string
from liquid.undefined import UNDEFINED

from doorstep.rooms.messaging.templating import filters
from doorstep.rooms.messaging.templating.errors import did_you_mean
from doorstep.rooms.messaging.templating.limits import DEFAULT_LIMITS
from doorstep.rooms.messaging.templating.liquid_tags import ALLOWED_TAGS
from doorstep.rooms.messaging.templating.render_state import RenderState

__all__ = ["HTML", "TEXT", "CappedRange", "GuardedContext", "Output", "PlainPath", "PlainString"]


class Output(StringIO):
    """A buffer that counts what is written (characters, not bytes: no encoding per write)."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.size = 0

    def write(self, text: str, /) -> int:
        """Append text.

        :raises OutputStreamLimitError: more than the limit.
        """
        self.size += len(text)
        if self.size > self.limit:
            raise OutputStreamLimitError("the message becomes too long", token=None)
        return super().write(text)


class CappedRange(primitive.RangeLiteral):
    """``(1..n)`` that refuses to be long, wherever it stands."""

    __slots__ = ()

    def _make_range(self, start: Any, stop: Any) -> range:
        made = super()._make_range(start, stop)
        # Not len(): it overflows beyond 2**63.
        if made.stop - made.start > DEFAULT_LIMITS.range_items:
            raise ResourceLimitError(
                f"a range has more than {DEFAULT_LIMITS.range_items} numbers", token=self.token
            )
        return made


class PlainString(primitive.StringLiteral):
    """A quoted text in a tag: a text like any other, so HTML in it comes out escaped.

    python-liquid trusts literals as markup; then ``{{ "<script>" }}`` would slip past the
    reading of the MJML.
    """

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> str:
        """Return the text, unescaped as yet."""
        return self.value


class PlainPath(Path):
    """A path without brackets: nothing in it has to be evaluated first.

    Rendering an order mail resolves some 300 paths; this and the shortcuts in
    :class:`GuardedContext` and :class:`GuardedOutput` halve its time.
    """

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        """Return the value."""
        return context.get(self.path, token=self.token)  # type: ignore[arg-type]  # list is invariant


class GuardedContext(RenderContext):
    """A render context that counts, and that says which name was meant."""

    __slots__ = ("state",)
    state: RenderState

    def get(
        self, path: list[object], *, token: Token | None, default: object = UNDEFINED
    ) -> object:
        """Resolve a path. What hangs below a null is null; a wrong name is an error."""
        root = path[0]
        for names in self.scope._maps:
            if root in names:
                found = names[root]  # type: ignore[index]
                break
        else:
            if default is not UNDEFINED:
                return default
            raise self._unknown(str(root), self.scope, token)
        for segment in path[1:]:
            if found is None:
                return None
            if type(found) is dict and type(segment) is str and segment in found:
                found = found[segment]
                continue
            try:
                found = self.get_item(found, segment)
            except (KeyError, TypeError):
                if default is not UNDEFINED:
                    return default
                raise self._unknown(str(segment), found, token) from None
            except IndexError:
                return None
        return found

    @staticmethod
    def _unknown(name: str, among: object, token: Token | None) -> UndefinedError:
        known = [str(key) for key in among] if isinstance(among, Mapping) else []
        hint = did_you_mean(name, known)
        return UndefinedError(f"There is no “{name}”.{' ' + hint if hint else ''}", token=token)

    def assign(self, key: str, val: Any) -> None:
        """Hold a value, within the limit on what is held."""
        self.state.guard.tick(None)
        self.locals[key] = val
        held = sum(
            len(value) for value in self.locals.values() if isinstance(value, str | list | tuple)
        )
        if held > self.state.guard.limits.held_chars:
            raise ResourceLimitError("the assigned variables become too large", token=None)

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        """Return a buffer for a capture that counts toward the same output limit."""
        used = buf.size if isinstance(buf, Output) else 0
        return Output(self.state.guard.limits.output_chars - used)

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Leave counting to the guard: see :class:`GuardedForNode`."""

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Return a filter behind its checks."""
        function = self.env.filters.get(name)
        if function is None:
            raise UnknownFilterError(f"There is no filter “{name}”.", token=token)
        state = self.state
        state.guard.tick(token)
        if name in filters.OURS:
            return partial(function, state=state)
        if getattr(function, "with_environment", False):
            function = partial(function, environment=self.env)
        if getattr(function, "with_context", False):
            function = partial(function, context=self)
        return partial(filters.run_checked, name, function, state)


class GuardedForNode(ForNode):
    """A loop whose rounds are added up over the whole template."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Render the block once per item."""
        assert isinstance(context, GuardedContext)
        guard = context.state.guard
        items, length = self.expression.evaluate(context)
        if not length:
            return self.default.render(context, buffer) if self.default else 0
        guard.add_rounds(length, self.token)
        name = self.expression.identifier
        loop = ForLoop(f"{name}-loop", items, length, context.parentloop())
        namespace: dict[str, object] = {"forloop": loop, name: None}
        written = 0
        with context.loop(namespace, loop):
            for item in loop:
                guard.tick(self.token)
                namespace[name] = item
                try:
                    written += self.block.render(context, buffer)
                except ContinueLoop:
                    continue
                except BreakLoop:
                    break
        return written


class GuardedOutputNode(OutputNode):
    """``{{ }}``, with a short way for the text that most of them print."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Write the value, escaped in HTML."""
        value = self.expression.evaluate(context)
        kind = type(value)
        if kind is str:
            return buffer.write(escape(value) if context.autoescape else value)  # type: ignore[arg-type]
        if kind is Markup:
            return buffer.write(value)  # type: ignore[arg-type]
        return buffer.write(to_liquid_string(value, context.autoescape))


class GuardedOutputTag(OutputTag):
    """The output tag with the short way."""

    node_class = GuardedOutputNode


class GuardedForTag(ForTag):
    """The for tag with the guarded loop."""

    node_class = GuardedForNode


class MessageTemplate(BoundTemplate):
    """A parsed part of a message."""

    context_class = GuardedContext


class MessageEnvironment(Environment):
    """Strict Liquid without file access, includes or unguarded tags."""

    context_depth_limit = 20
    block_nesting_limit = 30
    template_class = MessageTemplate

    def __init__(self, *, html: bool) -> None:
        super().__init__(undefined=StrictUndefined, strict_filters=True, autoescape=html)
        self.add_tag(GuardedForTag)
        self.add_tag(GuardedOutputTag)
        keep = ALLOWED_TAGS | {"content", "output", "illegal"}
        self.tags = {name: tag for name, tag in self.tags.items() if name in keep}
        filters.register(self)


HTML = MessageEnvironment(html=True)
TEXT = MessageEnvironment(html=False)
