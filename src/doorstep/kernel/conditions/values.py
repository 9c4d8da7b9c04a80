"""Finding the facts of many subjects at once, and deciding for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.conditions.evaluate import Decision, evaluate, normalize
from doorstep.kernel.conditions.facts import FactRequest, FactType
from doorstep.kernel.conditions.fragments import Fragment, join
from doorstep.kernel.conditions.settled import settle_window
from doorstep.kernel.conditions.sources import Sources
from doorstep.kernel.conditions.tree import Condition, FactRef
from doorstep.kernel.money import Money


def evaluate_many(
    condition: Condition,
    subject_ids: Sequence[UUID],
    *,
    at: datetime,
    zone: ZoneInfo,
    store_id: UUID,
) -> dict[UUID, Decision]:
    """Decide for many subjects, each with its trace.

    One statement finds the facts that have SQL, one call each the others: the number of queries
    does not grow with the number of subjects. Subjects that are not the store's are left out.
    """
    rows = find_values(condition, subject_ids, at=at, zone=zone, store_id=store_id)
    return {
        subject_id: evaluate(condition, values, at=at, zone=zone)
        for subject_id, values in rows.items()
    }


def find_values(
    condition: Condition,
    subject_ids: Sequence[UUID],
    *,
    at: datetime,
    zone: ZoneInfo,
    store_id: UUID,
) -> dict[UUID, dict[str, Any]]:
    """Return what a condition has to know of each subject, by :attr:`FactRef.key`."""
    sources = Sources(condition.subject, at, zone, store_id, only=list(subject_ids))
    queried = [ref for ref in condition.refs if ref.fact.resolve is None]
    rows = _query(queried, sources)
    for ref in condition.refs:
        if ref.fact.resolve is None:
            continue
        window = settle_window(ref.window, at, zone) if ref.fact.windowed else None
        request = FactRequest(list(rows), store_id, at, zone, dict(ref.params), window)
        resolved = ref.fact.resolve(request)
        for subject_id, values in rows.items():
            values[ref.key] = normalize(ref.fact, resolved.get(subject_id))
    return rows


def _query(refs: Sequence[FactRef], sources: Sources) -> dict[UUID, dict[str, Any]]:
    columns = [Fragment(f"s.{sources.subject.id_column}")]
    for ref in refs:
        value = sources.value(ref)
        columns.append(value.expression)
        if value.currency is not None:
            columns.append(value.currency)
    statement = "SELECT " + join(", ", columns) + " " + sources.from_clause()
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        found = cursor.fetchall()
    return {row[0]: _read_row(refs, row[1:]) for row in found}


def _read_row(refs: Sequence[FactRef], row: Sequence[Any]) -> dict[str, Any]:
    cells = iter(row)
    values = {}
    for ref in refs:
        raw = next(cells)
        if ref.fact.type is FactType.MONEY:
            raw = _money(raw, next(cells))
        values[ref.key] = normalize(ref.fact, raw)
    return values


def _money(amount: int | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)
