"""The ways out, how they are doing, and what providers report afterwards."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from doorstep.kernel.secrets import EncryptedJSONField
from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel


class SenderConnection(StoreModel):
    """A provider a store sends one channel through.

    Of a channel's active ones the first by ``position`` is used; the next while that one fails.
    """

    channel = models.TextField()
    provider = models.TextField()
    name = models.TextField(default="")
    settings: Any = EncryptedJSONField(default=dict)  # str to str, see ports.SettingField
    from_name = models.TextField(default="")
    from_address = models.TextField(default="")  # an e-mail address, or a phone number / sender id
    reply_to = models.TextField(default="")
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0, db_default=0)
    per_second = models.PositiveIntegerField(null=True)  # messages at most; null: no limit of ours
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel", "position"],
                condition=Q(is_active=True),
                name="sender_position",
            ),
            models.CheckConstraint(
                condition=Q(per_second__isnull=True) | Q(per_second__gt=0), name="sender_per_second"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="sender_channel"
            ),
        ]


class SenderState(StoreModel):
    """How a way out is doing; apart from its settings, which senders watch for changes.

    Kept by all workers together. A row is made when there is something to say.
    """

    connection = models.OneToOneField(SenderConnection, on_delete=models.PROTECT, related_name="+")
    free_at = models.DateTimeField(null=True)  # with a rate limit: when the next message may go
    failures = models.PositiveIntegerField(default=0)  # transient ones in a row
    failing_since = models.DateTimeField(null=True)
    resting_until = models.DateTimeField(null=True)  # not tried before, if there is another way
    rests = models.PositiveSmallIntegerField(default=0)  # in a row; each is longer
    words = models.TextField(default="")  # what the provider said last

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failures=0, failing_since__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False),
                name="sender_failing_since",
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
    # The message's own, so that a batch's looks are counted without its messages.
    batch = models.ForeignKey(
        "messaging.MessageBatch",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,  # copied from the message
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
            # What people did with a batch's messages; each message once is a walk through this.
            models.Index(
                fields=["batch", "kind", "message"],
                name="delivery_by_batch",
                condition=Q(
                    batch__isnull=False,
                    by_machine=False,
                    kind__in=["opened", "clicked", "unsubscribed"],
                ),
            ),
        ]
