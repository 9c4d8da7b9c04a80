"""Rows in and out in sets: one statement for any number of rows.

Rows are dictionaries (column → Python value) that all have the same keys. The statements' texts
depend on tables and columns only, never on how many rows there are or what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from pydantic_core import to_json

from doorstep.kernel import once
from doorstep.kernel.columns import as_columns

Row = Mapping[str, Any]
_EMPTY: dict[type, str] = {list: "[]", tuple: "[]", dict: "{}"}  # most of what is written is empty


def dump_json(value: Any) -> str | None:
    """Write a value for a jsonb column, which can't hold NUL characters; None is SQL's NULL."""
    if value is None:
        return None
    if not value and type(value) in _EMPTY:
        return _EMPTY[type(value)]
    text = to_json(value).decode()
    return to_json(_without_nul(value)).decode() if "\\u0000" in text else text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {_without_nul(key): _without_nul(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nul(inner) for inner in value]
    return value


@lru_cache(maxsize=128)
def _types(model: type[models.Model]) -> dict[str, str]:
    return {str(f.column): f.db_type(connection) or "text" for f in model._meta.concrete_fields}


@lru_cache(maxsize=128)
def _dumpers(
    model: type[models.Model], columns: tuple[str, ...]
) -> tuple[tuple[int, Callable], ...]:
    types = _types(model)
    return tuple((nth, dump_json) for nth, c in enumerate(columns) if types[c] == "jsonb")


def _values(model: type[models.Model], rows: Sequence[Row]) -> list[list[Any]]:
    """Turn rows into lists of database values, in the columns' order."""
    dumpers = _dumpers(model, tuple(rows[0]))
    found = []
    for row in rows:
        values = list(row.values())
        for nth, dump in dumpers:
            values[nth] = dump(values[nth])
        found.append(values)
    return found


def _named(columns: Collection[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def copy_in(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Add rows nobody else can have added meanwhile (COPY, the fastest way in)."""
    if not rows:
        return
    statement = f'COPY "{model._meta.db_table}" ({_named(rows[0])}) FROM STDIN'
    # Django translates the driver's errors in execute(), but not in copy().
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for values in _values(model, rows):
            copy.write_row(values)
    once.forget(model._meta.db_table)


def _unnested(model: type[models.Model], rows: Sequence[Row]) -> tuple[str, list[str]]:
    """Return ``unnest(…) AS v(columns)`` for rows, and its parameters.

    jsonb travels as text: an array of jsonb would need a wrapper around every element.
    """
    types = _types(model)
    arrays = ", ".join(f"%s::{'text' if types[c] == 'jsonb' else types[c]}[]" for c in rows[0])
    columns = as_columns(_values(model, rows), len(rows[0]))
    return f"unnest({arrays}) AS v({_named(rows[0])})", columns


def _selected(model: type[models.Model], columns: Collection[str]) -> str:
    types = _types(model)
    return ", ".join(f'v."{c}"::jsonb' if types[c] == "jsonb" else f'v."{c}"' for c in columns)


def insert_rows(model: type[models.Model], rows: Sequence[Row], *, unless: str = "") -> set[UUID]:
    """Add rows; returns the ids of those added.

    :param unless: the columns (and condition) of the unique key whose rows are left out when they
        exist: ``(order_id, external_id)``. Waits for other transactions that are adding the same
        ones; give the rows in one order everywhere, so that two that add the same never wait for
        each other.
    """
    if not rows:
        return set()
    source, params = _unnested(model, rows)
    ending = f"ON CONFLICT {unless} DO NOTHING" if unless else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({_named(rows[0])}) '  # noqa: S608
            f"SELECT {_selected(model, rows[0])} FROM {source} {ending} RETURNING id",
            params,
        )
        return {row[0] for row in cursor.fetchall()}


def update_rows(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Set the columns of the rows named by ``id``; all rows set the same columns."""
    if not rows:
        return
    source, params = _unnested(model, rows)
    types = _types(model)
    sets = ", ".join(
        f'"{c}" = v."{c}"{"::jsonb" if types[c] == "jsonb" else ""}' for c in rows[0] if c != "id"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" AS t SET {sets} FROM {source} '  # noqa: S608
            "WHERE t.id = v.id",
            params,
        )
