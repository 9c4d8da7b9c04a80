"""The SQL engine: one statement that finds every subject a condition holds for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.facts import FactType
from doorstep.kernel.conditions.folding import folded_sql
from doorstep.kernel.conditions.fragments import Fragment, join
from doorstep.kernel.conditions.settled import (
    Bounds,
    Has,
    Holds,
    Known,
    OneOf,
    Test,
    settle_comparison,
)
from doorstep.kernel.conditions.sources import CASTS, Sources
from doorstep.kernel.conditions.sqlfacts import Membership
from doorstep.kernel.conditions.tree import Comparison, Condition, FactRef, Group, Node

_TEXTS = (FactType.TEXT, FactType.ENUM)


class CompiledSql(NamedTuple):
    """A statement with one column ``id`` and its parameters, in order."""

    sql: str
    params: list[Any]


def compile_sql(
    condition: Condition,
    *,
    at: datetime,
    zone: ZoneInfo,
    store_id: UUID,
    only: Sequence[UUID] | None = None,
    also: str = "",
) -> CompiledSql:
    """Write the condition as one SELECT of subject ids within one store.

    Use it as it is, counted (``SELECT count(*) FROM (…) m``) or in ``INSERT … SELECT``. Every
    value is a bound parameter.

    :param only: look at these subjects only; the sources are narrowed as well, so that asking
        about one customer does not read everybody's orders.
    :param also: one more term about the subject's row ``s``, written by code: who is left out of
        every question (``s.erased_at IS NULL``).
    :raises NotCompilable: a fact has no SQL.
    """
    sources = Sources(condition.subject, at, zone, store_id, only)
    where = _node(condition.root, sources)
    id_column = condition.subject.id_column
    statement = f"SELECT s.{id_column} AS id " + sources.from_clause() + " AND " + where
    if also:
        statement = statement + f" AND ({also})"
    return CompiledSql(statement.text, list(statement.params))


def _node(node: Node, sources: Sources) -> Fragment:
    """Write a node.

    SQL's NULL stands for "false" here: "all" and "any" carry it to the WHERE, which takes it for
    false, and "none" settles it with IS NOT TRUE. That keeps plain comparisons plain, so indexes
    and the planner's estimates work.
    """
    if isinstance(node, Comparison):
        return _comparison(node, sources)
    return _group(node, sources)


def _group(group: Group, sources: Sources) -> Fragment:
    if not group.children:
        return Fragment("TRUE")
    word = " AND " if group.kind == "all" else " OR "
    joined = "(" + join(word, (_node(child, sources) for child in group.children)) + ")"
    return "(" + joined + " IS NOT TRUE)" if group.kind == "none" else joined


def _comparison(comparison: Comparison, sources: Sources) -> Fragment:
    test = settle_comparison(comparison, sources.at, sources.zone)
    ref, kind = comparison.ref, comparison.ref.fact.type
    if isinstance(ref.fact.sql, Membership):
        return _member(ref, test, sources)
    value = sources.value(ref)
    if value.currency is not None:
        return _money(test, value.expression, value.currency)
    return _test(test, value.expression, kind)


def _test(test: Test, value: Fragment, kind: FactType) -> Fragment:
    match test:
        case Known():
            return _known(test, value, kind)
        case Has():
            return "(" + value + f" {'@>' if test.every else '&&'} " + _texts(test.values) + ")"
        case Holds():
            return _holds(test, value)
        case OneOf():
            return _one_of(test, value, kind)
        case Bounds():
            return _bounds(test, value, kind)


def _known(test: Known, value: Fragment, kind: FactType) -> Fragment:
    if kind is FactType.SET:
        stripped = "array_remove(array_remove(" + value + ", NULL), '')"
        return "(cardinality(" + stripped + f") {'=' if test.unknown else '>'} 0)"
    if kind in _TEXTS:
        value = "NULLIF(" + value + ", '')"
    return "((" + value + f") IS {'' if test.unknown else 'NOT '}NULL)"


def _holds(test: Holds, value: Fragment) -> Fragment:
    text = _folded(value) if test.folded else "((" + value + ') COLLATE "C")'
    part = Fragment("%s::text", (test.part,))
    if test.place == "anywhere":
        return "(strpos(" + text + ", " + part + ") > 0)"
    if test.place == "start":
        return "starts_with(" + text + ", " + part + ")"
    length = Fragment("%s::int", (len(test.part),))
    # right(text, n) of a shorter text is the text itself, which then differs
    return "(right(" + text + ", " + length + ") = " + part + ")"


def _one_of(test: OneOf, value: Fragment, kind: FactType) -> Fragment:
    if kind in _TEXTS and test.outside:
        value = "NULLIF(" + value + ", '')"  # no literal is empty, so only "outside" needs it
    if test.folded:
        value = _folded(value)
    cast = CASTS[kind]
    if len(test.values) == 1:
        sign = "<>" if test.outside else "="
        return "((" + value + f") {sign} " + Fragment(f"%s::{cast}", test.values) + ")"
    listed = Fragment(f"%s::{cast}[]", (list(test.values),))
    if test.outside:
        return "((" + value + ") <> ALL(" + listed + "))"
    return "((" + value + ") = ANY(" + listed + "))"


def _bounds(test: Bounds, value: Fragment, kind: FactType) -> Fragment:
    if kind in _TEXTS:
        value = "NULLIF(" + value + ", '') COLLATE \"C\""
    parts = []
    if test.low is not None:
        sign = ">" if test.low_open else ">="
        parts.append("(" + value + f") {sign} " + Fragment(f"%s::{CASTS[kind]}", (test.low,)))
    if test.high is not None:
        sign = "<" if test.high_open else "<="
        parts.append("(" + value + f") {sign} " + Fragment(f"%s::{CASTS[kind]}", (test.high,)))
    inside = "(" + join(" AND ", parts) + ")"
    return "(NOT " + inside + ")" if test.outside else inside


def _money(test: Test, amount: Fragment, currency: Fragment) -> Fragment:
    """Compare amounts where the currencies agree; other currencies are unknown, hence false."""
    if isinstance(test, Known):
        known = "(num_nulls(" + amount + ", " + currency + ") = 0)"
        return "(NOT " + known + ")" if test.unknown else known
    if isinstance(test, OneOf):
        wanted = test.values[0].currency
        plain: Test = OneOf((test.values[0].amount_minor,), test.outside)
    elif isinstance(test, Bounds):
        ends = [end for end in (test.low, test.high) if end is not None]
        wanted = ends[0].currency
        low, high = (None if end is None else end.amount_minor for end in (test.low, test.high))
        plain = Bounds(low, high, test.low_open, test.high_open, test.outside)
    else:
        raise TypeError(f"{test!r} does not apply to money")
    same = "((" + currency + ") = " + Fragment("%s::text", (wanted,)) + ")"
    return "(" + same + " AND " + _test(plain, amount, FactType.MONEY) + ")"


def _member(ref: FactRef, test: Test, sources: Sources) -> Fragment:
    """Ask a set that is rows of another table by EXISTS, which the planner can turn round."""
    sql = ref.fact.sql
    if not isinstance(sql, Membership):
        raise TypeError(f"{ref.fact.name} is not a membership")
    names = sources.names(ref)

    def exists(more: Fragment) -> Fragment:
        return "EXISTS (SELECT 1 " + sources.member_rows(sql, ref, names, more) + ")"

    if isinstance(test, Known):
        found = exists(Fragment(""))
        return "(NOT " + found + ")" if test.unknown else found
    if not isinstance(test, Has):
        raise TypeError(f"{test!r} does not apply to a set")
    if not test.every:
        return exists(f"({sql.element}) = ANY(" + _texts(test.values) + ")")
    each = (exists(f"({sql.element}) = " + Fragment("%s::text", (v,))) for v in test.values)
    return "(" + join(" AND ", each) + ")"


def _texts(values: tuple[str, ...]) -> Fragment:
    return Fragment("%s::text[]", (list(values),))


def _folded(value: Fragment) -> Fragment:
    # The expression stands in the folding several times, and so do its parameters.
    first, *others = folded_sql("\x00").split("\x00")
    found = Fragment(first)
    for piece in others:
        found = found + value + piece
    return found
