"""Orders, and what came before them: the last marketing message, and the way of a split."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from doorstep.rooms.journeys.models.enrollment import Enrollment


class MessageCredit(models.Model):
    """An order, and the marketing message that reached its buyer last before it.

    At most 30 days before; how many of them count is chosen when the results are looked at, which
    works because the last message is the last one whatever the window.
    """

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    message_id = models.UUIDField()
    batch_id = models.UUIDField(null=True)  # null: it was of no journey and no campaign
    sent_at = models.DateTimeField()
    ordered_at = models.DateTimeField()
    was_clicked = models.BooleanField()  # by a person, before the order

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    all_stores = models.Manager()  # noqa: DJ012 (the order decides which is the default)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], name="credited_once"),
            models.CheckConstraint(
                condition=Q(ordered_at__gte=F("sent_at")), name="credit_sent_before"
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch_id"], name="credit_batch", condition=Q(batch_id__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.message_id}"


class SplitOrder(models.Model):
    """An order by somebody who had gone one way of a split at most 30 days before.

    Whoever caused it: ways are compared by all that their people order, so that a way which sends
    nothing is measured like any other.
    """

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    journey = models.ForeignKey(
        "journeys.Journey", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    step = models.TextField()
    arm = models.TextField()
    passed_at = models.DateTimeField()
    ordered_at = models.DateTimeField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    all_stores = models.Manager()  # noqa: DJ012 (the order decides which is the default)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "enrollment", "step"], name="split_order_once"
            ),
            models.CheckConstraint(
                condition=Q(ordered_at__gte=F("passed_at")), name="split_order_after"
            ),
        ]
        indexes = [models.Index(fields=["journey", "step"], name="split_order_step")]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.step} {self.arm}"
