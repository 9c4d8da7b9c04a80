"""The reasons a shopper may give: a tree with words per language, narrowed to kinds of product."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.returns.contracts import ReasonView
from doorstep.rooms.returns.policy.facts import NOTHING_ASKED, READERS, Asked, Moment
from doorstep.rooms.returns.policy.languages import LANGUAGES, phrases_in
from doorstep.rooms.returns.policy.matching import Matcher
from doorstep.rooms.returns.policy.reason_defaults import DEFAULT_REASONS, condition_of
from doorstep.rooms.returns.policy.rows import LineRow, load_rows
from doorstep.rooms.stores import api as stores


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as it is stored, or as it comes with a new store (``id`` is None)."""

    code: str
    parent: str
    words: Mapping[str, str]
    fault: str
    damage: str
    asks_photo: bool
    condition: Mapping[str, Any]
    is_active: bool = True
    id: UUID | None = None


class ReasonBook:
    """All active reasons of a store, in order; a reason below a group that is off is off too."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self._by_code = {reason.code: reason for reason in reasons}
        self._children: dict[str, list[Reason]] = defaultdict(list)
        for reason in reasons:
            if reason.is_active:
                self._children[reason.parent].append(reason)

    def find(self, code: str) -> Reason | None:
        """Return a reason by its code, one that is switched off too: old returns name it."""
        return self._by_code.get(code)

    def asked(self, code: str) -> Asked:
        """Return what rules may know of a chosen reason; nothing of a code that is not known."""
        reason = self._by_code.get(code)
        if reason is None:
            return NOTHING_ASKED
        group = reason
        while group.parent and group.parent in self._by_code:
            group = self._by_code[group.parent]
        return Asked(reason.code, group.code, reason.fault, reason.damage, reason.asks_photo)

    @cached_property
    def leaves(self) -> tuple[tuple[str, Asked], ...]:
        """Every reason that can be chosen, with what rules may know of it."""
        codes = [leaf.code for view in self.tree() for leaf in leaves_of(view)]
        return tuple((code, self.asked(code)) for code in codes)

    def tree(self, allowed: Collection[str] | None = None) -> tuple[ReasonView, ...]:
        """Return the tree; with ``allowed`` only of reasons whose own condition holds."""
        return self._below("", allowed)

    def _below(self, parent: str, allowed: Collection[str] | None) -> tuple[ReasonView, ...]:
        found = []
        for reason in self._children.get(parent, ()):
            if allowed is not None and reason.code not in allowed:
                continue
            children = self._below(reason.code, allowed)
            if children or not self._children.get(reason.code):
                found.append(_view(reason, children))
        return tuple(found)

    @cached_property
    def matchers(self) -> dict[str, Matcher]:
        """By code, which products each reason is offered for."""
        return {reason.code: Matcher.of(reason.condition) for reason in self.all()}

    @property
    def asks_history(self) -> bool:
        """Whether any reason looks at what the customer did before."""
        return any(matcher.asks_history for matcher in self.matchers.values())

    def all(self) -> tuple[Reason, ...]:
        """Return every reason, those switched off too."""
        return tuple(self._by_code.values())


def leaves_of(view: ReasonView) -> Iterator[ReasonView]:
    """Yield what can be chosen below a reason, or the reason itself."""
    if not view.children:
        yield view
    for child in view.children:
        yield from leaves_of(child)


def _view(reason: Reason, children: tuple[ReasonView, ...]) -> ReasonView:
    return ReasonView(
        reason.code, reason.words, reason.fault, reason.damage, reason.asks_photo, children
    )


def default_reasons() -> tuple[Reason, ...]:
    """Return the tree that comes with a new store."""
    return tuple(
        Reason(
            one.code,
            one.parent,
            {language: phrases_in(language)["reasons"][one.code] for language in LANGUAGES},
            one.fault,
            one.damage,
            one.asks_photo,
            condition_of(one.kind),
        )
        for one in DEFAULT_REASONS
    )


# Every page about returns asks this: Django would take longer to write the statement than PostgreSQL
# to answer it.
_READ = """
    SELECT reason.code, coalesce(parent.code, ''), reason.words::text, reason.fault, reason.damage,
        reason.asks_photo, reason.condition::text, reason.is_active, reason.id
    FROM returns_returnreason reason
    LEFT JOIN returns_returnreason parent ON parent.id = reason.parent_id
    WHERE reason.store_id = %s
    ORDER BY reason.position, reason.code
"""


def read_reasons() -> ReasonBook:
    """Return the store's reasons; one query. Before anybody changed them: the default tree."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [current_store_id()])
        rows = cursor.fetchall()
    if not rows:
        return _default_book()
    return ReasonBook(
        [
            Reason(
                code, parent, json.loads(words), fault, damage, photo, json.loads(condition), *more
            )
            for code, parent, words, fault, damage, photo, condition, *more in rows
        ]
    )


@lru_cache(maxsize=1)
def _default_book() -> ReasonBook:
    return ReasonBook(default_reasons())


def reasons_for(line_ids: Collection[UUID], *, at: datetime) -> dict[UUID, tuple[ReasonView, ...]]:
    """Return the reasons that fit each line's product, in constant queries."""
    if not line_ids:
        return {}
    store, book = stores.get_store(current_store_id()), read_reasons()
    rows = load_rows(line_ids=line_ids, at=at, store=store, with_history=book.asks_history)
    return reasons_of(rows.values(), book, ZoneInfo(store.timezone), at=at)


def reasons_of(
    rows: Iterable[LineRow], book: ReasonBook, zone: ZoneInfo, *, at: datetime
) -> dict[UUID, tuple[ReasonView, ...]]:
    """Return the reasons that fit each loaded line's product; touches no database.

    :param rows: with their history, where ``book.asks_history``.
    """
    moment = Moment(at, at.astimezone(zone).date())
    return {row.line_id: book.tree(_fitting(book.matchers, row, moment, zone)) for row in rows}


def _fitting(
    matchers: Mapping[str, Matcher], row: LineRow, moment: Moment, zone: ZoneInfo
) -> frozenset[str]:
    names = {name for matcher in matchers.values() for name in matcher.names}
    values = {name: READERS[name](row, moment, NOTHING_ASKED) for name in names}
    return frozenset(
        code
        for code, matcher in matchers.items()
        if matcher.ask(values, at=moment.at, today=moment.today, zone=zone)[0]
    )


def find_reason(code: str) -> Reason | None:
    """Return a reason by its code, None when the store has none of that code."""
    return read_reasons().find(code)
