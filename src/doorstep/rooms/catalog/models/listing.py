"""Which ids products and variants have on each sales channel."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.catalog.models.product import Product, Variant


class ProductListing(StoreModel):
    """A product's id on one sales channel."""

    channel = models.TextField()
    external_id = models.TextField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel", "external_id"], name="product_listing"
            ),
            models.CheckConstraint(
                condition=~Q(channel="") & ~Q(external_id=""), name="product_listing_filled"
            ),
        ]


class VariantListing(StoreModel):
    """A variant's ids on one sales channel.

    ``variant_external_id`` is ``""`` where the channel's product has no variants; then the
    product's id is what makes the row unique, else the variant's own id does.
    """

    channel = models.TextField()
    product_external_id = models.TextField(default="")
    variant_external_id = models.TextField(default="")
    variant = models.ForeignKey(Variant, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel", "variant_external_id"],
                condition=~Q(variant_external_id=""),
                name="variant_listing",
            ),
            models.UniqueConstraint(
                fields=["store", "channel", "product_external_id"],
                condition=Q(variant_external_id=""),
                name="variant_listing_plain",
            ),
            models.CheckConstraint(
                condition=~Q(channel="")
                & (~Q(variant_external_id="") | ~Q(product_external_id="")),
                name="variant_listing_filled",
            ),
        ]
        indexes = [models.Index(fields=["store", "variant"], name="listing_by_variant")]
