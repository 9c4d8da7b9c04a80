"""What shoppers are told about their parcels."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.tracking.contracts import Step

STEPS = [step.value for step in Step]


class TellingRules(StoreModel):
    """Which steps a store tells unless its shopper chose; without a row: all of them."""

    steps = ArrayField(models.TextField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="one_telling_rules_per_store"),
            models.CheckConstraint(
                condition=Q(steps__contained_by=STEPS), name="telling_rules_steps"
            ),
        ]


class ShopperChoice(StoreModel):
    """What a shopper chose to be told about one order, and how."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.TextField()
    steps = ArrayField(models.TextField())
    chosen_at = models.DateTimeField()
    chosen_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "order"], name="one_choice_per_order"),
            models.CheckConstraint(
                condition=Q(channel__in=[*(channel.value for channel in Channel), "none"]),
                name="choice_channel",
            ),
            models.CheckConstraint(condition=Q(steps__contained_by=STEPS), name="choice_steps"),
        ]
