"""Batches: messages that differ only in whom they go to, and the gate's word many of them share."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Purpose


class MessageBatch(StoreModel):
    """What the messages of one journey's step, or of one campaign, have in common.

    ``key`` is what makes it one: the step of a version, the campaign. ``stopped_at`` is looked at
    by the sender's claim, so that a stop counts from the next message on.
    """

    key = models.TextField()
    kind = models.TextField()
    purpose = models.TextField()
    topic = models.TextField(default="")
    channel = models.TextField(default="")  # "": the best one for each
    source = models.TextField(default="")  # who composes the context when it is rendered
    context = models.JSONField(default=dict)
    label = models.TextField(default="")  # what people call it
    priority = models.PositiveSmallIntegerField(default=50)
    created_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key"], name="message_batch_key"),
            models.CheckConstraint(
                condition=Q(purpose__in=[p.value for p in Purpose]), name="message_batch_purpose"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_by="")
                | Q(stopped_at__isnull=False) & ~Q(stopped_by=""),
                name="message_batch_stopped_by",
            ),
            models.CheckConstraint(condition=~Q(key=""), name="message_batch_has_key"),
        ]


class GateVerdict(StoreModel):
    """A decision of the gate that many messages share, word for word. Rows are never changed.

    A step that runs for a hundred thousand people meets a few dozen different situations; each is
    decided and kept once, and every message points to its own.
    """

    fingerprint = models.TextField()  # of everything below
    outcome = models.TextField()
    reason = models.TextField()
    words = models.TextField()
    trace = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "fingerprint"], name="gate_verdict_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["send", "defer", "drop"]), name="gate_verdict_outcome"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="gate_verdict_has_reason"),
        ]
