"""How a parcel comes back: its label, and what the carrier says."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.returns.contracts import LabelState, MethodKind, Postage
from doorstep.rooms.returns.models.authorization import ReturnAuthorization
from doorstep.rooms.returns.models.columns import one_of

IN_USE = [LabelState.REQUESTED.value, LabelState.READY.value]


class ReturnLabel(StoreModel):
    """A label or a code that brings one return back. Its id is the provider's idempotency key."""

    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    method = models.TextField()
    state = models.TextField()
    provider = models.TextField()
    carrier = models.TextField(default="")
    tracking_number = models.TextField(default="")
    number_key = models.TextField(default="")  # fulfillment.normalize_number
    code = models.TextField()  # what QR code and barcode say
    document = models.BinaryField(null=True)  # the carrier's own label
    content_type = models.TextField(default="")
    code_document = models.BinaryField(null=True)  # the carrier's own picture of a code
    code_type = models.TextField(default="", db_default="")
    external_id = models.TextField(default="")  # known before it is bought: bought once by it
    words = models.TextField(default="")
    cost_minor = models.BigIntegerField(null=True)
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    settled_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)  # when its number was looked up last
    postage = models.TextField(default="", db_default="")  # of one that was given back
    # When the provider is asked next: to make it while it is requested, else to take it back.
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authorization"],
                condition=Q(state__in=IN_USE),
                name="one_label_per_return",
            ),
            models.CheckConstraint(
                condition=one_of("state", LabelState), name="return_label_state"
            ),
            models.CheckConstraint(
                condition=one_of("method", MethodKind), name="return_label_method"
            ),
            models.CheckConstraint(
                condition=one_of("postage", Postage), name="return_label_postage"
            ),
            models.CheckConstraint(
                condition=Q(state=LabelState.REQUESTED, settled_at__isnull=True)
                | ~Q(state=LabelState.REQUESTED) & Q(settled_at__isnull=False),
                name="return_label_settled_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "number_key"],
                name="return_label_by_number",
                condition=~Q(number_key=""),
            ),
            # Over all stores: the worker's next call. A few rows at any moment.
            models.Index(
                fields=["due_at"], name="return_label_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(
                fields=["authorization"],
                name="return_label_failed",
                condition=Q(state=LabelState.FAILED),
            ),
        ]


class ReturnScan(StoreModel):
    """A step of the parcel on its way back."""

    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    dedupe_key = models.TextField()
    status = models.TextField()  # tracking.contracts.TrackingStatus
    words = models.TextField(default="")
    place = models.TextField(default="")
    source = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authorization", "dedupe_key"], name="scan_once"),
        ]
