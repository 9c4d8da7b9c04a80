"""Dry runs: a journey over a past span, and every message it would have asked for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.journeys.models.journey import Journey


class DryRun(StoreModel):
    """One look into the past. ``result`` is filled in at the end; ``done_until`` is the progress.

    ``beat_at`` is a sign of life of the worker at it: without one for a minute another begins anew.
    """

    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="+", db_index=False)
    definition = models.JSONField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    status = models.TextField(default="queued")
    done_until = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    worker = models.TextField(default="")
    result = models.JSONField(null=True)
    problem = models.TextField(default="")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "done", "failed", "canceled"]),
                name="dry_run_status",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="dry_run_span"),
            models.CheckConstraint(
                condition=Q(result__isnull=False) | ~Q(status="done"), name="dry_run_result"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "journey", "-asked_at"], name="dry_run_newest"),
            models.Index(
                fields=["asked_at"],
                name="dry_run_open",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]


class DryRunLine(models.Model):
    """One message somebody would have got, or would not have got and why."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    run = models.ForeignKey(DryRun, on_delete=models.CASCADE, related_name="+", db_index=False)
    journey_id = models.UUIDField()  # the tried one, or another that is live
    customer_id = models.UUIDField()
    order_id = models.UUIDField(null=True)
    step = models.TextField()
    at = models.DateTimeField()  # when it would have gone (what waits: when it would have asked)
    outcome = models.TextField()  # send, defer, drop
    channel = models.TextField()
    reason = models.TextField()
    words = models.TextField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    all_stores = models.Manager()  # noqa: DJ012 (the order decides which is the default)

    class Meta:
        indexes = [
            models.Index(fields=["run", "journey_id", "at", "id"], name="dry_run_line_time"),
            models.Index(fields=["run", "customer_id"], name="dry_run_line_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}: {self.step} {self.outcome}"
