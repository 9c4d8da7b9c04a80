"""Signs of life of the worker processes."""

from __future__ import annotations

from django.db import models


class WorkerHeartbeat(models.Model):
    """One running worker process and when it last said so."""

    worker_id = models.TextField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "kernel_worker_heartbeat"
