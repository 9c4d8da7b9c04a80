"""Rows in and out in sets: one statement for any number of trackers and steps.

A row is a dictionary (column → value); all rows of one call have the same columns. JSON travels
as text and is cast, as an array of jsonb would need a wrapper around each element.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from pydantic_core import to_json

from doorstep.kernel.columns import as_columns

Row = Mapping[str, Any]


@lru_cache(maxsize=64)
def _types(model: type[models.Model]) -> dict[str, str]:
    return {str(f.column): f.db_type(connection) or "text" for f in model._meta.concrete_fields}


def as_json(value: Any) -> str | None:
    """Write a value for a jsonb column, which can't hold NUL characters."""
    if value is None:
        return None
    text = to_json(value).decode()
    if "\\u0000" in text:
        text = to_json(_without_nul(value)).decode()
    return text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(inner) for inner in value]
    return value


def _source(model: type[models.Model], rows: Sequence[Row]) -> tuple[str, list[str]]:
    types = _types(model)
    columns = list(rows[0])
    json_at = [nth for nth, column in enumerate(columns) if types[column] == "jsonb"]
    values = [list(row.values()) for row in rows]
    for nth in json_at:
        for row in values:
            row[nth] = as_json(row[nth])
    arrays = ", ".join(f"%s::{'text' if types[c] == 'jsonb' else types[c]}[]" for c in columns)
    return f"unnest({arrays}) AS v({_names(columns)})", as_columns(values, len(columns))


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _value(types: Mapping[str, str], column: str) -> str:
    return f'v."{column}"::jsonb' if types[column] == "jsonb" else f'v."{column}"'


def insert_rows(model: type[models.Model], rows: Sequence[Row], *, unless: str = "") -> set[UUID]:
    """Add rows; returns the ids of those added.

    :param unless: the columns of the unique key whose rows are left out when they exist.
    """
    if not rows:
        return set()
    types, columns = _types(model), list(rows[0])
    source, params = _source(model, rows)
    values = ", ".join(_value(types, column) for column in columns)
    ending = f"ON CONFLICT ({unless}) DO NOTHING" if unless else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({_names(columns)}) '  # noqa: S608
            f"SELECT {values} FROM {source} {ending} RETURNING id",
            params,
        )
        return {row[0] for row in cursor.fetchall()}


def update_rows(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Set the columns of the rows named by ``id``."""
    if not rows:
        return
    types = _types(model)
    source, params = _source(model, rows)
    sets = ", ".join(f'"{c}" = {_value(types, c)}' for c in rows[0] if c != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" AS t SET {sets} FROM {source} '  # noqa: S608
            "WHERE t.id = v.id",
            params,
        )
