"""Times in which a customer is sold nothing."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel


class Pause(StoreModel):
    """No selling messages to a customer until something is settled, or until a last moment.

    It is in force while ``lifted_at`` is null and ``until`` lies ahead. ``until`` is never null:
    whoever puts a pause and forgets it silences nobody for good. A cause holds at most one pause
    that was not lifted; after lifting the same cause may put another.
    """

    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    cause = models.TextField()  # "tracker:<uuid>:late"
    reason = models.TextField()  # a PauseReason; rooms above bring new ones, so no CHECK
    subject_ref = models.TextField(default="")  # "order:<uuid>"
    about = models.TextField(default="")  # "order #1042": what people call it
    since = models.DateTimeField()
    until = models.DateTimeField()
    put_by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "cause"],
                condition=Q(lifted_at__isnull=True),
                name="paused_once_per_cause",
            ),
            models.CheckConstraint(condition=~Q(cause=""), name="pause_has_cause"),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_has_reason"),
            models.CheckConstraint(condition=~Q(put_by=""), name="pause_put_by"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="pause_ends"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="")
                | Q(lifted_at__isnull=False) & ~Q(lifted_by=""),
                name="pause_lifted_by",
            ),
        ]
        indexes = [
            # What the gate reads for every selling message.
            models.Index(
                fields=["store", "customer", "until"],
                name="pause_in_force",
                condition=Q(lifted_at__isnull=True),
            ),
            models.Index(fields=["store", "customer", "-since"], name="pause_by_customer"),
        ]
