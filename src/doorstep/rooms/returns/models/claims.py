"""Withdrawals from the contract, make-goods for parcels in trouble, and replacement parts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.returns.contracts import MakeGoodRemedy, MakeGoodState, WithdrawalState
from doorstep.rooms.returns.models.authorization import ReturnAuthorization
from doorstep.rooms.returns.models.columns import one_of, pair

TROUBLES = ["late", "stalled", "lost"]


class Withdrawal(StoreModel):
    """What somebody sent through the withdrawal function, word for word: evidence.

    A trigger keeps what was sent as it was; only what became of it can be added.
    """

    number = models.TextField()  # "W-17"
    name = models.TextField()
    order_number = models.TextField()
    contact = models.TextField()
    text = models.TextField(default="")
    content = models.TextField()  # the acknowledgment, as it was sent
    received_at = models.DateTimeField()
    received_by = models.TextField()
    state = models.TextField()
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    note = models.TextField(default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="withdrawal_number"),
            models.CheckConstraint(
                condition=one_of("state", WithdrawalState), name="withdrawal_state"
            ),
            models.CheckConstraint(condition=pair("settled"), name="withdrawal_settled_at_by"),
            models.CheckConstraint(
                condition=~Q(state=WithdrawalState.MATCHED) | Q(order__isnull=False),
                name="withdrawal_matched",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "received_at"],
                name="withdrawal_open",
                condition=Q(state=WithdrawalState.UNMATCHED),
            ),
            models.Index(
                fields=["order"], name="withdrawal_by_order", condition=Q(order__isnull=False)
            ),
        ]


class MakeGoodPlan(StoreModel):
    """A store's rule for one kind of trouble."""

    trouble = models.TextField()
    remedy = models.TextField()
    percent = models.PositiveSmallIntegerField(default=100)
    after_days = models.PositiveSmallIntegerField(default=0)
    auto_below_minor = models.BigIntegerField(default=0)
    budget_minor = models.BigIntegerField(default=0)
    is_active = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "trouble"], name="make_good_plan_once"),
            models.CheckConstraint(
                condition=Q(trouble__in=TROUBLES), name="make_good_plan_trouble"
            ),
            models.CheckConstraint(
                condition=one_of("remedy", MakeGoodRemedy), name="make_good_plan_remedy"
            ),
            models.CheckConstraint(
                condition=Q(
                    percent__gte=1, percent__lte=100, auto_below_minor__gte=0, budget_minor__gte=0
                ),
                name="make_good_plan_amounts",
            ),
        ]


class MakeGood(StoreModel):
    """What was done about one parcel in trouble. A parcel is made good once, whatever happens."""

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    tracker_id = models.UUIDField(null=True)  # None: by hand, for the order
    trouble = models.TextField(default="")
    remedy = models.TextField()
    state = models.TextField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    budget_minor = models.BigIntegerField(default=0)  # what it takes of the month's budget
    budget_month = models.DateField()  # its first day, in the store's zone
    lines = models.JSONField(default=list)  # [[order line id, pieces]] for RESHIP and REFUND
    new_order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    words = models.TextField(default="")
    proposed_at = models.DateTimeField()
    proposed_by = models.TextField()
    due_at = models.DateTimeField(null=True)  # a rule that waits some days first
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "tracker_id"],
                condition=Q(tracker_id__isnull=False),
                name="parcel_made_good_once",
            ),
            models.CheckConstraint(
                condition=one_of("remedy", MakeGoodRemedy), name="make_good_remedy"
            ),
            models.CheckConstraint(
                condition=one_of("state", MakeGoodState), name="make_good_state"
            ),
            models.CheckConstraint(
                condition=Q(trouble__in=["", *TROUBLES]), name="make_good_trouble"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, budget_minor__gte=0), name="make_good_amounts"
            ),
            models.CheckConstraint(
                condition=Q(state=MakeGoodState.PROPOSED, decided_at__isnull=True)
                | ~Q(state=MakeGoodState.PROPOSED) & Q(decided_at__isnull=False),
                name="make_good_decided",
            ),
            models.CheckConstraint(condition=pair("decided"), name="make_good_decided_at_by"),
        ]
        indexes = [
            models.Index(fields=["store", "budget_month"], name="make_good_by_month"),
            models.Index(fields=["order"], name="make_good_by_order"),
            models.Index(
                fields=["store", "proposed_at"],
                name="make_good_open",
                condition=Q(state=MakeGoodState.PROPOSED),
            ),
        ]


class ReplacementPart(StoreModel):
    """A part of a product that can be sent alone; itself a variant with stock of its own."""

    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.TextField()
    note = models.TextField(default="")
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["product", "variant"], name="part_once_per_product"),
            models.CheckConstraint(condition=~Q(name=""), name="part_named"),
        ]


class ReviewRule(StoreModel):
    """A condition over the customer that sends a return to a person: never a silent refusal."""

    name = models.TextField()
    condition = models.JSONField()
    words = models.TextField()
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="review_rule_name"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(words=""), name="review_rule_named"),
        ]


class ReturnRules(StoreModel):
    """How returns are handled in one store; see ``contracts.ReturnSettings``."""

    valid_days = models.PositiveSmallIntegerField(default=30)
    remind_days = models.PositiveSmallIntegerField(default=5)
    missing_days = models.PositiveSmallIntegerField(default=14)
    address = models.TextField(default="")
    instructions = models.TextField(default="")
    # What standard delivery costs: a withdrawal gives back no dearer
    # way than that. None: all of it.
    standard_shipping_minor = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="one_return_rules_per_store"),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1, valid_days__lte=365, missing_days__gte=1),
                name="return_rules_days",
            ),
        ]
