"""From JSON to a checked condition, or to a list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from doorstep.kernel.conditions import literals
from doorstep.kernel.conditions.facts import Fact, FactType, Registry, Subject, registry
from doorstep.kernel.conditions.literals import LiteralError
from doorstep.kernel.conditions.moments import CLOCK_UNITS, DAY_UNITS, FromNow, FromToday
from doorstep.kernel.conditions.operators import CASE_OPERATORS, OPERATORS, Operator
from doorstep.kernel.conditions.tree import (
    VERSION,
    Comparison,
    Condition,
    FactRef,
    Group,
    GroupKind,
    Node,
    WindowSpec,
    dump,
    literal_json,
)
from doorstep.kernel.errors import Invalid

MAX_DEPTH = 8
MAX_NODES = 200
MAX_VALUES = 1_000
_GROUPS: tuple[GroupKind, ...] = get_args(GroupKind)
_KEYS = {"fact", "op", "value", "with", "within", "ignore_case"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where in the JSON, and what to do."""

    path: str
    message: str


class InvalidCondition(Invalid):
    """The condition cannot be used; ``problems`` names each place."""

    code = "invalid_condition"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        text = "; ".join(f"{problem.path}: {problem.message}" for problem in problems[:5])
        super().__init__(f"The condition does not work: {text}.", field=problems[0].path)


class _Wrong(Exception):
    """Stops the reading of one node."""

    def __init__(self, path: str, message: str) -> None:
        self.problem = Problem(path, message)


def parse(data: Any, subject: str, *, facts: Registry = registry) -> Condition:
    """Check a condition's JSON and return it ready for use.

    :param data: the whole document (``version``, ``subject``, ``where``) or just its tree.
    :param subject: what the caller will apply it to.
    :raises InvalidCondition: with every problem found, not only the first.
    """
    known = facts.subject_named(subject)
    if known is None:
        raise LookupError(f"no subject {subject!r} is registered")
    reader = _Reader(facts, known)
    root = reader.document(data)
    if reader.problems or root is None:
        raise InvalidCondition(reader.problems)
    return Condition(known, root)


