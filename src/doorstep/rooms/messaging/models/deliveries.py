"""The ways out, and what providers report afterwards."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from doorstep.kernel.secrets import EncryptedJSONField
from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel


class SenderConnection(StoreModel):
    """A provider a store sends one channel through. At most one per channel is active."""

    channel = models.TextField()
    provider = models.TextField()
    name = models.TextField(default="")
    settings: Any = EncryptedJSONField(default=dict)  # str to str, see ports.SettingField
    from_name = models.TextField(default="")
    from_address = models.TextField(default="")  # an e-mail address, or a phone number / sender id
    reply_to = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel"],
                condition=Q(is_active=True),
                name="one_active_sender_per_channel",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="sender_channel"
            ),
        ]


class DeliveryEvent(StoreModel):
    """What a provider told us about a message (or about one we do not know: message is null).

    ``dedupe_key`` makes a repeated webhook change nothing. ``raw`` keeps the provider's words.
    """

    # null: not a provider's report but a look or click at our own addresses
    connection = models.ForeignKey(
        SenderConnection, on_delete=models.PROTECT, null=True, related_name="+"
    )
    message = models.ForeignKey(
        "messaging.Message", on_delete=models.PROTECT, null=True, related_name="+"
    )
    provider = models.TextField()
    kind = models.TextField()
    is_permanent = models.BooleanField(default=False)  # of a bounce: hard
    channel = models.TextField()
    recipient = models.TextField(default="")
    provider_message_id = models.TextField(default="")
    description = models.TextField(default="")
    dedupe_key = models.TextField()
    raw = models.JSONField(default=dict)
    # Opened or clicked by a scanner or a prefetcher, and how that shows (rules/machines.py).
    by_machine = models.BooleanField(default=False, db_default=False)
    machine_reason = models.TextField(default="", db_default="")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "provider", "dedupe_key"], name="delivery_event_once"
            ),
            models.CheckConstraint(condition=~Q(dedupe_key=""), name="delivery_event_has_key"),
        ]
        indexes = [
            models.Index(fields=["store", "message", "occurred_at"], name="delivery_by_message"),
            models.Index(fields=["store", "-received_at"], name="delivery_newest"),
        ]
