"""Requests to pay."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.payments.contracts import Capture, LinkState
from doorstep.rooms.payments.models.charge import Charge

OPEN_STATES = (LinkState.REQUESTED, LinkState.OPEN)
ENDINGS = (LinkState.EXPIRED, LinkState.CANCELED)


class PaymentLink(StoreModel):
    """So much for one cause. The vendor's page (``url``) may be made anew while it is open."""

    subject = models.TextField()
    cause = models.TextField()
    key = models.TextField()
    provider = models.TextField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    capture = models.TextField(default=Capture.NOW)
    words = models.TextField()
    email = models.TextField(default="")
    state = models.TextField(default=LinkState.REQUESTED)
    # What it becomes once the vendor has closed its page; until then it could still be paid.
    ending = models.TextField(default="")
    url = models.TextField(default="")
    external_id = models.TextField(default="")
    page_expires_at = models.DateTimeField(null=True)
    pages = models.PositiveIntegerField(default=0)  # how many the vendor was asked for
    problem = models.TextField(default="")  # why the vendor would not make it
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "cause"], name="pay_link_once_per_cause"),
            models.CheckConstraint(
                condition=Q(state__in=[one.value for one in LinkState]), name="pay_link_state"
            ),
            models.CheckConstraint(
                condition=Q(capture__in=[one.value for one in Capture]), name="pay_link_capture"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pay_link_amount"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="pay_link_currency"
            ),
            models.CheckConstraint(
                condition=Q(ending="") | Q(ending__in=ENDINGS), name="pay_link_ending"
            ),
            models.CheckConstraint(
                condition=Q(state=LinkState.PAID, charge__isnull=False)
                | ~Q(state=LinkState.PAID) & Q(charge=None),
                name="pay_link_paid_by_charge",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, ended_at=None)
                | ~Q(state__in=OPEN_STATES) & Q(ended_at__isnull=False),
                name="pay_link_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state=LinkState.OPEN) | ~Q(url="") & ~Q(external_id=""),
                name="pay_link_open_has_page",
            ),
            models.CheckConstraint(
                condition=~Q(subject="") & ~Q(cause="") & ~Q(key="") & ~Q(words=""),
                name="pay_link_named",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "subject", "-requested_at"], name="pay_link_by_subject"),
            # The loop that ends what is over walks all stores.
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=OPEN_STATES, ending="", expires_at__isnull=False),
                name="pay_link_to_end",
            ),
        ]
