"""Whether a rule's condition holds for a line, with words; the same question is answered once.

Many lines ask the same of a rule (country, tags, days since delivery). The sentences are remembered
by the values the condition looks at. A replay over 100,000 orders asks without sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from doorstep.kernel.conditions.api import (
    Condition,
    FactType,
    InvalidCondition,
    Prepared,
    describe,
    parse,
    prepare,
)
from doorstep.rooms.returns.policy.facts import ASKED_FACTS, HISTORY_FACTS

log = structlog.get_logger(__name__)

_REMEMBERED = 1_000  # answers per condition: of a price, most are asked for once
Answer = tuple[bool, tuple[str, ...]]


@dataclass(slots=True)
class Matcher:
    """One condition, ready to be asked.

    :ivar condition: None where it can't be read (any more): then it never holds.
    """

    condition: Condition | None
    names: tuple[str, ...]
    _dated: bool
    _ready: Prepared | None = None
    _known: dict[tuple[Any, ...], Answer] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Any) -> Matcher:
        """Read a stored condition; {} always holds. The same condition is one matcher."""
        return cls._read(json.dumps(document or {"all": []}, sort_keys=True))

    @classmethod
    @lru_cache(maxsize=1024)
    def _read(cls, text: str) -> Matcher:
        try:
            condition = parse(json.loads(text), "return_line")
        except InvalidCondition as error:
            log.warning("policy_condition_unreadable", problem=str(error))
            return cls(None, (), False)
        names = tuple(ref.key for ref in condition.refs)
        # Only "the day 30 days before today" makes an answer depend on the day it is asked.
        dated = any(ref.fact.type is FactType.DATE for ref in condition.refs)
        return cls(condition, names, dated, prepare(condition))

    @property
    def words(self) -> str:
        """What it asks, in plain English."""
        if self.condition is None:
            return "can't be read any more: open the rule and save it again"
        return describe(self.condition.root)

    @property
    def asks_reason(self) -> bool:
        """Whether it looks at the reason the shopper gives."""
        return not ASKED_FACTS.isdisjoint(self.names)

    @property
    def asks_history(self) -> bool:
        """Whether it looks at what the customer did before."""
        return not HISTORY_FACTS.isdisjoint(self.names)

    def ask(
        self, values: Mapping[str, Any], *, at: datetime, today: date, zone: ZoneInfo
    ) -> Answer:
        """Return whether it holds, and the sentences that settled it."""
        key: tuple[Any, ...] = tuple([values[name] for name in self.names])
        if self._dated:
            key = (*key, today)
        found = self._known.get(key)
        if found is None:
            found = self._ask(values, at, zone)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found

    @property
    def holds(self) -> Callable[[Mapping[str, Any], datetime, ZoneInfo], bool]:
        """Tell ``(values, at, zone)`` → whether it holds, where nobody reads why."""
        return self._ready.holds if self._ready is not None else _never

    def _ask(self, values: Mapping[str, Any], at: datetime, zone: ZoneInfo) -> Answer:
        if self._ready is None:
            return False, (self.words,)
        return self._ready.ask(values, at, zone)


def _never(_values: Mapping[str, Any], _at: datetime, _zone: ZoneInfo) -> bool:
    return False
