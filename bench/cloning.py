"""Many rows like one: what a benchmark fills its tables with, in the database's own hands."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import connection, models


def numbered_id(table_mark: int) -> str:
    """Return SQL for an id that a row number ``row_nth`` alone decides, another one for each mark."""
    return f"('{table_mark:08x}-0000-7000-8000-' || lpad(to_hex(row_nth), 12, '0'))::uuid"


def clone(
    model: type[models.Model], template_id: UUID, count: int, changes: Mapping[str, str]
) -> None:
    """Insert ``count`` rows like the one with ``template_id``.

    :param changes: column → SQL over ``row_nth`` (1 to ``count``) and the template ``t``.
    """
    table = model._meta.db_table
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ", ".join(f"({changes[c]})" if c in changes else f't."{c}"' for c in columns)
    names = ", ".join(f'"{c}"' for c in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {values} FROM "{table}" t,'
            f" generate_series(1, {count:d}) AS r(row_nth) WHERE t.id = '{template_id}'"
        )
