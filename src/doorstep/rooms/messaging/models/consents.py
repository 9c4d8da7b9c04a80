"""What people allow, and which addresses must not be written to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose, SuppressionReason


class Consent(StoreModel):
    """One thing a person said. The log only grows; the newest row per key is in force."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    channel = models.TextField()
    purpose = models.TextField()
    topic = models.TextField(default="")
    state = models.TextField()
    source = models.TextField()
    # The exact words the person saw; null where we were not told (an import, an answered STOP).
    wording = models.ForeignKey(
        "messaging.ConsentWording",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    proof = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ConsentState]), name="consent_state"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="consent_channel"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=[p.value for p in Purpose]), name="consent_purpose"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="consent_has_source"),
        ]
        indexes = [
            models.Index(
                fields=["store", "customer", "channel", "purpose", "topic", "-at", "-id"],
                name="consent_in_force",
            )
        ]


class Suppression(StoreModel):
    """An address that is not written to until the suppression is lifted."""

    channel = models.TextField()
    address = models.TextField()  # normalised by rules/addresses.py
    reason = models.TextField()
    source = models.TextField()
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel", "address", "reason"],
                condition=Q(lifted_at__isnull=True),
                name="suppressed_once",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=[r.value for r in SuppressionReason]),
                name="suppression_reason",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="suppression_channel"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="")
                | Q(lifted_at__isnull=False) & ~Q(lifted_by=""),
                name="suppression_lifted_by",
            ),
            models.CheckConstraint(condition=~Q(address=""), name="suppression_has_address"),
        ]
        indexes = [models.Index(fields=["store", "-since"], name="suppression_newest")]
