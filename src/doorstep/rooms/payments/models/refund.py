"""Money on its way back."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.payments.contracts import RefundState
from doorstep.rooms.payments.models.charge import Charge

SETTLED = (RefundState.SUCCEEDED, RefundState.FAILED)


class Refund(StoreModel):
    """So much of one charge, once per cause. Its id is the vendor's idempotency key."""

    charge = models.ForeignKey(Charge, models.PROTECT, related_name="+")
    subject = models.TextField()
    cause = models.TextField()
    key = models.TextField()
    provider = models.TextField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason = models.TextField(default="")
    details: Any = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.TextField(default=RefundState.REQUESTED)
    external_id = models.TextField(default="")
    words = models.TextField(default="")
    is_noticed = models.BooleanField(default=False)  # made at the vendor, not asked for here
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "charge", "cause"], name="pay_refund_once_per_cause"
            ),
            models.UniqueConstraint(
                # A shop's number for it: two shops of one kind may count alike.
                fields=["charge", "external_id"],
                condition=~Q(external_id=""),
                name="pay_refund_once_per_charge",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in RefundState]), name="pay_refund_state"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pay_refund_amount"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="pay_refund_currency"
            ),
            models.CheckConstraint(
                condition=Q(state__in=SETTLED, settled_at__isnull=False) & ~Q(settled_by="")
                | ~Q(state__in=SETTLED) & Q(settled_at=None, settled_by=""),
                name="pay_refund_settled",
            ),
            models.CheckConstraint(
                condition=~Q(subject="") & ~Q(cause="") & ~Q(key=""), name="pay_refund_named"
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "subject", "-requested_at"], name="pay_refund_by_subject"
            ),
            models.Index(
                fields=["store", "-requested_at"],
                condition=Q(state=RefundState.NEEDS_PERSON),
                name="pay_refund_needs_person",
            ),
        ]
