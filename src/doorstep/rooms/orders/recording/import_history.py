"""Years of orders at once: chunk by chunk, fast, and without a word to anybody."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import DomainError
from doorstep.kernel.events.publish import publish
from doorstep.kernel.row_sets import copy_in
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders.contracts import ImportCounts, IncomingOrder
from doorstep.rooms.orders.events import OrdersImported
from doorstep.rooms.orders.models import Order
from doorstep.rooms.orders.recording.arrivals import Arrival, arrival_row
from doorstep.rooms.orders.recording.consents import record_checkout_consents
from doorstep.rooms.orders.recording.desk import Desk, open_desk
from doorstep.rooms.orders.recording.incoming import check_incoming
from doorstep.rooms.orders.recording.parts import Parts
from doorstep.rooms.orders.recording.people import resolve_people, resolve_things

CHUNK = 2_000
_WORKERS = 2
_CHUNKS_PER_COLLECTION = 10
_PROBLEMS_KEPT = 100
# Somebody who keeps one of a chunk's orders at the same moment makes the chunk start again.
_ATTEMPTS = 10

Progress = Callable[[ImportCounts], None]


def import_history(
    orders: Iterable[IncomingOrder],
    *,
    sales_channel: str,
    import_id: str,
    by: Actor,
    at: datetime,
    on_progress: Progress | None = None,
    connection_id: UUID | None = None,
    chunk: int = CHUNK,
) -> ImportCounts:
    """Keep past orders. Nothing is reserved, nobody is messaged, no order event is published.

    Each chunk is one transaction, so an import that was broken off is simply run again: orders
    known already (from an earlier run, or live) stay as they are. Orders that can't be kept are
    counted and named, the others go on. ``orders`` is read lazily: memory does not grow.

    :param on_progress: called with the counts after each chunk.
    """
    desk = open_desk(
        by=by, at=at, sales_channel=sales_channel, connection_id=connection_id, import_id=import_id
    )
    counts = ImportCounts()
    with _collecting_seldom() as collect:
        for nth, done in enumerate(_keep_all(_chunks(orders, chunk), desk), start=1):
            if nth % _CHUNKS_PER_COLLECTION == 0:
                collect()
            counts = _plus(counts, done)
            if on_progress is not None:
                on_progress(counts)
    return counts


@contextmanager
def _collecting_seldom() -> Iterator[Callable[[], int]]:
    """Pause the search for reference cycles; gives the function that makes up for it.

    A chunk is a hundred thousand plain values without cycles that live for a second: looking
    through them again and again was a quarter of an import's processor time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield gc.collect
    finally:
        if was_on:
            gc.enable()


def _plus(counts: ImportCounts, done: ImportCounts) -> ImportCounts:
    return ImportCounts(
        seen=counts.seen + done.seen,
        imported=counts.imported + done.imported,
        known_before=counts.known_before + done.known_before,
        rejected=counts.rejected + done.rejected,
        problems=(*counts.problems, *done.problems)[:_PROBLEMS_KEPT],
    )


def _keep_all(chunks: Iterable[list[IncomingOrder]], desk: Desk) -> Iterator[ImportCounts]:
    """Keep chunk after chunk, two at a time: one computes while the database writes the other.

    Inside a transaction of the caller everything stays on the caller's connection.
    """
    if connection.in_atomic_block:
        yield from (_keep(chunk, desk) for chunk in chunks)
        return
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="import") as pool:
        flying: deque[Future[ImportCounts]] = deque()
        for chunk in chunks:
            flying.append(pool.submit(_keep_beside, chunk, desk))
            if len(flying) > _WORKERS:  # never more in memory than are worked on, and one
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()


def _keep_beside(batch: Sequence[IncomingOrder], desk: Desk) -> ImportCounts:
    """Keep a chunk in a thread of its own, which has a database connection of its own."""
    try:
        with store_scope(desk.store.id):
            return _keep(batch, desk)
    finally:
        connection.close()


def _keep(batch: Sequence[IncomingOrder], desk: Desk) -> ImportCounts:
    good, problems = _sort_out(batch)
    imported = _import_chunk(good, desk)
    return ImportCounts(
        seen=len(batch),
        imported=imported,
        known_before=len(batch) - len(problems) - imported,
        rejected=len(problems),
        problems=tuple(problems),
    )


def _chunks(orders: Iterable[IncomingOrder], size: int) -> Iterator[list[IncomingOrder]]:
    source = iter(orders)
    while batch := list(islice(source, size)):
        yield batch


def _sort_out(
    batch: Sequence[IncomingOrder],
) -> tuple[list[IncomingOrder], list[tuple[str, str]]]:
    good: dict[str, IncomingOrder] = {}
    problems: list[tuple[str, str]] = []
    for order in batch:
        try:
            check_incoming(order)
        except DomainError as error:
            where = f"{error.field}: " if error.field else ""
            problems.append((order.external_id, where + error.message))
            continue
        known = good.get(order.external_id)
        if known is None or order.version_at > known.version_at:
            good[order.external_id] = order
    return list(good.values()), problems


def _import_chunk(batch: Sequence[IncomingOrder], desk: Desk) -> int:
    """Keep those of a chunk that nobody knows; returns how many."""
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _import_unknown(batch, desk)
        except (IntegrityError, OperationalError) as error:
            # COPY knows no ON CONFLICT. That somebody else keeps the same order between our
            # look and our COPY is rare, and the next look sees it.
            raced = "order_once_per_channel" in str(error)
            if not (raced or isinstance(error.__cause__, DeadlockDetected)):
                raise
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _import_unknown(batch: Sequence[IncomingOrder], desk: Desk) -> int:
    known = set(
        Order.objects.filter(
            sales_channel=desk.sales_channel,
            external_id__in=[order.external_id for order in batch],
        ).values_list("external_id", flat=True)
    )
    new = [order for order in batch if order.external_id not in known]
    if not new:
        return 0
    customers = resolve_people(new, desk.sales_channel, desk.at)
    things = resolve_things(
        [line for order in new for line in order.lines], desk.sales_channel, desk.at
    )
    rows, parts = [], Parts()
    for order, customer_id in zip(new, customers, strict=True):
        row = arrival_row(Arrival(order, customer_id, is_history=True), desk)
        rows.append(row)
        parts.add(order, row["id"], things, desk)
    copy_in(Order, rows)
    parts.write()
    record_checkout_consents(
        zip(new, customers, strict=True), sales_channel=desk.sales_channel, by=desk.by, at=desk.at
    )
    publish(
        OrdersImported(desk.import_id, desk.sales_channel, len(new)),
        key=desk.store.id,
        at=desk.at,
        by=desk.by,
    )
    return len(new)
