"""What an order consists of: lines, charges, and the discounts as the shopper knows them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Abs

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.orders.contracts import ChargeKind


class OrderPart(StoreModel):
    """Base of rows that are read with their order only: no index but the order's."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True


class OrderLine(OrderPart):
    """One thing bought; money in the order's currency.

    A line the platform takes off later stays, with ``removed_at``: refunds may name it.
    """

    external_id = models.TextField()
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    title = models.TextField()
    variant_title = models.TextField(default="")
    sku = models.TextField(default="")
    options = models.JSONField(default=list)  # [[name, value], …]
    properties = models.JSONField(default=list)
    product_external_id = models.TextField(default="")
    variant_external_id = models.TextField(default="")
    quantity = models.PositiveIntegerField()
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    presentment_amounts = models.JSONField(null=True)  # contracts.LineAmounts
    # How many of it have left in all, as shipments say (the fulfillment room tells).
    shipped_quantity = models.PositiveIntegerField(default=0, db_default=0)
    requires_shipping = models.BooleanField(default=True)
    is_gift_card = models.BooleanField(default=False)
    weight_grams = models.PositiveIntegerField(null=True)
    image_url = models.TextField(default="")
    removed_at = models.DateTimeField(null=True)
    # Of a line that was edited here: its money as it was sold (rules.amounts.LineFigures), with
    # the pieces that had gone back by then. Every later edit counts from it.
    sold = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "external_id"], name="line_once_per_order"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_quantity"),
            # Platforms give the sum of a line, not a unit price with fractions of a cent: up to
            # (less than) one minor unit a piece may be lost in the division.
            models.CheckConstraint(
                condition=Q(
                    quantity__gt=Abs(
                        F("unit_price_minor") * F("quantity")
                        - F("discount_minor")
                        - F("total_minor")
                    )
                ),
                name="line_sum_is_total",
            ),
        ]


class OrderCharge(OrderPart):
    """Shipping, a fee, a tip or a duty."""

    kind = models.TextField()
    title = models.TextField(default="")
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    presentment_amount_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="charge_position"),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in ChargeKind]), name="charge_kind"
            ),
        ]


class OrderDiscount(OrderPart):
    """A discount by name or code; its amounts already sit in lines and charges."""

    title = models.TextField(default="")
    code = models.TextField(default="")
    amount_minor = models.BigIntegerField()
    presentment_amount_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="discount_position"),
        ]
