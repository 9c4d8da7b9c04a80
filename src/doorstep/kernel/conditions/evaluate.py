"""The Python engine: decide for one subject, and say why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.facts import Fact, FactType
from doorstep.kernel.conditions.settled import satisfies, settle_comparison
from doorstep.kernel.conditions.tree import Comparison, Condition, Node
from doorstep.kernel.conditions.words import explain
from doorstep.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Trace:
    """How one node came out: a comparison's sentence, or a group's kind with its children."""

    result: bool
    words: str
    path: str
    children: tuple[Trace, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Write the trace, one node a line, indented."""
        yield f"{'  ' * depth}{'✓' if self.result else '✗'} {self.words}"
        for child in self.children:
            yield from child.lines(depth + 1)

    def reasons(self) -> Iterator[str]:
        """Yield the sentences that settled it: what failed of "all", what held of "any"."""
        if not self.children:
            yield self.words
            return
        # "all" is settled by its children of the same result, "any" likewise, "none" by the
        # opposite one.
        decisive = not self.result if self.words.startswith("none") else self.result
        for child in self.children:
            if child.result is decisive:
                yield from child.reasons()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a condition holds, and why."""

    result: bool
    trace: Trace

    def __bool__(self) -> bool:
        return self.result

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences that settled it, without repeats."""
        return tuple(dict.fromkeys(self.trace.reasons()))

    def explain(self) -> str:
        """Return the whole trace as indented text."""
        return "\n".join(self.trace.lines())


def evaluate(
    condition: Condition, values: Mapping[str, Any], *, at: datetime, zone: ZoneInfo
) -> Decision:
    """Decide for one subject whose facts are known.

    :param values: by :attr:`FactRef.key`, which is the fact's name where it has no parameters
        and no window. None means unknown.
    :param at: the moment relative dates count from.
    :param zone: the store's zone, whose days count.
    :raises KeyError: a fact the condition asks for is not among the values.
    :raises TypeError: a value is not of its fact's type.
    """
    if at.tzinfo is None:
        raise TypeError("at needs a time zone")
    known = {ref.key: normalize(ref.fact, values[ref.key]) for ref in condition.refs}
    trace = _trace(condition.root, known, at, zone)
    return Decision(trace.result, trace)


def _trace(node: Node, values: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> Trace:
    if isinstance(node, Comparison):
        value = values[node.ref.key]
        result = satisfies(settle_comparison(node, at, zone), value)
        return Trace(result, explain(node, value, result, zone), node.path)
    children = tuple(_trace(child, values, at, zone) for child in node.children)
    results = [child.result for child in children]
    match node.kind:
        case "all":
            return Trace(all(results), "all of" if results else "always", node.path, children)
        case "any":
            return Trace(any(results), "any of", node.path, children)
        case _:
            return Trace(not any(results), "none of", node.path, children)


_CLASSES: dict[FactType, tuple[type, ...]] = {
    FactType.TEXT: (str,),
    FactType.ENUM: (str,),
    FactType.NUMBER: (int, Decimal),
    FactType.COUNT: (int,),
    FactType.MONEY: (Money,),
    FactType.BOOL: (bool,),
    FactType.DATE: (date,),
    FactType.DATETIME: (datetime,),
    FactType.SET: (frozenset, set, list, tuple),
}


def normalize(fact: Fact, raw: Any) -> Any:
    """Bring a fact's value into the one form both engines mean.

    :raises TypeError: it is not of the fact's type. Floats are refused, as they would compare
        differently in the database.
    """
    if raw is None:
        return fact.missing
    fits = isinstance(raw, _CLASSES[fact.type])
    if isinstance(raw, bool) and fact.type is not FactType.BOOL:
        fits = False
    if isinstance(raw, datetime) and fact.type is FactType.DATE:
        fits = False
    if not fits:
        raise TypeError(f"{fact.name} is a {fact.type}, got {type(raw).__name__}")
    match fact.type:
        case FactType.TEXT | FactType.ENUM:
            return raw or None
        case FactType.SET:
            return frozenset(item for item in raw if item)
        case FactType.NUMBER:
            number = Decimal(raw)
            if not number.is_finite():
                raise TypeError(f"{fact.name} is not a finite number")
            return number
        case FactType.DATETIME:
            if raw.tzinfo is None:
                raise TypeError(f"{fact.name} needs a time zone")
            return raw.astimezone(UTC)
        case _:
            return raw
