"""Read whole rows by one column, with a statement that is written once per process.

Django writes the SQL of a query anew each time, which for a table of fifty columns takes longer
than PostgreSQL needs to answer. Pages asked for thousands of times an hour read by these instead.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import StoreModel, current_store_id

Row = TypeVar("Row", bound=StoreModel)


def rows_by(
    model: type[Row],
    column: str,
    ids: Collection[UUID],
    *,
    order_by: tuple[str, ...] = (),
    also: tuple[tuple[str, str], ...] = (),
) -> list[Row]:
    """Return the current store's rows whose ``column`` is one of ``ids``.

    :param column: as in the database: ``order_id``.
    :param order_by: columns, each ascending.
    :param also: further attributes of each row, each with the SQL of its value; ``t`` is the row.
    :raises MissingStoreScope: outside of any store's scope.
    """
    keys: list[Any] = [current_store_id(), list(ids)]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, column, order_by, also), keys)
        found = cursor.fetchall()
    return [_row(model, values, also) for values in found]


def _row(model: type[Row], values: tuple[Any, ...], also: tuple[tuple[str, str], ...]) -> Row:
    names, converters = _fields(model)
    plain = list(values[: len(names)])
    for place, field, convert in converters:
        plain[place] = convert(plain[place], field, connection)
    row = model.from_db(connection.alias, names, plain)
    for (name, _sql), value in zip(also, values[len(names) :], strict=True):
        setattr(row, name, value)
    return row


@cache
def _fields(model: type[StoreModel]) -> tuple[list[str], list[tuple[int, Any, Any]]]:
    """Return the names of a row's columns, and what turns the database's values into Python's."""
    fields = model._meta.concrete_fields
    converters = [
        (place, field.cached_col, convert)
        for place, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    return [field.attname for field in fields], converters


@cache
def _statement(
    model: type[StoreModel],
    column: str,
    order_by: tuple[str, ...],
    also: tuple[tuple[str, str], ...],
) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(
        [f"t.{quote(str(field.column))}" for field in model._meta.concrete_fields]
        + [sql for _name, sql in also]
    )
    order = ", ".join(f"t.{quote(name)}" for name in order_by)
    return (
        f"SELECT {columns} FROM {quote(model._meta.db_table)} t"  # noqa: S608 - names of our models
        f" WHERE t.store_id = %s AND t.{quote(column)} = ANY(%s)"
        + (f" ORDER BY {order}" if order else "")
    )
