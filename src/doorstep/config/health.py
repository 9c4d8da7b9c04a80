"""``/healthz``: may this process get requests?

Answered before everything else, so that a load balancer may ask by any host name, without HTTPS,
and while the database is away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from doorstep.kernel.clock import now
from doorstep.kernel.models.heartbeat import WorkerHeartbeat

PATH = "/healthz"
FRESH = timedelta(seconds=15)
"""A worker says that it lives every 2 s; a long garbage collection or a busy disk is no death."""


class HealthMiddleware:
    """Answer ``/healthz``: 200 when ready, else 503 with what is missing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._migrated = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH:
            return self.get_response(request)
        problems = self._problems()
        status = "not ready" if problems else "ready"
        answer = JsonResponse(
            {"status": status, "problems": problems}, status=503 if problems else 200
        )
        answer["Cache-Control"] = "no-store"
        return answer

    def _problems(self) -> list[str]:
        try:
            connection.ensure_connection()
            # The tables of running code do not go back: once applied, the check is over.
            self._migrated = self._migrated or not pending_migrations()
            if not self._migrated:
                return ["migrations are to be applied: doorstep migrate"]
            return worker_problems(now())
        except DatabaseError:
            connection.close()
            return ["the database does not answer"]


def pending_migrations() -> list[str]:
    """List the migrations that are not applied yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def worker_problems(at: datetime) -> list[str]:
    """Say when no worker has given a sign of life lately."""
    last = WorkerHeartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    if last is None:
        return ["no worker runs: doorstep worker"]
    if at - last > FRESH:
        return [f"no worker has given a sign of life since {last:%Y-%m-%d %H:%M:%S} UTC"]
    return []
