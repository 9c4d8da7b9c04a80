"""Frozen values of the file import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.rooms.orders.contracts import IncomingOrder


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong, where: ``line`` counts from 1 and the header is line 1."""

    line: int
    column: str  # the heading as the file writes it, "" for the whole row
    message: str
    order: str = ""  # what the file calls the order


class RowRefused(Exception):
    """Raise when a row makes its order impossible."""

    def __init__(self, line: int, column: str, message: str) -> None:
        super().__init__(
            f"line {line}: {column}: {message}" if column else f"line {line}: {message}"
        )
        self.line = line
        self.column = column
        self.message = message


class FileRefused(Exception):
    """Raise when a file as a whole cannot be read; nothing of it was imported."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class ParsedOrder:
    """One order of a file: either ``order`` or at least one problem."""

    line: int  # its first
    order: IncomingOrder | None
    problems: tuple[RowProblem, ...] = ()
    end_line: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How an import stands or ended.

    ``orders_new`` were written, ``orders_known`` were there before (a repeated import), the
    ``orders_refused`` are listed by line; the three add up to ``orders_seen``.
    """

    run_id: UUID
    file_name: str
    format: str
    mode: str
    sales_channel: str
    status: str
    lines_done: int
    orders_seen: int
    orders_new: int
    orders_known: int
    orders_refused: int
    problem_count: int
    problems: tuple[RowProblem, ...]  # the first hundred
    started_at: datetime
    finished_at: datetime | None
    failure: str = ""
