"""Money given back on an order, as the platform reports it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel


class Refund(StoreModel):
    """One refund; the platform's id makes it happen once."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    external_id = models.TextField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    # What the order became cheaper by beyond its lines; null: the platform does not say.
    beyond_minor = models.BigIntegerField(null=True)
    reason = models.TextField(default="")
    refunded_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "external_id"], name="refund_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="refund_amount"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="refund_currency"
            ),
        ]


class RefundLine(StoreModel):
    """Units of one line given back."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    quantity = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    restock = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refund", "position"], name="refund_line_position"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="refund_line_quantity"),
        ]
