"""Endpoints, what is to be sent to each, and every try to send it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from doorstep.kernel.secrets import EncryptedJSONField
from doorstep.kernel.tenancy import StoreModel

PENDING = "pending"  # due at next_attempt_at
SENDING = "sending"  # claimed until next_attempt_at
DELIVERED = "delivered"
FAILED = "failed"  # every try failed; a person may replay it
PARKED = "parked"  # its endpoint was disabled meanwhile: goes out when that is enabled again
DISCARDED = "discarded"  # a person let it go
STATUSES = (PENDING, SENDING, DELIVERED, FAILED, PARKED, DISCARDED)
OPEN = (PENDING, SENDING)

BY_HAND = "by_hand"
GONE = "gone"  # it answered 410
FAILING = "failing"  # nothing arrived for days
DISABLED_REASONS = (BY_HAND, GONE, FAILING)


class Endpoint(StoreModel):
    """An address of the merchant's that wants to hear what happens."""

    url = models.TextField()
    description = models.TextField(default="")
    event_types = models.JSONField(default=list)  # public names; empty: all, also later ones
    secrets: Any = EncryptedJSONField(default=dict)  # {"current": "whsec_…", "previous": "whsec_…"}
    # The secret before signs along until then, so that a receiver can change over in peace.
    previous_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.TextField(default="")
    # The first failure since the last success.
    failing_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.TextField()
    # Gone for everybody; the clean-up deletes what was sent to it, bit by bit, and then the row.
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, disabled_at=None, disabled_reason="")
                | Q(
                    is_active=False,
                    disabled_at__isnull=False,
                    disabled_reason__in=DISABLED_REASONS,
                ),
                name="endpoint_disabled",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(is_active=False), name="endpoint_deleted"
            ),
            models.CheckConstraint(condition=~Q(url=""), name="endpoint_has_url"),
        ]
        indexes = [
            models.Index(
                fields=["store", "created_at"],
                condition=Q(deleted_at=None),
                name="endpoint_by_store",
            ),
        ]

    def __str__(self) -> str:
        return f"endpoint {self.id}"


class Delivery(StoreModel):
    """One happening for one endpoint. The body is the very text that is signed and sent."""

    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="+", db_index=False)
    # The same for every try and replay of a happening: what receivers tell repetitions by.
    webhook_id = models.TextField()
    event_type = models.TextField()
    position = models.BigIntegerField(null=True)  # in the event log; null: a test
    subject = models.TextField(default="")  # "order:<uuid>"
    body = models.TextField()
    status = models.TextField(default=PENDING)
    attempts = models.PositiveIntegerField(default=0)  # claims ever made: the fence of a claim
    failures = models.PositiveSmallIntegerField(default=0)  # since it was made or replayed
    lost_leases = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    claimed_by = models.TextField(default="")
    last_status_code = models.PositiveSmallIntegerField(null=True)
    last_error = models.TextField(default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "webhook_id"], name="webhook_once_per_endpoint"
            ),
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="webhook_status"),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, next_attempt_at__isnull=False, finished_at=None)
                | Q(
                    status__in=[DELIVERED, FAILED, DISCARDED],
                    next_attempt_at=None,
                    finished_at__isnull=False,
                )
                | Q(status=PARKED, next_attempt_at=None, finished_at=None),
                name="webhook_times",
            ),
            models.CheckConstraint(
                condition=~Q(status=SENDING) | ~Q(claimed_by=""), name="webhook_claimed"
            ),
        ]
        indexes = [
            # The claim asks for each endpoint what is due, oldest first.
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(status__in=OPEN),
                name="webhook_due",
            ),
            models.Index(fields=["store", "-id"], name="webhook_recent"),
            models.Index(fields=["endpoint", "-id"], name="webhook_of_endpoint"),
            models.Index(
                fields=["store", "-id"],
                condition=Q(status__in=[FAILED, PARKED]),
                name="webhook_problems",
            ),
            # The clean-up walks all stores.
            models.Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False),
                name="webhook_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.webhook_id}"


class Attempt(StoreModel):
    """One request and what came back."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="+", db_index=False)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    signature = models.TextField()  # the header as it was sent
    status_code = models.PositiveSmallIntegerField(null=True)  # null: no answer
    error = models.TextField(default="")  # why it does not count as delivered; empty: it does
    duration_ms = models.PositiveIntegerField()
    response_body = models.TextField(default="")  # its first kilobyte

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="attempt_once"),
            models.CheckConstraint(
                condition=Q(status_code__isnull=False) | ~Q(error=""), name="attempt_has_outcome"
            ),
        ]
        # What the charts count.
        indexes = [models.Index(fields=["endpoint", "at"], name="attempt_by_time")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.delivery_id}"
