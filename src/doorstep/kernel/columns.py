"""Rows as one array per column, the way ``unnest`` takes a whole set in one statement.

Written as PostgreSQL's array text: several times faster than the driver's own arrays, and on the
paths that take thousands of orders a second these were a third of the work. The statement names
the types (``unnest(%s::uuid[], %s::text[])``); the texts are bound like any other parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID


def as_columns(rows: Sequence[Sequence[object]], width: int) -> list[str]:
    """Return ``width`` arrays, one per column of the rows; empty ones when there are no rows.

    Takes texts (without NUL, as PostgreSQL), UUIDs, numbers, booleans, instants and ``None``.
    """
    if not rows:
        return ["{}"] * width
    return [as_array(column) for column in zip(*rows, strict=True)]


def as_array(values: Iterable[object]) -> str:
    """Return values as one array's text."""
    elements: list[str] = []
    # Most columns of a set hold the same thing in row after row: that is written out once.
    before: object = elements
    element = ""
    for value in values:
        if value is not before:
            before, element = value, _element(value)
        elements.append(element)
    return "{" + ",".join(elements) + "}"


def as_uuids(values: Iterable[UUID | None]) -> str:
    """Return ids as one array's text, for ``uuid[]`` alone: three times as fast as ``as_array``."""
    return "{" + ",".join(["NULL" if v is None else f"{v.int:032x}" for v in values]) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    # In quotes also what would not need them: a text "NULL" is no null, a blank no empty array.
    return f'"{text}"'
