"""What an action reads more than once is read once.

Rooms that serve one action ask for the same order, store and rules again and again, each for
itself. While an action runs, :func:`remember` keeps what was read until a statement of this
transaction writes to one of its tables, or takes writing back. What others may change meanwhile is
only remembered once it is locked (:func:`hold`): then the first reading is as true as the tenth.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")

_WRITTEN = re.compile(r'(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?"?(\w+)', re.I)
_HARMLESS = ("SELECT", "SAVEPOINT", "RELEASE")


@dataclass
class _Memory:
    """What one action read, by key, with the tables it stands in; and what it has locked."""

    found: dict[Hashable, tuple[str, Any]] = field(default_factory=dict)
    held: set[Hashable] = field(default_factory=set)

    def watch(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Run a statement and forget what it makes untrue; failed or not."""
        try:
            return execute(sql, params, many, context)
        finally:
            self.look_at(str(sql))

    def look_at(self, sql: str) -> None:
        """Forget what a statement makes untrue."""
        statement = sql.lstrip()
        if statement.startswith(_HARMLESS):
            return
        tables = _WRITTEN.findall(statement)
        if tables:
            self.forget(tables)
        elif not statement.startswith("WITH"):
            # Taken back to a savepoint: locks taken since are gone too. Else nobody knows what.
            self.found.clear()
            self.held.clear()

    def forget(self, tables: list[str]) -> None:
        """Forget what stands in any of these tables."""
        untrue = [
            key
            for key, (prefix, _) in self.found.items()
            if any(table.lower().startswith(prefix) for table in tables)
        ]
        for key in untrue:
            del self.found[key]


_memory: ContextVar[_Memory | None] = ContextVar("once_memory", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember for the length of a block, inside its transaction; one within another is the same."""
    if _memory.get() is not None:
        yield
        return
    memory = _Memory()
    token = _memory.set(memory)
    try:
        with connection.execute_wrapper(memory.watch):
            yield
    finally:
        _memory.reset(token)


def remember(key: Hashable, tables: str, read: Callable[[], T]) -> T:
    """Return what ``read`` answers, or what it answered before in this action.

    :param key: names it among all that is read, the store or an id that only it has included.
    :param tables: how the names of the tables it is read from begin, in lower case.
    :param read: its answer must never be changed by whoever gets it.
    """
    memory = _memory.get()
    if memory is None:
        return read()
    if key not in memory.found:
        memory.found[key] = (tables, read())
    found: T = memory.found[key][1]
    return found


def hold(keys: set[Hashable]) -> None:
    """Note that this transaction has locked something until it ends."""
    memory = _memory.get()
    if memory is not None:
        memory.held |= keys


def is_held(key: Hashable) -> bool:
    """Tell whether :func:`hold` was told of this, in this action and not taken back."""
    memory = _memory.get()
    return memory is not None and key in memory.held


def forget(table: str) -> None:
    """Forget what stands in a table that was written by other means than a statement (COPY)."""
    memory = _memory.get()
    if memory is not None:
        memory.forget([table])
