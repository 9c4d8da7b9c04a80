"""Counters of the rate limiter. Short-lived and without personal data: the keys are keyed hashes."""

from __future__ import annotations

from django.db import models


class RateWindow(models.Model):
    """How often one key was hit in its current window."""

    key = models.TextField(primary_key=True)
    hits = models.PositiveIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_rate_window"
        indexes = [models.Index(fields=["expires_at"], name="rate_by_expiry")]

    def __str__(self) -> str:
        return f"{self.hits} hits until {self.expires_at:%H:%M:%S}"
