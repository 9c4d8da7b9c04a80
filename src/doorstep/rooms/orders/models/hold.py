"""Holds: why an order waits. The order is on hold exactly while one of them is open."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.orders.contracts import HoldReason
from doorstep.rooms.orders.rules.holds import LIFTED_HOW


class Hold(StoreModel):
    """One reason to wait, from when until when, and who or what ended it."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.TextField()
    details = models.JSONField(default=dict)  # by reason, see contracts.HoldView
    placed_at = models.DateTimeField()
    placed_by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(default="")
    lifted_how = models.TextField(default="")
    until_at = models.DateTimeField(null=True)  # of delays: when it lifts itself

    class Meta:
        constraints = [
            # One open hold a reason: two workers that both find the cause leave one hold.
            models.UniqueConstraint(
                fields=["order", "reason"],
                condition=Q(lifted_at__isnull=True),
                name="one_open_hold_per_reason",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=[r.value for r in HoldReason]), name="hold_reason"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="", lifted_how="")
                | Q(lifted_at__gte=F("placed_at"), lifted_how__in=LIFTED_HOW) & ~Q(lifted_by=""),
                name="hold_lifted_at_by",
            ),
            models.CheckConstraint(condition=~Q(placed_by=""), name="hold_placed_by"),
            models.CheckConstraint(
                condition=Q(reason=HoldReason.DELAYED.value, until_at__isnull=False)
                | ~Q(reason=HoldReason.DELAYED.value) & Q(until_at__isnull=True),
                name="hold_until",
            ),
        ]
        indexes = [
            models.Index(fields=["order", "-placed_at"], name="hold_by_order"),
            # Filters by reason, and "whose stock is missing" when some arrives
            models.Index(
                fields=["store", "reason", "order"],
                name="hold_open_by_reason",
                condition=Q(lifted_at__isnull=True),
            ),
            # The sweep over all stores for delays that are over reads what is due, no more.
            models.Index(
                fields=["until_at"],
                name="hold_due",
                condition=Q(lifted_at__isnull=True, until_at__isnull=False),
            ),
        ]
