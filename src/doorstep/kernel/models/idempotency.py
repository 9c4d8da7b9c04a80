"""Answers kept for callers who ask the same thing twice with an idempotency key."""

from __future__ import annotations

from django.db import models

from doorstep.kernel.ids import new_id


class IdempotencyRecord(models.Model):
    """One finished request and the answer it got.

    There is no "in progress" row: while a request runs, its transaction holds an advisory lock,
    which the database gives back by itself when the process dies.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    scope = models.TextField()  # the endpoint: one key may be used once for each
    key = models.TextField()
    request_hash = models.TextField()
    response_status = models.PositiveSmallIntegerField()
    response_body = models.JSONField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_idempotency_record"
        constraints = [
            models.UniqueConstraint(fields=["store_id", "scope", "key"], name="idempotency_once"),
            models.CheckConstraint(
                condition=models.Q(response_status__gte=200, response_status__lt=600),
                name="idempotency_status",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_by_expiry")]

    def __str__(self) -> str:
        return f"{self.scope} answered {self.response_status}"
