"""Money that came in, or is held."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.payments.contracts import ChargeState

UNTAKEN = (ChargeState.AUTHORIZED, ChargeState.VOIDED, ChargeState.FAILED)


class Charge(StoreModel):
    """One payment. Its row lock is the right to refund, capture or void it."""

    subject = models.TextField()
    cause = models.TextField()
    key = models.TextField()  # of its events
    provider = models.TextField()
    external_id = models.TextField(default="")
    method_label = models.TextField(default="")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)  # back, or on its way back
    state = models.TextField()
    # What was asked of a hold: "" nothing yet, "capture" (so much) or "void".
    wish = models.TextField(default="")
    wish_minor = models.BigIntegerField(null=True)
    words = models.TextField(default="")
    charged_at = models.DateTimeField()
    hold_ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # voided or failed
    by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "provider", "external_id", "cause"],
                name="pay_charge_once_per_cause",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in ChargeState]), name="pay_charge_state"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="pay_charge_currency"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & Q(captured_minor__gte=0, captured_minor__lte=F("amount_minor")),
                name="pay_charge_amounts",
            ),
            # The last word on refunding too much: whatever the code does, this can't be committed.
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("captured_minor")),
                name="pay_charge_never_over_refunded",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNTAKEN, captured_minor=0)
                | ~Q(state__in=UNTAKEN) & Q(captured_minor__gt=0),
                name="pay_charge_captured_when_taken",
            ),
            models.CheckConstraint(
                condition=Q(wish="", wish_minor=None)
                | Q(wish="void", wish_minor=None)
                # Unknown counts as true in a CHECK: an amount that is missing is named as well.
                | Q(wish="capture", wish_minor__isnull=False)
                & Q(wish_minor__gt=0, wish_minor__lte=F("amount_minor")),
                name="pay_charge_wish",
            ),
            models.CheckConstraint(
                condition=~Q(subject="") & ~Q(cause="") & ~Q(key="") & ~Q(provider=""),
                name="pay_charge_named",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "subject", "-charged_at"], name="pay_charge_by_subject"),
            models.Index(
                fields=["store", "provider", "external_id"], name="pay_charge_by_external"
            ),
        ]
