"""Campaigns: one message to everybody in a segment, once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.journeys.contracts import CampaignStatus


class Campaign(StoreModel):
    """One sending. ``asked_after`` is the last member it has asked a message for.

    ``send_on`` is a wall clock time: of the store, or of each recipient (``in_their_zone``).
    """

    name = models.TextField()
    status = models.TextField(default=CampaignStatus.DRAFT)
    segment = models.ForeignKey(
        "audiences.Segment", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    template = models.TextField()
    purpose = models.TextField(default="marketing")
    topic = models.TextField(default="")
    channel = models.TextField(default="best")
    priority = models.PositiveSmallIntegerField(default=50)
    send_on = models.TextField(default="")  # "2026-12-01T09:00", "": at once
    in_their_zone = models.BooleanField(default=False)
    per_minute = models.PositiveIntegerField(null=True)  # throttle; null: as fast as it goes
    holdout_percent = models.PositiveSmallIntegerField(default=0)
    begins_at = models.DateTimeField(null=True)  # when asking begins; set by starting it
    batch_id = models.UUIDField(null=True)
    audience = models.PositiveIntegerField(default=0)  # members asked so far, held out included
    asked_after = models.UUIDField(null=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when everybody had been asked for
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in CampaignStatus]), name="campaign_status"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["service", "marketing"]), name="campaign_purpose"
            ),
            models.CheckConstraint(condition=Q(holdout_percent__lte=50), name="campaign_holdout"),
            models.CheckConstraint(
                condition=Q(per_minute__isnull=True) | Q(per_minute__gt=0), name="campaign_throttle"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=False) | ~Q(status="stopped"),
                name="campaign_stopped_at",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="campaign_has_name"),
        ]
        indexes = [
            models.Index(fields=["store", "-created_at"], name="campaign_newest"),
            models.Index(
                fields=["begins_at"],
                name="campaign_running",
                condition=Q(status__in=["scheduled", "sending"]),
            ),
        ]


class CampaignRecipient(models.Model):
    """One person of a campaign: the message asked for, or held out to compare with."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    message_id = models.UUIDField(null=True)
    is_holdout = models.BooleanField(default=False)
    at = models.DateTimeField()
    # The first order within the campaign's days, whoever or whatever caused it.
    ordered_at = models.DateTimeField(null=True)
    order_minor = models.BigIntegerField(null=True)
    order_currency = models.TextField(default="")

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    all_stores = models.Manager()  # noqa: DJ012 (the order decides which is the default)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="campaign_once_each"),
        ]
        indexes = [
            models.Index(
                fields=["store", "customer", "-at"],
                name="campaign_open_result",
                condition=Q(ordered_at__isnull=True),
            ),
            # Few of many: what the results are made of.
            models.Index(
                fields=["campaign"],
                name="campaign_outcomes",
                condition=Q(is_holdout=True) | Q(ordered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.customer_id}"
