"""A copy of everything that is kept about a person: each room reads out its own part.

A room above registers a reader; ``export_customer`` calls them all, so that no page and no
operation can forget one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

Reader = Callable[[UUID, datetime], Sequence[Any]]

_readers: dict[str, Reader] = {}


def exports(name: str) -> Callable[[Reader], Reader]:
    """Register what a room keeps about a person under ``name``.

    The function is given the customer (who survived its merges) and the moment of the export,
    and returns contracts.

    :raises ValueError: another room has this name.
    """

    def register(reader: Reader) -> Reader:
        if _readers.setdefault(name, reader) is not reader:
            raise ValueError(f"two rooms export {name}")
        return reader

    return register


def read_all(customer_id: UUID, *, at: datetime) -> dict[str, Sequence[Any]]:
    """Return what the rooms keep about a person, by the readers' names."""
    return {name: _readers[name](customer_id, at) for name in sorted(_readers)}
