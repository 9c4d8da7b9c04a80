"""How much of what lies where, and for whom."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.inventory.contracts import ReservationState
from doorstep.rooms.inventory.models.location import Location


class StockLevel(StoreModel):
    """The pieces of one variant at one location. Its row lock is the right to promise them."""

    variant = models.ForeignKey("catalog.Variant", models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, models.PROTECT, related_name="+")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "variant", "location"], name="one_level"),
            # The last word on overselling: whatever the code does, this can't be committed.
            models.CheckConstraint(
                condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="nothing_oversold"
            ),
        ]
        indexes = [models.Index(fields=["store", "location"], name="level_by_location")]


class Reservation(StoreModel):
    """Pieces at one location held for one cause."""

    level = models.ForeignKey(StockLevel, models.PROTECT, related_name="+")
    variant = models.ForeignKey("catalog.Variant", models.PROTECT, related_name="+")
    cause = models.TextField()
    subject = models.TextField(default="")
    quantity = models.PositiveIntegerField()
    state = models.TextField(default=ReservationState.ACTIVE)
    reserved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "cause", "level"],
                condition=Q(state=ReservationState.ACTIVE),
                name="held_once_per_cause",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in ReservationState]),
                name="reservation_state",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity"),
            models.CheckConstraint(
                condition=Q(state=ReservationState.ACTIVE, ended_at__isnull=True)
                | ~Q(state=ReservationState.ACTIVE) & Q(ended_at__isnull=False),
                name="reservation_ended",
            ),
            models.CheckConstraint(condition=~Q(cause=""), name="reservation_cause"),
        ]
        indexes = [
            models.Index(fields=["store", "cause"], name="reservation_by_cause"),
            models.Index(
                fields=["store", "variant", "-reserved_at"], name="reservation_by_variant"
            ),
            # Whom a count below the reserved number takes pieces from.
            models.Index(
                fields=["level", "-reserved_at", "-id"],
                name="reservation_newest",
                condition=Q(state=ReservationState.ACTIVE),
            ),
        ]
