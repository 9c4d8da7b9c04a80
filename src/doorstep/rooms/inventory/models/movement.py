"""The ledger of the shelves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.inventory.contracts import MovementReason
from doorstep.rooms.inventory.models.stock import StockLevel


class StockMovement(StoreModel):
    """One change of ``on_hand``. Append-only by trigger; the deltas of a level sum up to it."""

    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="+")
    delta = models.IntegerField()
    on_hand_after = models.IntegerField()
    reason = models.TextField()
    note = models.TextField(default="")
    cause = models.TextField(default="")  # "order_line:<uuid>" of what was shipped
    at = models.DateTimeField()
    by = models.TextField()
    by_label = models.TextField(default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(delta=0), name="movement_moves"),
            models.CheckConstraint(condition=Q(on_hand_after__gte=0), name="movement_after"),
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in MovementReason]),
                name="movement_reason",
            ),
        ]
        indexes = [models.Index(fields=["store", "level", "-at"], name="movement_by_level")]
