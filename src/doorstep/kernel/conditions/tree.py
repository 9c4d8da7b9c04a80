"""A parsed condition: groups and comparisons, immutable, with one canonical JSON form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from doorstep.kernel.conditions.facts import Fact, Subject
from doorstep.kernel.conditions.moments import FromNow, FromToday, Span
from doorstep.kernel.conditions.operators import OPERATORS, Operator
from doorstep.kernel.money import Money

VERSION = 1
GroupKind = Literal["all", "any", "none"]


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """The span of time asked for: the ``last`` so and so long, or between two days."""

    last: Span | None = None
    first_day: date | None = None
    last_day: date | None = None

    def to_json(self) -> dict[str, Any]:
        if self.last is not None:
            return {"last": self.last.to_json()}
        days = {"from": self.first_day, "to": self.last_day}
        return {key: day.isoformat() for key, day in days.items() if day is not None}


@dataclass(frozen=True)
class FactRef:
    """A fact as one comparison asks for it: with its parameters and window."""

    fact: Fact
    params: tuple[tuple[str, Any], ...] = ()
    window: WindowSpec | None = None

    @cached_property
    def key(self) -> str:
        """Name the value, for whoever passes values in: ``customer.orders{"within":…}``."""
        details = self.details()
        return self.fact.name + (dump(details) if details else "")

    def details(self) -> dict[str, Any]:
        """Return the parameters and the window as the condition's JSON has them."""
        found: dict[str, Any] = {}
        if self.params:
            found["with"] = {name: literal_json(value) for name, value in self.params}
        if self.window is not None:
            found["within"] = self.window.to_json()
        return found


@dataclass(frozen=True)
class Comparison:
    """One fact compared with an operand."""

    ref: FactRef
    op: str
    operand: Any  # by the operator: None, one literal, a pair, a tuple, or a Span
    path: str
    ignore_case: bool = False

    @property
    def operator(self) -> Operator:
        return OPERATORS[self.ref.fact.type][self.op]

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"fact": self.ref.fact.name, "op": self.op} | self.ref.details()
        if self.operand is not None:
            found["value"] = literal_json(self.operand)
        if self.ignore_case:
            found["ignore_case"] = True
        return found


@dataclass(frozen=True)
class Group:
    """Several nodes together: all must hold, any may, none may."""

    kind: GroupKind
    children: tuple[Node, ...]
    path: str

    def to_json(self) -> dict[str, Any]:
        return {self.kind: [child.to_json() for child in self.children]}


Node = Group | Comparison


@dataclass(frozen=True)
class Condition:
    """A whole condition about one kind of subject."""

    subject: Subject
    root: Node

    def to_json(self) -> dict[str, Any]:
        """Return the canonical document: store this one."""
        return {"version": VERSION, "subject": self.subject.name, "where": self.root.to_json()}

    def canonical(self) -> str:
        """Return the canonical document as text: equal conditions are equal texts."""
        return dump(self.to_json())

    @cached_property
    def fingerprint(self) -> str:
        """Return a short name for the content, for caches and audit entries."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()[:16]

    @cached_property
    def refs(self) -> tuple[FactRef, ...]:
        """List what has to be known to decide, each once."""
        found: dict[str, FactRef] = {}
        for comparison in comparisons(self.root):
            found.setdefault(comparison.ref.key, comparison.ref)
        return tuple(found.values())


def comparisons(node: Node) -> Iterator[Comparison]:
    """Walk the comparisons from left to right."""
    if isinstance(node, Comparison):
        yield node
        return
    for child in node.children:
        yield from comparisons(child)


def dump(value: Any) -> str:
    """Write JSON in its one canonical form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def literal_json(value: Any) -> Any:
    """Write an operand as JSON; the parser reads exactly this back."""
    match value:
        case Span():
            return value.to_json()
        case FromToday():
            return {"from_today": value.span.to_json()}
        case FromNow():
            return {"from_now": value.span.to_json()}
        case Money():
            return {"amount_minor": value.amount_minor, "currency": value.currency}
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case tuple():
            return [literal_json(item) for item in value]
        case _:
            return value
