"""What variants cost: what channels say, and what the team wrote."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.catalog.models.product import Variant


class VariantPrice(StoreModel):
    """The price of one piece on one channel, in one currency, as the channel shows prices (with tax
    or without). ``channel`` "" is the price of every channel that has none of its own.
    """

    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+", db_index=False)
    channel = models.TextField(default="")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "channel", "currency"], name="variant_price_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="variant_price_amount"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="variant_price_currency"
            ),
        ]
