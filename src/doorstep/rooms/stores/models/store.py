"""A store: one brand with its own customers, orders and rules."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.ids import new_id


class Store(models.Model):
    """One store and what all its pages and messages share: brand, zone, currency, defaults."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.TextField()
    is_demo = models.BooleanField(default=False)  # nothing of a demo store leaves the machine
    currency = models.CharField(max_length=3)
    timezone = models.TextField(default="UTC")
    default_locale = models.TextField(default="en")
    country_code = models.CharField(max_length=2, default="")  # for phones without a prefix

    # Brand: what the shopper sees
    brand_color = models.CharField(max_length=7, default="#1f6f54")
    logo = models.BinaryField(null=True)
    logo_type = models.TextField(default="")  # the MIME type of ``logo``
    support_email = models.TextField(default="")
    support_phone = models.TextField(default="")
    postal_address = models.TextField(default="")  # the imprint at the foot of each mail
    website_url = models.TextField(default="")
    faq_url = models.TextField(default="")
    # Where else the shop can be followed, one address a line: messages link to them.
    social_links = models.TextField(default="", db_default="")
    portal_host = models.TextField(default="")  # the merchant's own domain for shoppers' pages

    # Defaults for consent and dates
    marketing_needs_opt_in = models.BooleanField(default=True)
    production_days_min = models.PositiveSmallIntegerField(default=1)
    production_days_max = models.PositiveSmallIntegerField(default=2)
    transit_days_min = models.PositiveSmallIntegerField(default=2)
    transit_days_max = models.PositiveSmallIntegerField(default=4)
    order_link_days = models.PositiveSmallIntegerField(default=180)

    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="store_currency"
            ),
            models.CheckConstraint(
                condition=Q(brand_color__regex=r"^#[0-9a-fA-F]{6}$"), name="store_brand_color"
            ),
            models.CheckConstraint(
                condition=Q(production_days_min__lte=models.F("production_days_max")),
                name="store_production_days",
            ),
            models.CheckConstraint(
                condition=Q(transit_days_min__lte=models.F("transit_days_max")),
                name="store_transit_days",
            ),
            models.CheckConstraint(
                condition=Q(order_link_days__range=(1, 3650)), name="store_order_link_days"
            ),
            models.UniqueConstraint(
                fields=["portal_host"], condition=~Q(portal_host=""), name="one_store_per_host"
            ),
        ]

    def __str__(self) -> str:
        return self.name
