"""How a store watches its own site: whether, on which addresses, and for how long."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel


class SiteSettings(StoreModel):
    """One row a store; without one nothing is recorded.

    ``secret`` (sealed by ``kernel.secrets``) is what the merchant's server signs with who a visitor
    is. ``origins`` are further addresses of the shop beside the store's website.
    """

    is_on = models.BooleanField(default=False)
    origins = models.JSONField(default=list, db_default=[])  # ["https://shop.example"]
    secret = models.TextField()
    anonymous_days = models.PositiveSmallIntegerField(default=90)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="site_settings_once"),
            models.CheckConstraint(
                condition=Q(anonymous_days__gte=1) & Q(anonymous_days__lte=730),
                name="site_anonymous_days",
            ),
            models.CheckConstraint(condition=~Q(secret=""), name="site_secret"),
        ]
