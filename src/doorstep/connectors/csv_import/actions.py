"""Starting an import from an upload."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import IO
from uuid import UUID

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from doorstep.connectors.csv_import import jobs
from doorstep.connectors.csv_import.models import UploadPiece
from doorstep.connectors.csv_import.running import open_run
from doorstep.connectors.csv_import.source import iter_pieces, store_pieces
from doorstep.kernel.actions import permissions
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import current_store_id


def start_import(
    *,
    stream: IO[bytes],
    file_name: str,
    format: str = "auto",
    mode: str = "history",
    sales_channel: str = "",
    by: Actor,
    at: datetime,
) -> UUID:
    """Keep an uploaded file and have the worker import it; return the run's id.

    Not in the catalogue of actions, because a file is no JSON; the permission is the same.

    :raises Invalid: unknown format or mode, or nothing in the file that could be read.
    """
    permissions.check(by, "orders.import")
    with transaction.atomic():
        run = open_run(
            stream,
            file_name,
            format=format,
            mode=mode,
            sales_channel=sales_channel,
            by=by,
            at=at,
        )
        if not UploadPiece.objects.filter(run_id=run.id).exists():
            stream.seek(0)
            store_pieces(run.id, run.store_id, iter_pieces(stream))
        # The file may be waiting for a worker already; a savepoint, because asking twice fails.
        with suppress(AlreadyEnqueued), transaction.atomic():
            jobs.work_off_upload.configure(queueing_lock=f"import:{run.id}").defer(
                store_id=str(current_store_id()), run_id=str(run.id)
            )
    return run.id
