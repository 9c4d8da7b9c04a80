"""Record a large history file with several processes: each parses and keeps whole chunks.

One Python process can use one core. Where the file has an order a line, chunks of raw lines can be
parsed and kept anywhere; this process only cuts the file, and counts the chunks in their order, so
that a killed import goes on behind the last counted one like any other.
"""

from __future__ import annotations

import gc
import io
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.connectors.csv_import.jsonl import MAX_LINE, parse_jsonl
from doorstep.connectors.csv_import.models import ImportRun
from doorstep.connectors.csv_import.process_start import start_process
from doorstep.connectors.csv_import.recording import Chunk, count_chunk, keep_chunk
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope

# Below this a second process would spend longer on starting than on helping.
WORTH_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class _Task:
    """What another process needs to know to keep some lines."""

    store_id: UUID
    run_id: UUID
    sales_channel: str
    zone: ZoneInfo
    by: Actor
    at: datetime
    first_line: int
    lines: tuple[bytes, ...]


def record_lines(
    run: ImportRun,
    stream: IO[bytes],
    zone: ZoneInfo,
    *,
    size: int,
    processes: int,
    by: Actor,
    at: datetime,
    told: Callable[[], None],
) -> None:
    """Keep the past orders of a JSON Lines file, ``processes`` chunks at a time."""
    tasks = (
        _Task(run.store_id, run.id, run.sales_channel, zone, by, at, first, lines)
        for first, lines in _cut(stream, size, skip=run.lines_done)
    )
    spawn = multiprocessing.get_context("spawn")  # threads and open connections do not survive fork
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=start_process) as pool:
        flying: deque[Future[tuple[Chunk, int, int]]] = deque()
        for task in tasks:
            flying.append(pool.submit(_keep, task))
            if len(flying) > processes + 1:
                _count(run, flying.popleft(), told)
        while flying:
            _count(run, flying.popleft(), told)


def _cut(stream: IO[bytes], size: int, *, skip: int) -> Iterator[tuple[int, tuple[bytes, ...]]]:
    """Yield the number of a chunk's first line, and its lines."""
    number, first, lines = 0, skip + 1, list[bytes]()
    for line in _lines(stream):
        number += 1
        if number <= skip:
            continue
        lines.append(line)
        if len(lines) == size:
            yield first, tuple(lines)
            first, lines = number + 1, []
    if lines:
        yield first, tuple(lines)


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield raw lines; of one that is too long, enough for the parser to see that it is."""
    while raw := stream.readline(MAX_LINE + 1):
        rest = raw
        while rest and not rest.endswith(b"\n") and len(rest) > MAX_LINE:
            rest = stream.readline(MAX_LINE + 1)
        yield raw if raw.endswith(b"\n") else raw + b"\n"


def _count(run: ImportRun, done: Future[tuple[Chunk, int, int]], told: Callable[[], None]) -> None:
    chunk, new, rejected = done.result()
    count_chunk(run, chunk, new=new, rejected=rejected)
    told()


def _keep(task: _Task) -> tuple[Chunk, int, int]:
    """Parse and keep one chunk; returns it with how many orders are new, how many were rejected."""
    parsed = parse_jsonl(io.BytesIO(b"".join(task.lines)), task.zone, first_line=task.first_line)
    with store_scope(task.store_id):
        chunk, new, rejected = keep_chunk(
            parsed,
            sales_channel=task.sales_channel,
            import_id=str(task.run_id),
            by=task.by,
            at=task.at,
        )
    chunk.end_line = task.first_line + len(task.lines) - 1
    gc.collect(1)
    return chunk, new, rejected
