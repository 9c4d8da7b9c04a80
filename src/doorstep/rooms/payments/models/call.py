"""What vendors are to be asked: the intents that join the transaction of their cause."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.payments.contracts import CallKind, CallState


class Call(StoreModel):
    """One thing to ask a vendor, asked until the answer is known.

    A claim moves ``due_at`` behind its lease and counts ``attempts``; an answer counts only for
    the attempt that asked. Whoever dies in between leaves it due again, under the same key.
    """

    kind = models.TextField()
    row_id = models.UUIDField()  # of the refund, the link or the charge
    state = models.TextField(default=CallState.DUE)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    first_asked_at = models.DateTimeField(null=True)
    words = models.TextField(default="")  # what came of the last attempt
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "row_id"],
                condition=~Q(state=CallState.DONE),
                name="pay_call_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in CallKind]), name="pay_call_kind"
            ),
            models.CheckConstraint(
                condition=Q(state=CallState.DUE, due_at__isnull=False, done_at=None)
                | Q(state=CallState.PARKED, due_at=None, done_at=None)
                | Q(state=CallState.DONE, due_at=None, done_at__isnull=False),
                name="pay_call_state",
            ),
        ]
        indexes = [
            # The claim walks all stores, oldest first.
            models.Index(fields=["due_at"], condition=Q(state=CallState.DUE), name="pay_call_due"),
            models.Index(
                fields=["store", "-made_at"],
                condition=Q(state=CallState.PARKED) | Q(state=CallState.DUE, attempts__gt=0),
                name="pay_call_troubles",
            ),
            models.Index(fields=["row_id"], name="pay_call_by_row"),
        ]
