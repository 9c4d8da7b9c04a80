"""The job that imports an upload."""

from __future__ import annotations

from uuid import UUID

import structlog
from procrastinate import RetryStrategy

from doorstep.connectors.csv_import.models import ImportRun
from doorstep.connectors.csv_import.running import AlreadyRunning, fail_run, work_off
from doorstep.connectors.csv_import.source import open_upload
from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.errors import DomainError
from doorstep.kernel.jobs import job
from doorstep.kernel.tenancy import store_scope

log = structlog.get_logger(__name__)


@job(queue="default", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def work_off_upload(store_id: str, run_id: str) -> None:
    """Import what is left of an upload; a retry goes on where the last attempt stopped."""
    with store_scope(UUID(store_id)):
        run = ImportRun.objects.filter(id=UUID(run_id)).first()
        if run is None:
            return  # taken back before it began
        by = Actor("system", "csv_import", run.started_by_label or "Import")
        try:
            work_off(run.id, open_upload(run.id), by=by, at=now())
        except AlreadyRunning:
            raise  # the job comes again, and finds it done or takes it over
        except DomainError as error:
            log.warning("import_failed", run=run_id, error=error.message)
            fail_run(run.id, error.message, at=now())
