"""Connections to platforms and the raw deliveries they sent."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from doorstep.kernel.secrets import EncryptedJSONField
from doorstep.kernel.tenancy import StoreModel

RECEIVED = "received"  # stored, due at next_attempt_at
PROCESSED = "processed"
IGNORED = "ignored"  # understood, without effect; error_detail says why
WAITING = "waiting"  # for the order named in waiting_for
REJECTED = "rejected"  # the payload is wrong: error_field says where
PARKED = "parked"  # failed too often, or needs a person
DISCARDED = "discarded"  # a person decided to let it go
STATUSES = (RECEIVED, PROCESSED, IGNORED, WAITING, REJECTED, PARKED, DISCARDED)
PROBLEMS = (REJECTED, PARKED, WAITING)


class Connection(StoreModel):
    """One shop of one platform that sends its webhooks here."""

    kind = models.TextField()  # a registered connector, e.g. "shopify"
    name = models.TextField()  # what the merchant calls it
    sales_channel = models.TextField()  # orders carry it, e.g. "shopify" or "shopify-us"
    shop_url = models.TextField(default="")
    # {"webhook": [newest, the one before], "credentials": {"api_key": …}}
    secrets: Any = EncryptedJSONField(default=dict)
    currency = models.CharField(max_length=3, default="")  # "" means the store's
    timezone = models.TextField(default="")  # "" means the store's
    stale_after_hours = models.PositiveIntegerField(default=24)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.TextField()
    # Deliveries that were refused; nothing of them is kept but that they came.
    bad_signature_count = models.PositiveBigIntegerField(default=0)
    bad_signature_since = models.DateTimeField(null=True)
    bad_signature_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="one_connection_per_name"),
            models.CheckConstraint(
                condition=Q(currency="") | Q(currency__regex=r"^[A-Z]{3}$"),
                name="connection_currency",
            ),
            models.CheckConstraint(
                condition=Q(stale_after_hours__range=(1, 24 * 365)), name="connection_stale_after"
            ),
            models.CheckConstraint(
                condition=Q(bad_signature_count=0, bad_signature_since=None, bad_signature_at=None)
                | Q(bad_signature_count__gt=0, bad_signature_since__isnull=False)
                & Q(bad_signature_at__isnull=False),
                name="connection_bad_signatures",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def webhook_secrets(self) -> list[str]:
        """Return the secrets that count now, the newest first."""
        return list(self.secrets.get("webhook", ()))

    def credentials(self) -> dict[str, str]:
        """Return what calling the platform takes, by name."""
        return dict(self.secrets.get("credentials", {}))


class Delivery(StoreModel):
    """One request of a platform, kept as its bytes came.

    No index that is not needed: this is the table with the most inserts a second.
    """

    store = models.ForeignKey("stores.Store", models.PROTECT, related_name="+", db_index=False)
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="+", db_index=False)
    topic = models.TextField()
    body = models.BinaryField()
    headers = models.JSONField(default=dict)  # only what helps to understand; never a signature
    # Platforms send again what they think got lost. The first is one sending, the second one
    # happening that may be sent under several ids.
    external_delivery_id = models.TextField(default="")
    external_event_id = models.TextField(default="")
    triggered_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    is_stale = models.BooleanField(default=False)  # triggered long before it was received
    status = models.TextField(default=RECEIVED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    waiting_for = models.TextField(default="")  # the platform's id of an order not yet here
    order_external_id = models.TextField(default="")
    error_code = models.TextField(default="")
    error_detail = models.TextField(default="")
    error_field = models.TextField(default="")  # path inside the payload
    is_retriable = models.BooleanField(default=True)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="delivery_status"),
            models.CheckConstraint(
                condition=~Q(status__in=[RECEIVED, WAITING]) | Q(next_attempt_at__isnull=False),
                name="delivery_due_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=WAITING) | ~Q(waiting_for=""), name="delivery_waits_for_order"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[RECEIVED, WAITING]) | Q(processed_at__isnull=False),
                name="delivery_done_has_time",
            ),
            models.UniqueConstraint(
                fields=["connection", "external_delivery_id"],
                condition=~Q(external_delivery_id=""),
                name="one_delivery_per_id",
            ),
            models.UniqueConstraint(
                fields=["connection", "topic", "external_event_id"],
                condition=~Q(external_event_id=""),
                name="one_delivery_per_event",
            ),
        ]
        indexes = [
            # The claim walks all stores at once, oldest first: the one index without the store.
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=Q(status__in=[RECEIVED, WAITING]),
                name="delivery_due",
            ),
            models.Index(
                fields=["connection", "waiting_for"],
                condition=Q(status=WAITING),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["store", "-received_at"],
                condition=Q(status__in=PROBLEMS) | ~Q(error_code=""),
                name="delivery_problems",
            ),
            models.Index(fields=["store", "-received_at"], name="delivery_recent"),
            # The clean-up walks all stores as well.
            models.Index(
                fields=["processed_at"],
                condition=Q(processed_at__isnull=False),
                name="delivery_finished",
            ),
            models.Index(
                fields=["store", "order_external_id"],
                condition=~Q(order_external_id=""),
                name="delivery_of_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.id}"
