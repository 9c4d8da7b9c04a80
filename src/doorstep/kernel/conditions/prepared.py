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
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
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
Probe = Callable[[Any], bool]


class Part(Protocol):
    """A node that was made ready."""

    def holds(self, values: Values, at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether it holds."""

    def tell(self, values: Values, at: datetime, zone: ZoneInfo) -> Iterator[str]:
        """Yield the sentences that settled it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A whole condition, ready to be asked often."""

    root: Part

    def holds(self, values: Values, *, at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether the condition holds, in as few steps as decide it; no words.

        :param values: as :func:`evaluate` takes them.
        :raises KeyError: a fact that is looked at is not among the values.
        :raises TypeError: a value that is looked at is not of its fact's type.
        """
        return self.root.holds(values, at, zone)

    def ask(self, values: Values, *, at: datetime, zone: ZoneInfo) -> tuple[bool, tuple[str, ...]]:
        """Return whether it holds, and ``Decision.reasons``: the sentences that settled it."""
        held = self.root.holds(values, at, zone)
        return held, tuple(dict.fromkeys(self.root.tell(values, at, zone)))


def prepare(condition: Condition) -> Prepared:
    """Make a condition ready."""
    return Prepared(_part(condition.root))


def _part(node: Node) -> Part:
    return _Compared(node) if isinstance(node, Comparison) else _Grouped(node)


class _Grouped:
    """All, any or none of some parts."""

    __slots__ = ("_empty", "_of_any", "_parts", "_turned")

    def __init__(self, group: Group) -> None:
        self._parts = [_part(child) for child in group.children]
        self._of_any = group.kind != "all"  # one part that holds decides; of "all" one that fails
        self._turned = group.kind == "none"
        self._empty = "always" if group.kind == "all" else f"{group.kind} of"

    def holds(self, values: Values, at: datetime, zone: ZoneInfo) -> bool:
        decisive = self._of_any
        for part in self._parts:
            if part.holds(values, at, zone) is decisive:
                return decisive is not self._turned
        return decisive is self._turned

    def tell(self, values: Values, at: datetime, zone: ZoneInfo) -> Iterator[str]:
        if not self._parts:
            yield self._empty
            return
        decisive = self.holds(values, at, zone) is not self._turned
        for part in self._parts:
            if part.holds(values, at, zone) is decisive:
                yield from part.tell(values, at, zone)


class _Compared:
    """One comparison; settled once, or once a day or instant where a clock is in it."""

    __slots__ = (
        "_comparison",
        "_fact",
        "_key",
        "_of_days",
        "_probe",
        "_said",
        "_settled",
    )

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._fact = comparison.ref.fact
        self._key = comparison.ref.key
        known = comparison.op in ("is_set", "is_not_set")
        self._of_days = self._fact.type is FactType.DATE
        moves = not known and (self._of_days or self._fact.type is FactType.DATETIME)
        self._settled: tuple[Any, Test] | None = None  # (the day or instant and zone, the test)
        self._probe = None if moves else self._fixed()
        # Sentences by value, where equal values read alike (1.0 and 1.00 don't).
        alike = self._probe is not None and self._fact.type in _READ_ALIKE
        self._said: dict[Any, str] | None = {} if alike else None

    def holds(self, values: Values, at: datetime, zone: ZoneInfo) -> bool:
        value = values[self._key]
        if self._probe is not None:
            return self._probe(value)
        return satisfies(self._test(at, zone), normalize(self._fact, value))

    def tell(self, values: Values, at: datetime, zone: ZoneInfo) -> Iterator[str]:
        value = normalize(self._fact, values[self._key])
        said = self._said.get(value) if self._said is not None else None
        if said is None:
            said = explain(self._comparison, value, self.holds(values, at, zone), zone)
            if self._said is not None:
                if len(self._said) >= _REMEMBERED:
                    self._said.clear()
                self._said[value] = said
        yield said

    def _test(self, at: datetime, zone: ZoneInfo) -> Test:
        # A comparison of days means the same all day long.
        moment = (local_day(at, zone) if self._of_days else at, zone)
        settled = self._settled
        if settled is None or settled[0] != moment:
            # One assignment: a thread beside this one sees the old pair or the new one.
            self._settled = settled = (moment, settle_comparison(self._comparison, at, zone))
        return settled[1]

    def _fixed(self) -> Probe:
        # No clock is in it: any moment settles it, and the zone is not looked at.
        fact, test = self._fact, settle_comparison(self._comparison, _ANY_MOMENT, _ANY_ZONE)

        def exact(value: Any) -> bool:
            return satisfies(test, normalize(fact, value))

        return _quick(fact.type, test, exact)


_REMEMBERED = 1_000
_READ_ALIKE = frozenset(
    {FactType.TEXT, FactType.ENUM, FactType.SET, FactType.MONEY, FactType.COUNT, FactType.BOOL}
)
_ANY_ZONE = ZoneInfo("UTC")
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=_ANY_ZONE)


def _quick(kind: FactType, test: Test, exact: Probe) -> Probe:
    """Return a shortcut for values plainly of their class; all else goes to ``exact``."""
    match test:
        case OneOf() if kind in (FactType.TEXT, FactType.ENUM) and not test.folded:
            return _one_of(frozenset(test.values), test.outside, exact)
        case Has():
            return _has(frozenset(test.values), test.every, exact)
        case Bounds() if kind in (FactType.NUMBER, FactType.COUNT):
            return _number_between(test, exact)
        case Bounds() if kind is FactType.MONEY:
            return _money_between(test, exact)
    return exact


def _one_of(wanted: frozenset[str], outside: bool, exact: Probe) -> Probe:
    def probe(value: Any) -> bool:
        if type(value) is not str or not value:
            return exact(value)
        return (value in wanted) is not outside

    return probe


def _has(wanted: frozenset[str], every: bool, exact: Probe) -> Probe:
    # An empty text in the value is not there, and the parser lets none be asked for: so it can't
    # make a difference to what is looked at here.
    if "" in wanted:
        return exact

    def probe(value: Any) -> bool:
        if type(value) is not frozenset:
            return exact(value)
        return wanted <= value if every else not wanted.isdisjoint(value)

    return probe


def _number_between(test: Bounds, exact: Probe) -> Probe:
    low, high, outside = test.low, test.high, test.outside
    if test.low_open or test.high_open:
        return exact

    def probe(value: Any) -> bool:
        if type(value) is not int:
            return exact(value)
        return ((low is None or value >= low) and (high is None or value <= high)) is not outside

    return probe


def _money_between(test: Bounds, exact: Probe) -> Probe:
    ends = [end for end in (test.low, test.high) if end is not None]
    currency = ends[0].currency
    if test.low_open or test.high_open or any(end.currency != currency for end in ends):
        return exact
    low = None if test.low is None else test.low.amount_minor
    high = None if test.high is None else test.high.amount_minor
    outside = test.outside

    def probe(value: Any) -> bool:
        if type(value) is not Money or value.currency != currency:
            return exact(value)
        amount = value.amount_minor
        return ((low is None or amount >= low) and (high is None or amount <= high)) is not outside

    return probe
