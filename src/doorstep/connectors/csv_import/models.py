"""Import runs, what went wrong in them, and the bytes of uploads that wait for the worker."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel

QUEUED, RUNNING, FINISHED, FAILED = "queued", "running", "finished", "failed"
STATUSES = (QUEUED, RUNNING, FINISHED, FAILED)
MODES = ("history", "live")


class ImportRun(StoreModel):
    """One file being imported, or that was. A killed run goes on behind ``orders_seen``."""

    file_name = models.TextField()
    file_sha256 = models.CharField(max_length=64)
    file_bytes = models.PositiveBigIntegerField()
    format = models.TextField()
    mode = models.TextField()
    sales_channel = models.TextField()
    status = models.TextField(default=QUEUED)
    lines_done = models.PositiveBigIntegerField(default=0)
    orders_seen = models.PositiveBigIntegerField(default=0)
    orders_new = models.PositiveBigIntegerField(default=0)
    orders_known = models.PositiveBigIntegerField(default=0)
    orders_refused = models.PositiveBigIntegerField(default=0)
    problem_count = models.PositiveBigIntegerField(default=0)
    failure = models.TextField(default="")  # why the file as a whole could not be read
    started_at = models.DateTimeField()
    started_by = models.TextField()
    started_by_label = models.TextField(default="")
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="import_status"),
            models.CheckConstraint(condition=Q(mode__in=MODES), name="import_mode"),
            models.CheckConstraint(
                condition=Q(status__in=[QUEUED, RUNNING], finished_at__isnull=True)
                | Q(status__in=[FINISHED, FAILED], finished_at__isnull=False),
                name="import_finished_at",
            ),
            models.CheckConstraint(
                condition=Q(orders_seen=F("orders_new") + F("orders_known") + F("orders_refused")),
                name="import_adds_up",
            ),
            # One file, one run at a time: a second start goes on with the first.
            models.UniqueConstraint(
                fields=["store", "file_sha256", "sales_channel", "mode"],
                condition=Q(status__in=[QUEUED, RUNNING]),
                name="one_open_import_per_file",
            ),
        ]
        indexes = [models.Index(fields=["store", "-started_at"], name="import_recent")]

    def __str__(self) -> str:
        return self.file_name


class ImportProblem(StoreModel):
    """One thing wrong in a file."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="+")
    line = models.PositiveBigIntegerField()
    column = models.TextField(default="")
    message = models.TextField()
    order_name = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["run", "line"], name="import_problem_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class UploadPiece(StoreModel):
    """Part of an uploaded file, so that any worker can reach it; gone when the run ends."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="+")
    place = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="one_piece_per_place")]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.place}"
