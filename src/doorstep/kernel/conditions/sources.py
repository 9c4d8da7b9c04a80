"""FROM and its joins: where the facts of one condition come from, each source read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.conditions.facts import FactType, Subject
from doorstep.kernel.conditions.fragments import Fragment, bind, join
from doorstep.kernel.conditions.settled import settle_window
from doorstep.kernel.conditions.sqlfacts import Aggregate, Column, Membership
from doorstep.kernel.conditions.tree import FactRef

CASTS = {
    FactType.TEXT: "text",
    FactType.ENUM: "text",
    FactType.SET: "text",
    FactType.NUMBER: "numeric",
    FactType.COUNT: "bigint",
    FactType.MONEY: "bigint",
    FactType.BOOL: "boolean",
    FactType.DATE: "date",
    FactType.DATETIME: "timestamptz",
}


class NotCompilable(TypeError):
    """A fact of the condition has no SQL: it can be asked about one subject at a time only."""


@dataclass(frozen=True, slots=True)
class Value:
    """A fact's value in the statement; money brings its currency."""

    expression: Fragment
    currency: Fragment | None = None


@dataclass
class _Scan:
    """One derived table over other rows, shared by all aggregates that read the same ones."""

    alias: str
    source: Fragment
    key: str
    store: str
    # (what to keep, what to compute, cast)
    columns: list[tuple[Fragment, Fragment]] = field(default_factory=list)


@dataclass
class Sources:
    """Collects what the statement must read while its expressions are being written."""

    subject: Subject
    at: datetime
    zone: ZoneInfo
    store_id: UUID
    only: Sequence[UUID] | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise TypeError("at needs a time zone")
        self._scans: dict[tuple[Any, ...], _Scan] = {}
        self._joins: dict[Fragment, None] = {}

    def value(self, ref: FactRef) -> Value:
        """Return the expression for a fact, adding what it needs to the joins."""
        sql, kind = ref.fact.sql, ref.fact.type
        names = self.names(ref)
        if sql is None:
            raise NotCompilable(f"{ref.fact.name} cannot be asked about many at once")
        currency = getattr(sql, "currency", "")
        shown = bind(currency, names) if currency else None
        if isinstance(sql, Column):
            for text in sql.joins:
                self._joins[bind(text, names)] = None
            expression = bind(sql.expression, names)
            if kind is FactType.SET:
                expression = "COALESCE((" + expression + ")::text[], '{}'::text[])"
        elif isinstance(sql, Aggregate):
            expression = self._aggregate(sql, ref, names)
        else:
            expression = self._elements(sql, ref, names)
        if kind in (FactType.NUMBER, FactType.MONEY, FactType.COUNT):
            expression = "(" + expression + f")::{CASTS[kind]}"
        if kind is FactType.COUNT:
            expression = "COALESCE(" + expression + ", 0)"
        return Value(expression, shown)

    def names(self, ref: FactRef) -> dict[str, Fragment]:
        """Return what the fact's SQL may refer to."""
        names = {
            "s": Fragment("s"),
            "at": Fragment("%s::timestamptz", (self.at.astimezone(UTC),)),
            "zone": Fragment("%s::text", (self.zone.key,)),
            "store": Fragment("%s::uuid", (self.store_id,)),
        }
        casts = {param.name: CASTS[param.type] for param in ref.fact.params}
        for name, value in ref.params:
            names[name] = Fragment(f"%s::{casts[name]}", (value,))
        return names

    def member_rows(
        self, sql: Membership, ref: FactRef, names: dict[str, Fragment], more: Fragment
    ) -> Fragment:
        """Return ``FROM … WHERE …`` for the rows of one subject's set."""
        rows = [Fragment(f"{sql.key} = s.{self.subject.id_column}")]
        rows += [
            Fragment(f"{sql.store} = %s::uuid", (self.store_id,)),
            *self._kept(sql, ref, names),
        ]
        rows += [Fragment(f"COALESCE({sql.element}, '') <> ''"), more]
        where = join(" AND ", (row for row in rows if row.text))
        return "FROM " + bind(sql.source, names) + " WHERE " + where

    def _elements(self, sql: Membership, ref: FactRef, names: dict[str, Fragment]) -> Fragment:
        rows = self.member_rows(sql, ref, names, Fragment(""))
        return f"ARRAY(SELECT DISTINCT ({sql.element})::text " + rows + ")"

    def _aggregate(self, sql: Aggregate, ref: FactRef, names: dict[str, Fragment]) -> Fragment:
        source = bind(sql.source, names)
        scan = self._scans.setdefault(
            (source, sql.key, sql.store),
            _Scan(f"f{len(self._scans)}", source, sql.key, sql.store),
        )
        keep = join(" AND ", self._kept(sql, ref, names))
        column = (keep, bind(sql.value, names))
        if column not in scan.columns:
            scan.columns.append(column)
        return Fragment(f"{scan.alias}.v{scan.columns.index(column)}")

    def _kept(
        self, sql: Aggregate | Membership, ref: FactRef, names: dict[str, Fragment]
    ) -> list[Fragment]:
        """Return what a source's row must fulfil: the fact's own terms, and its window."""
        kept = [Fragment("(") + bind(sql.where, names) + ")"] if sql.where else []
        if not sql.moment:
            return kept
        window = settle_window(ref.window, self.at, self.zone)
        kept.append(Fragment(f"{sql.moment} <= %s::timestamptz", (window.end.astimezone(UTC),)))
        if window.start is not None:
            kept.append(Fragment(f"{sql.moment} > %s::timestamptz", (window.start,)))
        return kept

    def from_clause(self) -> Fragment:
        """Return FROM with every join, the store's rows and (if asked) only some of them."""
        id_column, store_column = self.subject.id_column, self.subject.store_column
        parts = [Fragment(f"FROM {self.subject.table} s"), *self._joins]
        for scan in self._scans.values():
            table = self._derived(scan)
            parts.append(
                "LEFT JOIN (" + table + f") {scan.alias} ON {scan.alias}.subject_id = s.{id_column}"
            )
        text = join(" ", parts) + Fragment(f" WHERE s.{store_column} = %s::uuid", (self.store_id,))
        return text + self._only(f"s.{id_column}")

    def _derived(self, scan: _Scan) -> Fragment:
        keeps = list(dict.fromkeys(keep for keep, _ in scan.columns))
        alone = len(keeps) == 1  # one filter for all can narrow the scan itself
        columns = []
        for i, (keep, value) in enumerate(scan.columns):
            column = value if alone or not keep.text else value + " FILTER (WHERE " + keep + ")"
            columns.append(column + f" AS v{i}")
        where = Fragment(f" WHERE {scan.store} = %s::uuid", (self.store_id,))
        where += self._only(scan.key)
        if alone and keeps[0].text:
            where = where + " AND " + keeps[0]
        head = f"SELECT {scan.key} AS subject_id, " + join(", ", columns)
        return head + " FROM " + scan.source + where + f" GROUP BY {scan.key}"

    def _only(self, column: str) -> Fragment:
        if self.only is None:
            return Fragment("")
        return Fragment(f" AND {column} = ANY(%s::uuid[])", (list(self.only),))
