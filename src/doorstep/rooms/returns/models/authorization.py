"""A return: what a shopper may send back of one order, and how far it has come."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.returns.contracts import (
    LabelPayer,
    MethodKind,
    Outcome,
    RefundTrigger,
    ReturnKind,
    ReturnState,
)
from doorstep.rooms.returns.models.columns import one_of, pair
from doorstep.rooms.returns.models.policy import PolicyVersion

# What somebody still has to do something about.
LIVE = [ReturnState.REQUESTED.value, ReturnState.APPROVED.value]


class ReturnCounter(StoreModel):
    """The last number given to people, per store and kind ("R", "W")."""

    prefix = models.CharField(max_length=1)
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "prefix"], name="return_counter_once")
        ]


class ReturnAuthorization(StoreModel):
    """One return of one order.

    Approval, arrival, inspection and payment are instants of their own: a return may be paid
    before it arrives, and arrive before it is approved. Whose it is stands in its order alone.
    """

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.TextField()  # "R-1042"
    kind = models.TextField()
    state = models.TextField()
    method = models.TextField()
    key = models.TextField()  # of the form: sent twice it is one return
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    trigger = models.TextField()
    label_payer = models.TextField(default=LabelPayer.STORE)
    label_fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    value_minor = models.BigIntegerField()  # what was paid for the pieces that may come back
    pieces = models.PositiveIntegerField()
    is_kept = models.BooleanField(default=False)  # nothing of it has to come back

    for_recipient = models.BooleanField(default=False)
    recipient_email = models.TextField(default="")
    recipient_name = models.TextField(default="")
    locale = models.TextField(default="")
    review_reasons = models.JSONField(default=list)  # words
    note = models.TextField(default="")  # of who decided
    details = models.JSONField(default=dict)  # what else the form said, e.g. {"rest": "source"}
    search_text = models.TextField(default="")
    is_test = models.BooleanField(default=False)

    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.TextField(default="")
    ended_at = models.DateTimeField(null=True)  # declined, canceled, expired, closed
    ended_by = models.TextField(default="")
    expires_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    scanned_at = models.DateTimeField(null=True)  # the carrier's first scan
    missing_at = models.DateTimeField(null=True)  # scanned, but never came
    received_at = models.DateTimeField(null=True)  # the first piece
    complete_at = models.DateTimeField(null=True)  # no more is expected
    inspected_at = models.DateTimeField(null=True)  # every piece that came
    settled_at = models.DateTimeField(null=True)  # everything owed was booked
    watch_at = models.DateTimeField(null=True)  # when a clock looks at it next

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="return_number"),
            models.UniqueConstraint(fields=["order", "key"], name="return_once_per_form"),
            models.CheckConstraint(condition=one_of("state", ReturnState), name="return_state"),
            models.CheckConstraint(condition=one_of("kind", ReturnKind), name="return_kind"),
            models.CheckConstraint(condition=one_of("method", MethodKind), name="return_method"),
            models.CheckConstraint(
                condition=one_of("trigger", RefundTrigger), name="return_trigger"
            ),
            models.CheckConstraint(
                condition=one_of("label_payer", LabelPayer), name="return_label_payer"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="return_currency"
            ),
            models.CheckConstraint(
                condition=Q(label_fee_minor__gte=0, value_minor__gte=0, pieces__gte=1),
                name="return_amounts",
            ),
            models.CheckConstraint(condition=pair("approved"), name="return_approved_at_by"),
            models.CheckConstraint(condition=pair("ended"), name="return_ended_at_by"),
            models.CheckConstraint(
                condition=Q(state=ReturnState.REQUESTED, approved_at__isnull=True)
                | Q(state=ReturnState.APPROVED, approved_at__isnull=False)
                | ~Q(state__in=LIVE),
                name="return_approved_fits",
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at__isnull=True)
                | ~Q(state__in=LIVE) & Q(ended_at__isnull=False),
                name="return_ended_fits",
            ),
            models.CheckConstraint(
                condition=Q(for_recipient=True) | Q(recipient_email="", recipient_name=""),
                name="return_recipient",
            ),
            models.CheckConstraint(
                condition=Q(watch_at__isnull=True) | Q(state=ReturnState.APPROVED),
                name="return_watched_while_approved",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-requested_at", "-id"], name="return_by_time"),
            models.Index(fields=["order"], name="return_by_order"),
            models.Index(
                fields=["store", "state", "-requested_at"],
                name="return_open",
                condition=Q(state__in=LIVE),
            ),
            models.Index(
                fields=["watch_at"], name="return_due", condition=Q(watch_at__isnull=False)
            ),
            GinIndex(SearchVector("search_text", config="simple"), name="return_search"),
        ]


class ReturnLine(StoreModel):
    """Pieces of one line of the order that come back, for one reason and one outcome.

    ``claimed`` is how many of the order line's pieces this return takes: 0 again when it is
    declined, canceled or expired, less when pieces were refused. A trigger keeps the sum of all
    returns within what was bought.
    """

    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order_line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    quantity = models.PositiveIntegerField()
    claimed = models.PositiveIntegerField()
    settled = models.PositiveIntegerField(default=0)  # pieces that were paid or replaced
    reason_code = models.TextField()
    fault = models.TextField(default="")  # of the reason, as it was then
    damage = models.TextField(default="")
    note = models.TextField(default="")
    outcome = models.TextField()
    terms = models.JSONField()  # contracts.Terms as decided then
    is_kept = models.BooleanField(default=False)
    value_minor = models.BigIntegerField()  # what was paid for the pieces, tax in
    exchange_variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    exchange_quantity = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authorization", "position"], name="return_line_position"
            ),
            models.CheckConstraint(
                condition=one_of("outcome", Outcome), name="return_line_outcome"
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="return_line_quantity"),
            # What was paid can't be taken back by canceling the return. A part that was sent or a
            # thing that was mended stays with the shopper, and may come back another time.
            models.CheckConstraint(
                condition=Q(settled__lte=F("claimed"))
                | Q(outcome__in=[Outcome.REPLACEMENT_PART.value, Outcome.REPAIR.value]),
                name="return_line_settled",
            ),
            models.CheckConstraint(condition=Q(value_minor__gte=0), name="return_line_value"),
            models.CheckConstraint(
                condition=Q(exchange_variant__isnull=True, exchange_quantity=0)
                | Q(exchange_variant__isnull=False, exchange_quantity__gte=1),
                name="return_line_exchange",
            ),
            models.CheckConstraint(condition=~Q(reason_code=""), name="return_line_reason"),
        ]
        indexes = [
            models.Index(fields=["order_line"], name="return_line_by_order_line"),
            models.Index(fields=["store", "reason_code"], name="return_line_by_reason"),
        ]
