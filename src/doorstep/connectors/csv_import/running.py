"""Run an import: parse, record in chunks, keep count; go on where a killed run stopped.

Each chunk is one transaction that holds the orders and the run's own count of them. What a kill
interrupts is the chunk, and the next start passes over exactly the orders that were counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import F

from doorstep.connectors.csv_import.contracts import (
    FileRefused,
    ImportReport,
    ParsedOrder,
    RowProblem,
)
from doorstep.connectors.csv_import.formats import FORMATS
from doorstep.connectors.csv_import.jsonl import parse_jsonl
from doorstep.connectors.csv_import.models import (
    FAILED,
    FINISHED,
    MODES,
    QUEUED,
    RUNNING,
    ImportProblem,
    ImportRun,
    UploadPiece,
)
from doorstep.connectors.csv_import.orders import Defaults, parse_orders
from doorstep.connectors.csv_import.queries import report_of
from doorstep.connectors.csv_import.reading import read_rows, sniff_layout
from doorstep.connectors.csv_import.recording import record_chunk
from doorstep.connectors.csv_import.source import hash_file
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.stores import api as stores

HISTORY_CHUNK = 2_000
LIVE_CHUNK = 200
JSONL = "jsonl"
AUTO = "auto"

Progress = Callable[[ImportReport], None]


def import_file(
    path: str | Path,
    *,
    format: str = AUTO,
    store_id: UUID,
    mode: str = "history",
    sales_channel: str = "",
    by: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of this machine and return how it went.

    :param format: "auto", "shopify", "woocommerce", "generic" or "jsonl".
    :param mode: "history" tells nobody; "live" treats orders as just arrived.
    :param sales_channel: where the orders come from; "" takes the format's own.
    :param progress: called after every chunk.
    :raises Invalid: unknown format or mode, or a file that cannot be read at all.
    """
    file = Path(path)
    if not file.is_file():
        raise Invalid(f"There is no file {file}.", field="path")
    with store_scope(store_id), file.open("rb") as stream:
        run = open_run(
            stream,
            file.name,
            format=_format(format, file.name),
            mode=mode,
            sales_channel=sales_channel,
            by=by,
            at=at,
        )
        return work_off(run.id, stream, by=by, at=at, progress=progress)


def _format(wanted: str, name: str) -> str:
    if wanted not in (AUTO, JSONL, *FORMATS):
        known = ", ".join((AUTO, *FORMATS, JSONL))
        raise Invalid(f"“{wanted[:40]}” is not a format ({known}).", field="format")
    if wanted == AUTO and name.lower().endswith((".jsonl", ".ndjson")):
        return JSONL
    return wanted


def open_run(
    stream: IO[bytes],
    file_name: str,
    *,
    format: str,
    mode: str,
    sales_channel: str,
    by: Actor,
    at: datetime,
) -> ImportRun:
    """Return the run of a file: the open one of the same content, else a new one.

    :raises Invalid: unknown mode, or nothing in the file that could be read.
    """
    if mode not in MODES:
        raise Invalid(f"“{mode[:40]}” is not a mode ({', '.join(MODES)}).", field="mode")
    digest, size = hash_file(stream)
    found, channel = _look_at(stream, _format(format, file_name))
    channel = sales_channel.strip() or channel
    run, _ = ImportRun.objects.get_or_create(
        store_id=current_store_id(),
        file_sha256=digest,
        sales_channel=channel,
        mode=mode,
        status__in=[QUEUED, RUNNING],
        defaults={
            "file_name": file_name[:300],
            "file_bytes": size,
            "format": found,
            "status": QUEUED,
            "started_at": at,
            "started_by": by.key,
            "started_by_label": by.label,
            "updated_at": at,
        },
    )
    return run


