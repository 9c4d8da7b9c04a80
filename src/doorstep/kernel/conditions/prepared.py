"""A condition made ready to be asked of thousands: the Python engine without its ceremony.

:func:`~doorstep.kernel.conditions.evaluate.evaluate` writes a sentence for every comparison of
every subject. Who asks the same condition of 100,000 lines reads few of them, and where no clock is
in a comparison it means the same every time. So comparisons are settled once, groups stop at the
first answer that decides, and sentences are written for what decided, when somebody asks for them.

Meanings stay where they are: a value that is not plainly of its fact's class goes through
``normalize`` and ``satisfies`` like everywhere; ``test_conditions_agree`` compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.evaluate import normalize
from doorstep.kernel.conditions.facts import FactType
from doorstep.kernel.conditions.moments import local_day
from doorstep.kernel.conditions.settled import (
    Bounds,
    Has,
    OneOf,
    Test,
    satisfies,
    settle_comparison,
)
from doorstep.kernel.conditions.tree import Comparison, Condition, Group, Node
from doorstep.kernel.conditions.words import explain
from doorstep.kernel.money import Money

Values = Mapping[str, Any]
Holds = Callable[[Values, datetime, ZoneInfo], bool]


class Prepared:
    """A whole condition, ready to be asked often.

    :ivar holds: ``(values, at, zone)`` → whether it holds, in as few steps as decide it; no words.
        ``values`` are those that :func:`evaluate` takes. Raises KeyError where a fact that is
        looked at is not among them, TypeError where its value is not of its type.
    """

    __slots__ = ("_root", "holds")
    holds: Holds

    def __init__(self, condition: Condition) -> None:
        self._root = _part(condition.root)
        self.holds = self._root.holds

    def ask(self, values: Values, at: datetime, zone: ZoneInfo) -> tuple[bool, tuple[str, ...]]:
        """Return whether it holds, and ``Decision.reasons``: the sentences that settled it."""
        return self.holds(values, at, zone), tuple(dict.fromkeys(self._root.tell(values, at, zone)))


def prepare(condition: Condition) -> Prepared:
    """Make a condition ready."""
    return Prepared(condition)


class _Grouped:
    """All, any or none of some parts."""

    __slots__ = ("_empty", "_parts", "_turned", "holds")
    holds: Holds

    def __init__(self, group: Group) -> None:
        self._parts = [_part(child) for child in group.children]
        self._turned = group.kind == "none"
        self._empty = "always" if group.kind == "all" else f"{group.kind} of"
        self.holds = _together(group.kind, [part.holds for part in self._parts])

    def tell(self, values: Values, at: datetime, zone: ZoneInfo) -> Iterator[str]:
        """Yield the sentences that settled it."""
        if not self._parts:
            yield self._empty
            return
        decisive = self.holds(values, at, zone) is not self._turned
        for part in self._parts:
            if part.holds(values, at, zone) is decisive:
                yield from part.tell(values, at, zone)


def _together(kind: str, parts: list[Holds]) -> Holds:
    # Of "all" the first part that fails decides, of the others the first that holds.
    decisive = kind != "all"
    settled = decisive is not (kind == "none")

    def holds(values: Values, at: datetime, zone: ZoneInfo) -> bool:
        for part in parts:
            if part(values, at, zone) is decisive:
                return settled
        return not settled

    return holds


class _Fixed:
    """One comparison without a clock in it: settled once."""

    __slots__ = ("_comparison", "_said", "holds")
    holds: Holds

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.holds = _quick(comparison)
        # Sentences by value, where equal values read alike (1.0 and 1.00 don't).
        alike = comparison.ref.fact.type in _READ_ALIKE
        self._said: dict[Any, str] | None = {} if alike else None

    def tell(self, values: Values, at: datetime, zone: ZoneInfo) -> Iterator[str]:
        """Yield its sentence."""
        ref = self._comparison.ref
        value = normalize(ref.fact, values[ref.key])
        said = self._said.get(value) if self._said is not None else None
        if said is None:
            said = explain(self._comparison, value, self.holds(values, at, zone), zone)
            if self._said is not None:
                if len(self._said) >= _REMEMBERED:
                    self._said.clear()
                self._said[value] = said
        yield said


class _Moving:
    """One comparison of days or instants: settled for each day, or each instant."""

    __slots__ = ("_comparison", "_of_days", "_settled")

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._of_days = comparison.ref.fact.type is FactType.DATE
        self._settled: tuple[Any, Test] | None = None  # (the day or instant and zone, the test)

    def holds(self, values: Values, at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether it holds."""
        ref = self._comparison.ref
        return satisfies(self._test(at, zone), normalize(ref.fact, values[ref.key]))

    def tell(self, values: Values, at: datetime, zone: ZoneInfo) -> Iterator[str]:
        """Yield its sentence."""
        ref = self._comparison.ref
        value = normalize(ref.fact, values[ref.key])
        yield explain(self._comparison, value, self.holds(values, at, zone), zone)

    def _test(self, at: datetime, zone: ZoneInfo) -> Test:
        # A comparison of days means the same all day long.
        moment = (local_day(at, zone) if self._of_days else at, zone)
        settled = self._settled
        if settled is None or settled[0] != moment:
            # One assignment: a thread beside this one sees the old pair or the new one.
            self._settled = settled = (moment, settle_comparison(self._comparison, at, zone))
        return settled[1]


