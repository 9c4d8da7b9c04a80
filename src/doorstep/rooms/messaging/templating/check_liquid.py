"""Check parsed Liquid when it is saved, not when the first shopper waits for the mail.

Walks the tree once: every variable must exist for this kind of message, every filter and every
literal phrase too, and what is printed must be printable. Range and text literals are replaced by
the guarded ones on the way (see ``environment``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from liquid import Expression, Token
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.arguments import KeywordArgument
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import RangeLiteral, StringLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.for_tag import ForNode

from doorstep.rooms.messaging.templating.environment import (
    CappedRange,
    MessageTemplate,
    PlainPath,
    PlainString,
)
from doorstep.rooms.messaging.templating.errors import (
    TemplateError,
    TemplateSyntaxError,
    UnknownFilter,
    UnknownPhrase,
    UnknownVariable,
    did_you_mean,
)
from doorstep.rooms.messaging.templating.phrases import catalog, holes
from doorstep.rooms.messaging.templating.variables import (
    ANYTHING,
    VALUE,
    Items,
    Shape,
    is_money,
)

LOOP_NAMES = [
    "name",
    "length",
    "index",
    "index0",
    "rindex",
    "rindex0",
    "first",
    "last",
    "parentloop",
]


class Flaw(Exception):
    """A flaw with the token to blame; turned into a located :class:`TemplateError` outside."""

    def __init__(self, error: TemplateError, token: Token | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.token = token


@dataclass(slots=True)
class LiquidCheck:
    """One walk over a template. ``phrases`` collects the literal phrase keys met."""

    template: MessageTemplate
    names: dict[str, Any]
    phrases: list[str] = field(default_factory=list)
    scopes: list[dict[str, Any]] = field(default_factory=list)

    def run(self) -> None:
        """Check the template.

        :raises Flaw: the first thing that is wrong.
        """
        self.scopes = [dict(self.names)]
        self._nodes(self.template.nodes)

    def _nodes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            self._node(node)

    def _node(self, node: Node) -> None:
        for expression in node.expressions():
            self._expression(expression)
        if isinstance(node, OutputNode):
            self._printable(node.expression)
        if isinstance(node, ForNode):
            self._loop(node)
            return
        # The walk needs no partials, hence no context to resolve them with.
        self._nodes(node.children(None, include_partials=False))  # type: ignore[arg-type]
        if isinstance(node, AssignNode):
            self._bind(str(node.name), self._shape(node.expression))
        elif isinstance(node, CaptureNode):
            self._bind(str(node.name), VALUE)

    def _bind(self, name: str, shape: Shape) -> None:
        known = self.scopes[0].get(name)
        self.scopes[0][name] = shape if known is None or known == shape else ANYTHING

    def _loop(self, node: ForNode) -> None:
        over = self._shape(node.expression.iterable)
        item = over.item if isinstance(over, Items) else ANYTHING
        loop = dict.fromkeys(LOOP_NAMES, VALUE) | {"parentloop": ANYTHING}
        self.scopes.append({node.expression.identifier: item, "forloop": loop})
        self._node(node.block)
        self.scopes.pop()
        if node.default:
            self._node(node.default)

    def _expression(self, expression: Expression) -> None:
        if isinstance(expression, RangeLiteral):
            expression.__class__ = CappedRange
        elif isinstance(expression, StringLiteral):
            expression.__class__ = PlainString
        elif isinstance(expression, Path):
            self._shape(expression)
            if not any(isinstance(segment, Path) for segment in expression.path):
                expression.__class__ = PlainPath
        for child in expression.children():
            self._expression(child)
        if isinstance(expression, FilteredExpression):
            for used in expression.filters or []:
                self._filter(used)
            self._phrase(expression)

    def _filter(self, used: Filter) -> None:
        if used.name in self.template.env.filters:
            return
        hint = did_you_mean(used.name, self.template.env.filters)
        raise Flaw(UnknownFilter(f"There is no filter “{used.name}”.", hint=hint), used.token)

    def _phrase(self, expression: FilteredExpression) -> None:
        first = expression.filters[0] if expression.filters else None
        if first is None or first.name != "t" or not isinstance(expression.left, StringLiteral):
            return
        key = expression.left.value
        phrase = catalog("en").get(key)
        if phrase is None:
            hint = did_you_mean(key, catalog("en"))
            raise Flaw(UnknownPhrase(f"There is no phrase “{key}”.", hint=hint), expression.token)
        given = {arg.name for arg in first.args if isinstance(arg, KeywordArgument)}
        if missing := holes(phrase) - given:
            problem = f"The phrase “{key}” needs “{sorted(missing)[0]}:”."
            raise Flaw(UnknownPhrase(problem), expression.token)
        self.phrases.append(key)

    def _printable(self, expression: Expression) -> None:
        if not isinstance(expression, FilteredExpression) or expression.filters:
            return
        shape = self._shape(expression.left)
        if shape in (VALUE, ANYTHING) or shape == Items(VALUE):
            return
        name = str(expression.left)
        hint = (
            f"Write {{{{ {name} | money }}}}." if is_money(shape) else "Choose one of its values."
        )
        if isinstance(shape, Items):
            hint = f"Go through it with {{% for item in {name} %}}."
        problem = f"“{name}” is not a single value."
        raise Flaw(TemplateSyntaxError(problem, hint=hint), expression.token)

    def _shape(self, expression: Expression) -> Shape:
        if isinstance(expression, FilteredExpression):
            return ANYTHING if expression.filters else self._shape(expression.left)
        if not isinstance(expression, Path):
            return ANYTHING
        shape: Shape = {name: item for scope in self.scopes for name, item in scope.items()}
        walked = ""
        for segment in expression.path:
            shape = self._step(shape, segment, walked, expression.token)
            walked = f"{walked}.{segment}" if walked else str(segment)
        return shape

    def _step(self, shape: Shape, segment: object, walked: str, token: Token) -> Shape:
        if shape == ANYTHING or isinstance(segment, Path):
            return ANYTHING
        if isinstance(shape, dict):
            if segment in shape:
                found: Shape = shape[str(segment)]
                return found
            raise Flaw(self._unknown(str(segment), walked, list(shape)), token)
        if isinstance(shape, Items):
            if isinstance(segment, int) or segment in ("first", "last"):
                return shape.item
            if segment == "size":
                return VALUE
            hint = f"It is a list: go through it with {{% for item in {walked} %}}."
            raise Flaw(UnknownVariable(f"“{walked}” has no “{segment}”.", hint=hint), token)
        if segment == "size":
            return VALUE
        raise Flaw(UnknownVariable(f"“{walked}” is a single value; it has no “{segment}”."), token)

    @staticmethod
    def _unknown(name: str, walked: str, known: list[str]) -> UnknownVariable:
        start = f"“{walked}” has" if walked else "This message has"
        hint = did_you_mean(name, known, expected=f"Expected one of: {', '.join(sorted(known))}.")
        return UnknownVariable(f"{start} no “{name}”.", hint=hint)