def _look_at(stream: IO[bytes], wanted: str) -> tuple[str, str]:
    """Return the format's name and its sales channel, and rewind."""
    sample = stream.read(64 * 1024)
    stream.seek(0)
    if wanted == JSONL or (wanted == AUTO and sample.lstrip(b"\xef\xbb\xbf \r\n")[:1] == b"{"):
        return JSONL, "import"
    try:
        layout = sniff_layout(sample, wanted)
    except FileRefused as refused:
        raise Invalid(f"Line {refused.line}: {refused.message}", field="file") from refused
    return layout.format.name, layout.format.sales_channel


def work_off(
    run_id: UUID,
    stream: IO[bytes],
    *,
    by: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Record everything of a run that is not recorded yet, chunk by chunk."""
    run = ImportRun.objects.get(id=run_id)
    if run.status in (FINISHED, FAILED):
        return report_of(run)
    ImportRun.objects.filter(id=run_id).update(status=RUNNING, updated_at=at)
    parsed = islice(_parse(run, stream), run.orders_seen, None)
    size = LIVE_CHUNK if run.mode == "live" else HISTORY_CHUNK
    while chunk := list(islice(parsed, size)):
        _record(run, chunk, by=by, at=at)
        if progress is not None:
            progress(report_of(ImportRun.objects.get(id=run_id)))
    with transaction.atomic():
        ImportRun.objects.filter(id=run_id).update(status=FINISHED, finished_at=at, updated_at=at)
        UploadPiece.objects.filter(run_id=run_id).delete()
    return report_of(ImportRun.objects.get(id=run_id))


def fail_run(run_id: UUID, failure: str, *, at: datetime) -> None:
    """Mark a run that cannot go on; what it recorded stays."""
    with transaction.atomic():
        ImportRun.objects.filter(id=run_id, status__in=[QUEUED, RUNNING]).update(
            status=FAILED, failure=failure[:1000], finished_at=at, updated_at=at
        )
        UploadPiece.objects.filter(run_id=run_id).delete()


def _parse(run: ImportRun, stream: IO[bytes]) -> Iterator[ParsedOrder]:
    store = stores.get_store(run.store_id)
    try:
        zone = ZoneInfo(store.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    if run.format == JSONL:
        return parse_jsonl(stream, zone)
    sample = _peek(stream)
    layout = sniff_layout(sample, run.format)
    return parse_orders(read_rows(stream, layout), layout, Defaults(store.currency, zone))


def _peek(stream: IO[bytes]) -> bytes:
    """Return the beginning without moving on: files can rewind, uploads are buffered."""
    peek = getattr(stream, "peek", None)
    if peek is not None and not stream.seekable():
        return bytes(peek(64 * 1024)[: 64 * 1024])
    sample = stream.read(64 * 1024)
    stream.seek(0)
    return sample


def _record(run: ImportRun, chunk: list[ParsedOrder], *, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        outcome = record_chunk(
            [one.order for one in chunk if one.order is not None],
            mode=run.mode,
            sales_channel=run.sales_channel,
            import_id=str(run.id),
            by=by,
            at=at,
        )
        lines = {one.order.external_id: one for one in chunk if one.order is not None}
        problems = [problem for one in chunk for problem in one.problems]
        for external_id, words in outcome.problems:
            one = lines.get(external_id)
            problems.append(RowProblem(one.line if one else 0, "", words, external_id))
        ImportProblem.objects.bulk_create(
            ImportProblem(
                store_id=run.store_id,
                run_id=run.id,
                line=problem.line,
                column=problem.column[:300],
                message=problem.message[:1000],
                order_name=problem.order[:300],
            )
            for problem in problems
        )
        refused = sum(one.order is None for one in chunk) + outcome.rejected
        ImportRun.objects.filter(id=run.id).update(
            lines_done=max(one.end_line for one in chunk),
            orders_seen=F("orders_seen") + len(chunk),
            orders_new=F("orders_new") + outcome.imported,
            orders_known=F("orders_known") + len(chunk) - refused - outcome.imported,
            orders_refused=F("orders_refused") + refused,
            problem_count=F("problem_count") + len(problems),
            updated_at=at,
        )
