"""What a return moved: money, and new things that go out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.returns.contracts import DepositState, NewThingKind, NewThingState
from doorstep.rooms.returns.models.authorization import ReturnAuthorization, ReturnLine
from doorstep.rooms.returns.models.columns import one_of


class ReturnSettlement(StoreModel):
    """Money that moved for a return, once per cause; the books of it are billing's."""

    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cause = models.TextField()  # "return:<uuid>:<n>"
    nth = models.PositiveSmallIntegerField()
    how = models.TextField()
    state = models.TextField()  # booked, settled, refused
    pieces = models.JSONField(default=list)  # [[return line id, pieces]]
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    bonus_minor = models.BigIntegerField(default=0)
    refund_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)
    booking_id = models.UUIDField(null=True)  # of billing
    refund_ids = models.JSONField(default=list)  # of payments, those still open
    words = models.TextField(default="")
    booked_at = models.DateTimeField()
    booked_by = models.TextField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "cause"], name="return_settled_once"),
            models.UniqueConstraint(fields=["authorization", "nth"], name="return_settlement_nth"),
            models.CheckConstraint(
                condition=Q(state__in=["booked", "settled", "refused"]),
                name="return_settlement_state",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, fee_minor__gte=0, bonus_minor__gte=0),
                name="return_settlement_amounts",
            ),
        ]


class NewThing(StoreModel):
    """Something that goes out because of a return's line: exchange, replacement, part, repair.

    Its pieces are reserved for the cause ``return_line:<line>`` until it has an order of its own.
    """

    authorization = models.ForeignKey(
        ReturnAuthorization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.ForeignKey(ReturnLine, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    state = models.TextField()
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    title = models.TextField()
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField(default=0)  # tax in
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    deposit = models.TextField(default="")
    deposit_minor = models.BigIntegerField(default=0)
    charge_id = models.UUIDField(null=True)  # of payments: what is held
    pay_url = models.TextField(default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], name="one_new_thing_per_line"),
            models.CheckConstraint(condition=one_of("kind", NewThingKind), name="new_thing_kind"),
            models.CheckConstraint(
                condition=one_of("state", NewThingState), name="new_thing_state"
            ),
            models.CheckConstraint(
                condition=one_of("deposit", DepositState), name="new_thing_deposit"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, unit_price_minor__gte=0, deposit_minor__gte=0),
                name="new_thing_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[NewThingState.ORDERED, NewThingState.AWAITING_PAYMENT])
                | Q(order__isnull=False),
                name="new_thing_ordered",
            ),
        ]
        indexes = [
            models.Index(fields=["authorization"], name="new_thing_by_return"),
            models.Index(
                fields=["order"], name="new_thing_by_order", condition=Q(order__isnull=False)
            ),
        ]
