"""Give parsed orders to the orders room chunk by chunk, and count what became of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import F

from doorstep.connectors.csv_import.contracts import ParsedOrder, RowProblem
from doorstep.connectors.csv_import.models import ImportProblem, ImportRun
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError
from doorstep.kernel.statistics import refresh_statistics
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import ImportCounts, IncomingOrder, RecordOutcome


@dataclass(slots=True)
class Chunk:
    """What was parsed for one chunk: its good orders by id, and all that was wrong."""

    lines: dict[str, int] = field(default_factory=dict)  # external id -> line
    seen: int = 0
    refused: int = 0
    end_line: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def add(self, one: ParsedOrder) -> None:
        self.seen += 1
        self.end_line = max(self.end_line, one.end_line)
        if one.order is None:
            self.refused += 1
            self.problems += one.problems
        else:
            self.lines[one.order.external_id] = one.line

    def refuse(self, external_id: str, words: str) -> None:
        """Add what the room would not keep."""
        line = self.lines.get(external_id, 0)
        self.problems.append(RowProblem(line, "", words, external_id))


def record_history(
    run: ImportRun,
    parsed: Iterator[ParsedOrder],
    *,
    size: int,
    by: Actor,
    at: datetime,
    told: Callable[[], None],
) -> None:
    """Keep past orders without a word to anybody.

    The room works on several chunks at a time, each in its own transaction, and reports them in
    order; the count is written after the chunk. What a kill leaves written but not yet counted
    is found known by the next start: nothing is lost or doubled, only counted as known.
    """
    chunks = _Chunks(parsed, size)
    before = ImportCounts()

    def count(counts: ImportCounts) -> None:
        nonlocal before
        chunk = chunks.done.popleft()
        rejected = counts.rejected - before.rejected
        _refuse(chunk, counts.problems[len(before.problems) :], rejected)
        count_chunk(run, chunk, new=counts.imported - before.imported, rejected=rejected)
        before = counts
        told()

    orders.import_history(
        chunks,
        sales_channel=run.sales_channel,
        import_id=str(run.id),
        by=by,
        at=at,
        on_progress=count,
        chunk=size,
    )
    for chunk in chunks.done:  # refused orders behind the last good one
        count_chunk(run, chunk, new=0, rejected=0)
        told()


def keep_chunk(
    parsed: Iterator[ParsedOrder], *, sales_channel: str, import_id: str, by: Actor, at: datetime
) -> tuple[Chunk, int, int]:
    """Keep one chunk of past orders at once, without counting it.

    :returns: the chunk with its problems, how many orders are new, and how many of the good ones
        the room would not keep.
    """
    chunk, good = Chunk(), []
    for one in parsed:
        chunk.add(one)
        if one.order is not None:
            good.append(one.order)
    counts = orders.import_history(
        good,
        sales_channel=sales_channel,
        import_id=import_id,
        by=by,
        at=at,
        chunk=max(1, len(good)),
    )
    _refuse(chunk, counts.problems, counts.rejected)
    return chunk, counts.imported, counts.rejected


def _refuse(chunk: Chunk, shown: Sequence[tuple[str, str]], rejected: int) -> None:
    """Write down what the room would not keep; it names the first hundred."""
    for external_id, words in shown:
        chunk.refuse(external_id, words)
    if rejected > len(shown):
        chunk.refuse("", f"{rejected - len(shown)} more orders cannot be kept")


class _Chunks:
    """The good orders of a file, while what belongs to each chunk of them is written down."""

    def __init__(self, parsed: Iterator[ParsedOrder], size: int) -> None:
        self._parsed = parsed
        self._size = size
        self.done: deque[Chunk] = deque()

    def __iter__(self) -> Iterator[IncomingOrder]:
        chunk, good = Chunk(), 0
        for one in self._parsed:
            chunk.add(one)
            if one.order is None:
                continue
            good += 1
            if good == self._size:  # before it is given away: nobody comes back for the last
                self.done.append(chunk)
                chunk, good = Chunk(), 0
            yield one.order
        if chunk.seen:
            self.done.append(chunk)


def record_live(
    run: ImportRun,
    parsed: Iterator[ParsedOrder],
    *,
    size: int,
    by: Actor,
    at: datetime,
    told: Callable[[], None],
) -> None:
    """Treat orders as just arrived: checked, reserved, announced.

    A chunk and its count are one transaction, so a killed import tells nobody twice.
    """
    while batch := list(islice(parsed, size)):
        chunk = Chunk()
        for one in batch:
            chunk.add(one)
        with transaction.atomic():
            good = _keepable([one.order for one in batch if one.order is not None], chunk)
            recorded = orders.record_orders(
                good, sales_channel=run.sales_channel, connection_id=None, mode="live", by=by, at=at
            )
            fresh = (RecordOutcome.PLACED, RecordOutcome.IMPORTED)
            new = sum(one.outcome in fresh for one in recorded)
            rejected = len(batch) - chunk.refused - len(good)
            count_chunk(run, chunk, new=new, rejected=rejected)
        told()


def _keepable(found: list[IncomingOrder], chunk: Chunk) -> list[IncomingOrder]:
    good = []
    for order in found:
        try:
            orders.check_incoming(order)
        except DomainError as error:
            where = f"{error.field}: " if error.field else ""
            chunk.refuse(order.external_id, where + error.message)
        else:
            good.append(order)
    return good


# What an import of history fills; sampled anew each time it has grown fourfold.
FILLED_APPS = ("customers", "catalog", "messaging", "orders")


def watch_growth(told: Callable[[], None]) -> Callable[[], None]:
    """Return ``told`` such that the database learns how large its tables have become."""
    chunks, due = 0, 1

    def tell() -> None:
        nonlocal chunks, due
        chunks += 1
        if chunks >= due:
            refresh_statistics(*FILLED_APPS)
            due = chunks * 4
        told()

    return tell


def count_chunk(run: ImportRun, chunk: Chunk, *, new: int, rejected: int) -> None:
    """Write down what became of a chunk: ``rejected`` by the room, beside what was refused here."""
    refused = chunk.refused + rejected
    with transaction.atomic():
        ImportProblem.objects.bulk_create(
            ImportProblem(
                store_id=run.store_id,
                run_id=run.id,
                line=problem.line,
                column=problem.column[:300],
                message=problem.message[:1000],
                order_name=problem.order[:300],
            )
            for problem in chunk.problems
        )
        ImportRun.objects.filter(id=run.id).update(
            lines_done=chunk.end_line,
            orders_seen=F("orders_seen") + chunk.seen,
            orders_new=F("orders_new") + new,
            orders_known=F("orders_known") + chunk.seen - refused - new,
            orders_refused=F("orders_refused") + refused,
            problem_count=F("problem_count") + len(chunk.problems),
            updated_at=now(),
        )
