"""Run an import: open the file, parse it, record it, and go on where a killed run stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection, transaction

from doorstep.connectors.csv_import.beside import WORTH_BYTES, record_lines
from doorstep.connectors.csv_import.contracts import (
    FileRefused,
    ImportReport,
    ParsedOrder,
)
from doorstep.connectors.csv_import.formats import FORMATS
from doorstep.connectors.csv_import.jsonl import parse_jsonl
from doorstep.connectors.csv_import.models import (
    FAILED,
    FINISHED,
    MODES,
    QUEUED,
    RUNNING,
    ImportRun,
    UploadPiece,
)
from doorstep.connectors.csv_import.orders import Defaults, parse_orders
from doorstep.connectors.csv_import.queries import report_of
from doorstep.connectors.csv_import.reading import read_rows, sniff_layout
from doorstep.connectors.csv_import.recording import record_history, record_live, watch_growth
from doorstep.connectors.csv_import.source import hash_file
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import Conflict, Invalid
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.stores import api as stores

HISTORY_CHUNK = 2_000
LIVE_CHUNK = 200
JSONL = "jsonl"
AUTO = "auto"
MAX_CHANNEL = 50  # as the API has it

Progress = Callable[[ImportReport], None]


class AlreadyRunning(Conflict):
    """Another process works on this import."""


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
    processes: int = 1,
) -> ImportReport:
    """Import a file of this machine and return how it went.

    :param format: "auto", "shopify", "woocommerce", "generic" or "jsonl".
    :param mode: "history" tells nobody; "live" treats orders as just arrived.
    :param sales_channel: where the orders come from; "" takes the format's own.
    :param progress: called after every chunk.
    :param processes: how many may work on a large JSON Lines history; they find the database by
        ``DATABASE_URL``.
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
        return work_off(run.id, stream, by=by, at=at, progress=progress, processes=processes)


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
    if len(channel) > MAX_CHANNEL:
        raise Invalid(
            f"A sales channel has at most {MAX_CHANNEL} characters.", field="sales_channel"
        )
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
    processes: int = 1,
) -> ImportReport:
    """Record everything of a run that is not recorded yet, chunk by chunk.

    :raises AlreadyRunning: another process is at it right now.
    """
    with _alone(run_id):
        return _work_off(run_id, stream, by=by, at=at, progress=progress, processes=processes)


@contextmanager
def _alone(run_id: UUID) -> Iterator[None]:
    """Hold a run while it is worked off; the database lets go by itself when the process dies.

    Two at once would both count what they did, and a later start would skip orders.
    """
    key = int.from_bytes(run_id.bytes[8:], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning("This file is being imported right now. Wait until that is done.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _work_off(
    run_id: UUID,
    stream: IO[bytes],
    *,
    by: Actor,
    at: datetime,
    progress: Progress | None,
    processes: int,
) -> ImportReport:
    run = ImportRun.objects.get(id=run_id)
    if run.status in (FINISHED, FAILED):
        return report_of(run)
    ImportRun.objects.filter(id=run_id).update(status=RUNNING, updated_at=at)

    def told() -> None:
        if progress is not None:
            progress(report_of(ImportRun.objects.get(id=run_id)))

    parsed = islice(_parse(run, stream), run.orders_seen, None)
    is_history = run.mode == "history"
    if is_history and run.file_bytes >= WORTH_BYTES:
        told = watch_growth(told)
    if is_history and run.format == JSONL and processes > 1 and run.file_bytes >= WORTH_BYTES:
        record_lines(
            run,
            stream,
            _zone(run),
            size=HISTORY_CHUNK,
            processes=processes,
            by=by,
            at=at,
            told=told,
        )
    elif is_history:
        record_history(run, parsed, size=HISTORY_CHUNK, by=by, at=at, told=told)
    else:
        record_live(run, parsed, size=LIVE_CHUNK, by=by, at=at, told=told)
    ended_at = now()  # hours may have passed since ``at``, which orders are recorded by
    with transaction.atomic():
        ImportRun.objects.filter(id=run_id).update(
            status=FINISHED, finished_at=ended_at, updated_at=ended_at
        )
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
    if run.format == JSONL:
        return parse_jsonl(stream, _zone(run))
    sample = _peek(stream)
    layout = sniff_layout(sample, run.format)
    currency = stores.get_store(run.store_id).currency
    return parse_orders(read_rows(stream, layout), layout, Defaults(currency, _zone(run)))


def _zone(run: ImportRun) -> ZoneInfo:
    try:
        return ZoneInfo(stores.get_store(run.store_id).timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _peek(stream: IO[bytes]) -> bytes:
    """Return the beginning without moving on: files can rewind, uploads are buffered."""
    peek = getattr(stream, "peek", None)
    if peek is not None and not stream.seekable():
        return bytes(peek(64 * 1024)[: 64 * 1024])
    sample = stream.read(64 * 1024)
    stream.seek(0)
    return sample
