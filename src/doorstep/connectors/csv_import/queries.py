"""What the console and the command line ask about imports."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from uuid import UUID

from doorstep.connectors.csv_import.contracts import ImportReport, RowProblem
from doorstep.connectors.csv_import.models import ImportProblem, ImportRun
from doorstep.kernel.errors import NotFound


def report_of(run: ImportRun) -> ImportReport:
    """Return how a run stands, with its first hundred problems."""
    rows = ImportProblem.objects.filter(run_id=run.id).order_by("line", "id")[:100]
    return ImportReport(
        run_id=run.id,
        file_name=run.file_name,
        format=run.format,
        mode=run.mode,
        sales_channel=run.sales_channel,
        status=run.status,
        lines_done=run.lines_done,
        orders_seen=run.orders_seen,
        orders_new=run.orders_new,
        orders_known=run.orders_known,
        orders_refused=run.orders_refused,
        problem_count=run.problem_count,
        problems=tuple(
            RowProblem(row.line, row.column, row.message, row.order_name) for row in rows
        ),
        started_at=run.started_at,
        finished_at=run.finished_at,
        failure=run.failure,
    )


def list_imports(*, limit: int = 50) -> list[ImportReport]:
    """List the store's imports, newest first."""
    return [report_of(run) for run in ImportRun.objects.order_by("-started_at", "-id")[:limit]]


def get_import(run_id: UUID) -> ImportReport:
    """Return one import.

    :raises NotFound: the store has no such import.
    """
    run = ImportRun.objects.filter(id=run_id).first()
    if run is None:
        raise NotFound("There is no such import.")
    return report_of(run)


def write_problems(run_id: UUID) -> Iterator[str]:
    """Yield an import's problems as lines of CSV, to be downloaded."""
    get_import(run_id)
    yield _line("line", "column", "order", "problem")
    rows = ImportProblem.objects.filter(run_id=run_id).order_by("line", "id")
    for row in rows.iterator(chunk_size=1_000):
        yield _line(str(row.line), row.column, row.order_name, row.message)


def _line(*cells: str) -> str:
    out = io.StringIO()
    # A cell that a spreadsheet would run as a formula is defused (OWASP: CSV injection).
    csv.writer(out).writerow(
        "'" + cell if cell[:1] and cell[0] in "=+-@\t" else cell for cell in cells
    )
    return out.getvalue()
