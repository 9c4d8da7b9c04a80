"""What a segment's condition asks: checked, and what can change its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from doorstep.kernel.conditions.api import (
    Aggregate,
    Column,
    Condition,
    Fact,
    InvalidCondition,
    Membership,
    Problem,
    describe,
    parse,
)
from doorstep.kernel.conditions.tree import comparisons, dump

SUBJECT = "customer"
SEGMENTS = "customer.segments"
GONE = "a segment that is gone"
_TABLE = re.compile(r"\b([a-z]+)_[a-z]+\b")
# Whatever else may change a table's rows than the events of its own room.
_CHANGED_BY: Mapping[str, frozenset[str]] = {
    # An order brings people, and fills in what was not known of them.
    "customers_customer": frozenset(
        {
            "customers.customer_changed",
            "customers.customers_merged",
            "customers.customers_unmerged",
            "customers.customer_erased",
            "orders.order_placed",
            "orders.order_updated",
        }
    ),
    "audiences_membership": frozenset({"audiences.segment_entered", "audiences.segment_left"}),
    "audiences_segment": frozenset(),
    "audiences_siteactivity": frozenset({"audiences.site_activity_recorded"}),
    "audiences_wishlistitem": frozenset({"audiences.site_activity_recorded"}),
    # Products are no customer's: the nightly check follows them.
    "catalog_product": frozenset(),
    "catalog_variant": frozenset(),
}
# These may change anything that is known of a person.
ALWAYS = frozenset(
    {
        "customers.customers_merged",
        "customers.customers_unmerged",
        "customers.customer_erased",
    }
)


def read_condition(document: Any) -> Condition:
    """Check a condition about customers that must hold for many at once.

    :raises InvalidCondition: it can't be read, or asks what can be asked about one person only.
    """
    return _read(dump(document))


@lru_cache(maxsize=512)
def _read(text: str) -> Condition:
    condition = parse(json.loads(text), SUBJECT)
    single = [
        Problem(comparison.path, f"{comparison.ref.fact.label} can't be asked about a whole group")
        for comparison in comparisons(condition.root)
        if comparison.ref.fact.sql is None
    ]
    if single:
        raise InvalidCondition(single)
    return condition


def segments_named(condition: Condition) -> frozenset[UUID]:
    """Return the segments a condition asks whether a customer belongs to.

    :raises InvalidCondition: what is named there is no segment's id.
    """
    found, problems = set[UUID](), list[Problem]()
    for comparison in comparisons(condition.root):
        if comparison.ref.fact.name != SEGMENTS or comparison.operand is None:
            continue
        operand = comparison.operand
        for name in operand if isinstance(operand, tuple) else (operand,):
            try:
                found.add(UUID(name))
            except ValueError:
                problems.append(Problem(comparison.path, "choose a segment of this store"))
    if problems:
        raise InvalidCondition(problems)
    return frozenset(found)


def in_words(condition: Condition, names: Mapping[UUID, str]) -> str:
    """Say what a condition asks, with the segments' names where it holds their ids."""
    words = describe(condition.root)
    for segment_id in segments_named(condition):
        words = words.replace(str(segment_id), names.get(segment_id, GONE))
    return words


def events_of(condition: Condition, rooms: Collection[str]) -> frozenset[str] | None:
    """Return the events that can change who belongs, None: any can.

    A fact says in its SQL which tables it reads, and a table's rows change with the events of the
    room that owns it. ``"orders."`` stands for every event of the room.

    :param rooms: the rooms that publish events.
    """
    found = set(ALWAYS)
    for ref in condition.refs:
        names = _events_of_fact(ref.fact, rooms)
        if names is None:
            return None
        found |= names
    return frozenset(found)


def concerns(names: frozenset[str] | None, event: str) -> bool:
    """Tell whether an event is among what :func:`events_of` returned."""
    return names is None or event in names or event.partition(".")[0] + "." in names


def _events_of_fact(fact: Fact, rooms: Collection[str]) -> frozenset[str] | None:
    text = sql_of(fact)
    tables = {m[0] for m in _TABLE.finditer(text) if m[1] in rooms}
    if isinstance(fact.sql, Column) and "{s}" in text:
        tables.add("customers_customer")
    if not tables:
        return None
    found = set[str]()
    for table in tables:
        found |= _CHANGED_BY.get(table, {table.partition("_")[0] + "."})
    return frozenset(found)


def sql_of(fact: Fact) -> str:
    """Return all the SQL of a fact as one text, to look for names in."""
    sql = fact.sql
    match sql:
        case Column():
            return " ".join((sql.expression, sql.currency, *sql.joins))
        case Aggregate():
            return " ".join((sql.value, sql.source, sql.where, sql.currency))
        case Membership():
            return " ".join((sql.element, sql.source, sql.where))
        case _:
            return ""