_Part = _Grouped | _Fixed | _Moving
_DATED = frozenset({FactType.DATE, FactType.DATETIME})
_READ_ALIKE = frozenset(
    {FactType.TEXT, FactType.ENUM, FactType.SET, FactType.MONEY, FactType.COUNT, FactType.BOOL}
)
_REMEMBERED = 1_000
_ANY_ZONE = ZoneInfo("UTC")
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=_ANY_ZONE)


def _part(node: Node) -> _Part:
    if isinstance(node, Group):
        return _Grouped(node)
    if node.ref.fact.type in _DATED and node.op not in ("is_set", "is_not_set"):
        return _Moving(node)
    return _Fixed(node)


def _quick(comparison: Comparison) -> Holds:
    """Return a shortcut for values plainly of their class; all else goes to ``exact``."""
    fact, key = comparison.ref.fact, comparison.ref.key
    # No clock is in it: any moment settles it, and the zone is not looked at.
    test = settle_comparison(comparison, _ANY_MOMENT, _ANY_ZONE)

    def exact(values: Values, at: datetime, zone: ZoneInfo) -> bool:
        return satisfies(test, normalize(fact, values[key]))

    match test:
        case OneOf() if fact.type in _PLAIN and not test.folded:
            return _one_of(key, _PLAIN[fact.type], test, exact)
        case Has() if "" not in test.values:
            return _has(key, test, exact)
        case Bounds() if not (test.low_open or test.high_open):
            if fact.type in (FactType.NUMBER, FactType.COUNT):
                return _number_between(key, test, exact)
            if fact.type is FactType.MONEY:
                return _money_between(key, test, exact)
    return exact


_PLAIN: dict[FactType, type] = {
    FactType.TEXT: str,
    FactType.ENUM: str,
    FactType.NUMBER: int,
    FactType.COUNT: int,
    FactType.BOOL: bool,
}


def _one_of(key: str, plain: type, test: OneOf, exact: Holds) -> Holds:
    wanted, outside = frozenset(test.values), test.outside

    def holds(values: Values, at: datetime, zone: ZoneInfo) -> bool:
        value = values[key]
        if type(value) is not plain or value == "":
            return exact(values, at, zone)
        return (value in wanted) is not outside

    return holds


def _has(key: str, test: Has, exact: Holds) -> Holds:
    # An empty text among the values is not there: as none is asked for, it makes no difference.
    wanted, every = frozenset(test.values), test.every

    def holds(values: Values, at: datetime, zone: ZoneInfo) -> bool:
        value = values[key]
        if type(value) is not frozenset:
            return exact(values, at, zone)
        return wanted <= value if every else not wanted.isdisjoint(value)

    return holds


def _number_between(key: str, test: Bounds, exact: Holds) -> Holds:
    low, high, outside = test.low, test.high, test.outside

    def holds(values: Values, at: datetime, zone: ZoneInfo) -> bool:
        value = values[key]
        if type(value) is not int:
            return exact(values, at, zone)
        return ((low is None or value >= low) and (high is None or value <= high)) is not outside

    return holds


def _money_between(key: str, test: Bounds, exact: Holds) -> Holds:
    ends = [end for end in (test.low, test.high) if end is not None]
    currency = ends[0].currency
    if any(end.currency != currency for end in ends):
        return exact
    low = None if test.low is None else test.low.amount_minor
    high = None if test.high is None else test.high.amount_minor
    outside = test.outside

    def holds(values: Values, at: datetime, zone: ZoneInfo) -> bool:
        value = values[key]
        if type(value) is not Money or value.currency != currency:
            return exact(values, at, zone)
        amount = value.amount_minor
        return ((low is None or amount >= low) and (high is None or amount <= high)) is not outside

    return holds
