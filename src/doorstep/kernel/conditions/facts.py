"""Facts: the named, typed things a condition can ask about, and who may be asked.

Rooms declare theirs in ``facts.py``; the rule language, both engines, the documentation and the
editor know nothing but what is registered here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.sqlfacts import Aggregate, Membership, SqlFact

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class FactType(StrEnum):
    """What kind of value a fact has; the kind decides which comparisons exist."""

    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"  # a whole number; nothing there counts as 0, never as unknown
    MONEY = "money"  # comparable within one currency only
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    SET = "set"  # of texts; nothing there is the empty set, never unknown
    ENUM = "enum"  # a text out of a fixed list


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time a fact is counted in: after ``start``, up to and including ``end``."""

    start: datetime | None
    end: datetime


@dataclass(frozen=True, slots=True)
class FactRequest:
    """What a resolver is asked: one fact for a set of subjects of one store, as of ``at``."""

    ids: Sequence[UUID]
    store_id: UUID
    at: datetime
    zone: ZoneInfo
    params: Mapping[str, Any] = field(default_factory=dict)
    window: Window | None = None


Resolver = Callable[[FactRequest], Mapping[UUID, Any]]


@dataclass(frozen=True, slots=True)
class Param:
    """Something a fact must be told, such as the category whose orders it counts."""

    name: str
    type: FactType  # TEXT, ENUM, COUNT or NUMBER
    label: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What conditions are about: one row of ``table`` each."""

    name: str
    label: str
    table: str
    id_column: str = "id"
    store_column: str = "store_id"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One registered fact.

    :param name: ``subject.words``, stable: stored conditions hold it.
    :param label: how a sentence starts with it: "order total".
    :param sql: how the database finds it; without it the fact works for one subject at a time
        only, and a segment that uses it is refused.
    :param resolve: finds the value for a set of ids in Python. Without it the values come from
        ``sql``, in one statement for all facts of a condition.
    :param windowed: may be asked about a span of time ("orders in the last 90 days").
    """

    name: str
    subject: str
    type: FactType
    label: str
    description: str
    sql: SqlFact | None = None
    resolve: Resolver | None = None
    params: tuple[Param, ...] = ()
    choices: tuple[str, ...] = ()
    windowed: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r}: a fact's name is like “order.total”")
        if self.sql is None and self.resolve is None:
            raise ValueError(f"{self.name}: needs sql or resolve")
        if self.type is FactType.ENUM and not self.choices:
            raise ValueError(f"{self.name}: an enum needs choices")
        if self.sql is not None:
            self._check_sql(self.sql)

    def _check_sql(self, sql: SqlFact) -> None:
        if self.type is FactType.MONEY and not getattr(sql, "currency", ""):
            raise ValueError(f"{self.name}: money needs a currency expression")
        if isinstance(sql, Membership) and self.type is not FactType.SET:
            raise ValueError(f"{self.name}: only a set is a membership")
        if isinstance(sql, Aggregate) and self.type is FactType.SET:
            raise ValueError(f"{self.name}: a set over other rows is a membership")
        if self.windowed and not getattr(sql, "moment", ""):
            raise ValueError(f"{self.name}: a windowed fact names the moment of its rows")

    @property
    def missing(self) -> Any:
        """Return what "no row" means: 0 for a count, nothing in a set, else unknown (None)."""
        if self.type is FactType.COUNT:
            return 0
        return frozenset() if self.type is FactType.SET else None


class Registry:
    """The subjects and facts that exist."""

    def __init__(self) -> None:
        self._subjects: dict[str, Subject] = {}
        self._facts: dict[str, Fact] = {}

    def register_subject(self, subject: Subject) -> Subject:
        """Add a subject; the same one twice is fine, two of one name are not."""
        if self._subjects.setdefault(subject.name, subject) != subject:
            raise ValueError(f"two subjects are called {subject.name}")
        return subject

    def register_fact(self, fact: Fact) -> Fact:
        """Add a fact to a registered subject."""
        if fact.subject not in self._subjects:
            raise ValueError(f"{fact.name}: there is no subject {fact.subject!r}")
        known = self._facts.setdefault(fact.name, fact)
        if known != fact:
            raise ValueError(f"two facts are called {fact.name}")
        return fact

    def subject_named(self, name: str) -> Subject | None:
        return self._subjects.get(name)

    def fact_named(self, name: str) -> Fact | None:
        return self._facts.get(name)

    def subjects(self) -> list[Subject]:
        """List the subjects by name."""
        return [self._subjects[name] for name in sorted(self._subjects)]

    def facts_of(self, subject: str) -> list[Fact]:
        """List the facts of a subject by name."""
        found = [fact for fact in self._facts.values() if fact.subject == subject]
        return sorted(found, key=lambda fact: fact.name)


registry = Registry()
register_subject = registry.register_subject
register_fact = registry.register_fact
