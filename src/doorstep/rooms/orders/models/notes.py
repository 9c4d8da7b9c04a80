"""What the team writes beside an order, and how the store wants its orders treated."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel


class OrderNote(StoreModel):
    """A note of the team; shoppers never see it."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.TextField()
    written_by_label = models.TextField(default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="order_note_text")]
        indexes = [models.Index(fields=["order", "-written_at"], name="note_by_order")]


class OrderRules(StoreModel):
    """A store's own settings for its orders; a store without a row has the defaults."""

    live_days = models.PositiveSmallIntegerField(default=3)
    review_above_minor = models.BigIntegerField(null=True)
    closed_dates = ArrayField(models.DateField(), default=list)
    required_properties = models.JSONField(default=dict)  # SKU → names of line properties
    gift_card_skus = models.TextField(default="", db_default="")  # one a line
    issues_platform_cards = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="one_order_rules_per_store"),
            models.CheckConstraint(
                condition=Q(live_days__range=(0, 365)), name="order_rules_live_days"
            ),
            models.CheckConstraint(
                condition=Q(review_above_minor__isnull=True) | Q(review_above_minor__gte=0),
                name="order_rules_review_above",
            ),
        ]
