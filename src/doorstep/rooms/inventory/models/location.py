"""Where stock is kept, and how much of it is kept back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.inventory.contracts import LocationKind


class Location(StoreModel):
    """A place with shelves."""

    name = models.TextField()
    kind = models.TextField(default=LocationKind.OWN)
    priority = models.PositiveSmallIntegerField(default=100)  # smaller is asked first
    country_code = models.CharField(max_length=2, default="")
    sales_channel = models.TextField(default="")  # not "": serves this channel's orders only
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="location_name"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in LocationKind]), name="location_kind"
            ),
            models.CheckConstraint(
                condition=Q(country_code="") | Q(country_code__regex=r"^[A-Z]{2}$"),
                name="location_country",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="location_named"),
        ]


class SafetyStock(StoreModel):
    """Pieces that may not be promised: of one variant or all, to one channel or all.

    The most specific row counts: variant and channel, variant, channel, neither.
    """

    variant = models.ForeignKey("catalog.Variant", models.PROTECT, null=True, related_name="+")
    sales_channel = models.TextField(default="")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "variant", "sales_channel"],
                nulls_distinct=False,
                name="one_safety_stock",
            )
        ]
