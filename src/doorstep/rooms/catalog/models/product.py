"""What a store sells: products, and the variants that are bought and counted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel


class Product(StoreModel):
    """A thing on offer, in one or more variants."""

    title = models.TextField(default="")
    image_url = models.TextField(default="")
    tags = models.JSONField(default=list, db_default=[])  # as the platform has them
    # How it is used and looked after: what messages after the purchase tell. The texts here are in
    # the store's own language; ``care_texts`` has others: {"de": {"how_to": "…", "care": "…"}}.
    page_url = models.TextField(default="", db_default="")  # in the merchant's shop
    how_to = models.TextField(default="", db_default="")
    how_to_video_url = models.TextField(default="", db_default="")
    how_to_image_url = models.TextField(default="", db_default="")
    how_to_page_url = models.TextField(default="", db_default="")
    care = models.TextField(default="", db_default="")
    care_texts = models.JSONField(default=dict, db_default={})
    run_out_days = models.PositiveSmallIntegerField(null=True)  # how long one piece lasts
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(run_out_days__isnull=True) | Q(run_out_days__gte=1),
                name="product_run_out_days",
            ),
        ]
        indexes = [models.Index(fields=["store", "title", "id"], name="product_by_title")]


class Variant(StoreModel):
    """One form of a product: what a line of an order and a shelf hold."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    sku = models.TextField(default="")  # as the merchant writes it; case counts
    title = models.TextField(default="")
    options = models.JSONField(default=list)  # [["Color", "Blue"], …] in the shop's order
    image_url = models.TextField(default="")
    weight_grams = models.PositiveIntegerField(null=True)
    # As it lies on the shelf, ready to be packed; all three or none.
    length_mm = models.PositiveIntegerField(null=True)
    width_mm = models.PositiveIntegerField(null=True)
    height_mm = models.PositiveIntegerField(null=True)
    barcode = models.TextField(default="", db_default="")  # EAN, UPC, ISBN: what a scanner reads
    is_tracked = models.BooleanField(default=False)  # stock is counted in the inventory room
    production_days_min = models.PositiveSmallIntegerField(null=True)  # made to order
    production_days_max = models.PositiveSmallIntegerField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            # One stock pool over all channels stands on this: the same sku is the same thing.
            models.UniqueConstraint(
                fields=["store", "sku"], condition=~Q(sku=""), name="variant_sku"
            ),
            models.CheckConstraint(
                condition=Q(production_days_min__isnull=True, production_days_max__isnull=True)
                | Q(
                    production_days_min__isnull=False,
                    production_days_max__isnull=False,
                    production_days_min__lte=F("production_days_max"),
                ),
                name="variant_production_days",
            ),
            models.CheckConstraint(
                condition=Q(length_mm__isnull=True, width_mm__isnull=True, height_mm__isnull=True)
                | Q(
                    length_mm__isnull=False,
                    width_mm__isnull=False,
                    height_mm__isnull=False,
                    length_mm__gt=0,
                    width_mm__gt=0,
                    height_mm__gt=0,
                ),
                name="variant_size_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "product"], name="variant_by_product"),
            models.Index(
                fields=["store", "sku"],
                name="variant_sku_beginnings",
                opclasses=["uuid_ops", "text_pattern_ops"],
            ),
            models.Index(
                fields=["store", "barcode"], condition=~Q(barcode=""), name="variant_by_barcode"
            ),
        ]
