"""How the days of arrival changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel

REVISE_REASONS = (
    "",
    "carrier_update",
    "carrier_delay",
    "weather",
    "customs",
    "missed_delivery",
    "no_movement",
    "weekend_holiday",
    "address_problem",
    "other",
)


class EstimateRevision(StoreModel):
    """One estimate that held from ``revised_at`` until the next one."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    tracker = models.ForeignKey(
        "tracking.Tracker", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    from_date = models.DateField(null=True)
    to_date = models.DateField(null=True)
    previous_to = models.DateField(null=True)
    source = models.TextField(default="")
    is_sure = models.BooleanField(default=False)
    reason = models.TextField(default="")
    revised_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=REVISE_REASONS), name="estimate_revision_reason"
            ),
            models.CheckConstraint(
                condition=Q(from_date__isnull=True, to_date__isnull=True)
                | Q(from_date__lte=F("to_date")),
                name="estimate_revision_range",
            ),
        ]
        indexes = [models.Index(fields=["tracker", "-revised_at"], name="estimate_by_tracker")]
