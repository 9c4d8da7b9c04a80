"""How often and at what hours a store writes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel


class ContactSettings(StoreModel):
    """The contact rules a store has set itself; without a row those of ``rules/contact_rules.py``.

    ``caps`` is ``{"email": [3, 7]}``: at most three in seven days. ``hours`` is
    ``{"sms": {"marketing": [9, 20]}}``. Both are checked by ``check_rules`` before they get here.
    """

    caps = models.JSONField(default=dict)
    hours = models.JSONField(default=dict)
    counts_service = models.BooleanField(default=True)
    defer_days = models.PositiveSmallIntegerField(default=3)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="contact_settings_once"),
            models.CheckConstraint(
                condition=Q(defer_days__lte=30), name="contact_settings_defer_days"
            ),
            models.CheckConstraint(condition=~Q(changed_by=""), name="contact_settings_changed_by"),
        ]