class _Reader:
    def __init__(self, facts: Registry, subject: Subject) -> None:
        self.facts = facts
        self.subject = subject
        self.problems: list[Problem] = []
        self.nodes = 0

    def document(self, data: Any) -> Node | None:
        path = "$"
        if isinstance(data, Mapping) and "where" in data:
            path = "$.where"
            if data.get("version", VERSION) != VERSION:
                self._wrong("$.version", f"this version of Doorstep reads version {VERSION}")
            if data.get("subject", self.subject.name) != self.subject.name:
                self._wrong("$.subject", f"this condition is needed about “{self.subject.name}”")
            for key in sorted(map(str, set(data) - {"version", "subject", "where"})):
                self._wrong(f"$.{key[:40]}", "unknown; remove it")
            data = data["where"]
        return self.node(data, path, 1)

    def node(self, data: Any, path: str, depth: int) -> Node | None:
        """Read a node; problems are noted and answered with None."""
        self.nodes += 1
        try:
            if self.nodes > MAX_NODES:
                if self.nodes == MAX_NODES + 1:
                    raise _Wrong(path, f"use at most {MAX_NODES} groups and comparisons")
                return None
            if not isinstance(data, Mapping):
                raise _Wrong(path, "write a group (all, any, none) or a comparison (fact, op)")
            kinds = [kind for kind in _GROUPS if kind in data]
            if kinds:
                return self._group(data, kinds[0], path, depth)
            return self._comparison(data, path)
        except _Wrong as wrong:
            self.problems.append(wrong.problem)
            return None

    def _group(self, data: Any, kind: GroupKind, path: str, depth: int) -> Node | None:
        if len(data) > 1:
            raise _Wrong(path, f"a group has one key: keep “{kind}” and nest the others")
        if depth >= MAX_DEPTH:
            raise _Wrong(path, f"nest at most {MAX_DEPTH} levels")
        items = data[kind]
        if not isinstance(items, list | tuple):
            raise _Wrong(f"{path}.{kind}", "write a list of conditions in [ ]")
        if not items and (depth > 1 or kind != "all"):
            raise _Wrong(f"{path}.{kind}", "the group is empty: fill it or remove it")
        read = [self.node(item, f"{path}.{kind}[{i}]", depth + 1) for i, item in enumerate(items)]
        return Group(kind, tuple(node for node in read if node is not None), path)

    def _comparison(self, data: Any, path: str) -> Comparison:
        for key in sorted(map(str, set(data) - _KEYS)):
            raise _Wrong(f"{path}.{key[:40]}", "unknown; remove it")
        fact = self._fact(data.get("fact"), f"{path}.fact")
        operator = self._operator(fact, data.get("op"), f"{path}.op")
        ref = FactRef(fact, self._params(fact, data, path), self._window(fact, data, path))
        operand = self._operand(fact, operator, data, f"{path}.value")
        ignore_case = self._ignore_case(fact, operator, data, f"{path}.ignore_case")
        return Comparison(ref, operator.name, operand, path, ignore_case)

    def _fact(self, name: Any, path: str) -> Fact:
        fact = self.facts.fact_named(name) if isinstance(name, str) else None
        if fact is None or fact.subject != self.subject.name:
            raise _Wrong(path, f"there is no fact “{str(name)[:60]}” about a {self.subject.label}")
        return fact

    def _operator(self, fact: Fact, name: Any, path: str) -> Operator:
        known = OPERATORS[fact.type]
        if not isinstance(name, str) or name not in known:
            raise _Wrong(path, f"{fact.label} can be compared by {', '.join(known)}")
        return known[name]

    def _params(self, fact: Fact, data: Any, path: str) -> tuple[tuple[str, Any], ...]:
        given = data.get("with", {})
        path = f"{path}.with"
        needed = ", ".join(param.name for param in fact.params) or "nothing"
        if not isinstance(given, Mapping) or set(given) != {param.name for param in fact.params}:
            raise _Wrong(path, f"{fact.label} needs {needed} here")
        found = []
        for param in sorted(fact.params, key=lambda param: param.name):
            value = _read(param.type, given[param.name], f"{path}.{param.name}")
            _check_choice(param.choices, value, f"{path}.{param.name}")
            found.append((param.name, value))
        return tuple(found)

    def _window(self, fact: Fact, data: Any, path: str) -> WindowSpec | None:
        given, path = data.get("within"), f"{path}.within"
        if given is None:
            return None
        if not fact.windowed:
            raise _Wrong(path, f"{fact.label} is not counted over time; remove it")
        if not isinstance(given, Mapping) or set(given) not in (
            {"last"},
            {"from"},
            {"to"},
            {"from", "to"},
        ):
            raise _Wrong(path, 'write {"last": {"days": 90}} or {"from": day, "to": day}')
        try:
            if "last" in given:
                return WindowSpec(last=literals.read_span(given["last"], CLOCK_UNITS + DAY_UNITS))
            first, last = (
                literals.read_day(given[key]) if key in given else None for key in ("from", "to")
            )
        except LiteralError as error:
            raise _Wrong(path, str(error)) from None
        if first and last and first > last:
            raise _Wrong(path, "from is after to: swap them")
        return WindowSpec(first_day=first, last_day=last)

    def _operand(self, fact: Fact, operator: Operator, data: Any, path: str) -> Any:
        if operator.operand == "none":
            if "value" in data:
                raise _Wrong(path, f"{operator.name} takes no value; remove it")
            return None
        if "value" not in data:
            raise _Wrong(path, "say what to compare with")
        raw = data["value"]
        if operator.operand == "span":
            units = DAY_UNITS if fact.type is FactType.DATE else CLOCK_UNITS + DAY_UNITS
            try:
                return literals.read_span(raw, units)
            except LiteralError as error:
                raise _Wrong(path, str(error)) from None
        if operator.operand == "many":
            return self._many(fact, raw, path)
        if operator.operand == "range":
            return self._range(fact, raw, path)
        value = _read(fact.type, raw, path)
        _check_choice(fact.choices, value, path)
        return value

    def _many(self, fact: Fact, raw: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(raw, list | tuple) or not 1 <= len(raw) <= MAX_VALUES:
            raise _Wrong(path, f"write a list of 1 to {MAX_VALUES} values in [ ]")
        values = {}
        for i, item in enumerate(raw):
            value = _read(fact.type, item, f"{path}[{i}]")
            _check_choice(fact.choices, value, f"{path}[{i}]")
            values[dump(literal_json(value))] = value
        return tuple(values[key] for key in sorted(values))

    def _range(self, fact: Fact, raw: Any, path: str) -> tuple[Any, Any]:
        if not isinstance(raw, list | tuple) or len(raw) != 2:
            raise _Wrong(path, "write two values in [ ]: from and to")
        low, high = (_read(fact.type, item, f"{path}[{i}]") for i, item in enumerate(raw))
        if fact.type is FactType.MONEY:
            if low.currency != high.currency:
                raise _Wrong(path, "both amounts need the same currency")
            swapped = low.amount_minor > high.amount_minor
        else:
            relative = isinstance(low, FromToday | FromNow) or isinstance(high, FromToday | FromNow)
            swapped = not relative and type(low) is type(high) and low > high
        if swapped:
            raise _Wrong(path, "the first value is greater than the second: swap them")
        return low, high

    def _ignore_case(self, fact: Fact, operator: Operator, data: Any, path: str) -> bool:
        given = data.get("ignore_case", False)
        if not isinstance(given, bool):
            raise _Wrong(path, "write true or false")
        if given and (fact.type is not FactType.TEXT or operator.name not in CASE_OPERATORS):
            raise _Wrong(path, f"{operator.name} on {fact.label} knows no case; remove it")
        return given

    def _wrong(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))


def _read(kind: FactType, raw: Any, path: str) -> Any:
    try:
        return literals.READERS[kind](raw)
    except LiteralError as error:
        raise _Wrong(path, str(error)) from None


def _check_choice(choices: tuple[str, ...], value: Any, path: str) -> None:
    if choices and value not in choices:
        raise _Wrong(path, f"choose one of {', '.join(choices[:20])}")
