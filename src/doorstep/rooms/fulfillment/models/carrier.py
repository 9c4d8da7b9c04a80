"""The carriers a store ships with, and what they offer."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel


class Carrier(StoreModel):
    """A carrier of a store."""

    code = models.TextField()
    name = models.TextField()
    provider = models.TextField(default="manual")
    tracking_url = models.TextField(default="")  # with {number}
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="carrier_code_once"),
            models.UniqueConstraint(
                fields=["store"], condition=Q(is_default=True), name="one_default_carrier"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z0-9][a-z0-9_-]{0,39}$"), name="carrier_code"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(provider=""), name="carrier_named"),
            models.CheckConstraint(
                condition=Q(tracking_url="") | Q(tracking_url__regex=r"^https?://[^{}]*\{number\}"),
                name="carrier_tracking_url",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True), name="carrier_default_is_active"
            ),
        ]


class ServiceLevel(StoreModel):
    """One of a carrier's services; times in working days."""

    carrier = models.ForeignKey(Carrier, on_delete=models.CASCADE, related_name="+", db_index=False)
    code = models.TextField()
    name = models.TextField()
    transit_days_min = models.PositiveSmallIntegerField()
    transit_days_max = models.PositiveSmallIntegerField()
    shipping_methods = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "code"], name="service_level_once"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="service_level_named"),
            models.CheckConstraint(
                condition=Q(transit_days_min__lte=F("transit_days_max"), transit_days_max__lte=365),
                name="service_level_days",
            ),
        ]
