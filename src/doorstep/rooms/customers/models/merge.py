"""Two customers made one, and two who may be one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.customers.contracts import SuggestionReason
from doorstep.rooms.customers.models.customer import Customer


class Merge(StoreModel):
    """A merge, with what it moved, so that undoing moves exactly that back."""

    survivor = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    absorbed = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)  # see actions/merge_customers.py
    at = models.DateTimeField()
    by = models.TextField()
    by_label = models.TextField(default="")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="")
    undone_by_label = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="absorbed_once"
            ),
            models.CheckConstraint(condition=~Q(survivor=F("absorbed")), name="merge_of_two"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="")
                | Q(undone_at__isnull=False) & ~Q(undone_by=""),
                name="merge_undone_by",
            ),
        ]
        indexes = [models.Index(fields=["store", "survivor", "-at"], name="merge_by_survivor")]


class MergeSuggestion(StoreModel):
    """Evidence that two customers may be one person; nothing is merged on it by itself."""

    first = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    second = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)  # merged or dismissed: not asked again
    settled_by = models.TextField(default="")

    class Meta:
        constraints = [
            # The smaller id stands first, so that a pair is one row whoever came second.
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="suggestion_pair"),
            models.UniqueConstraint(
                fields=["store", "first", "second"], name="suggested_once_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in SuggestionReason]),
                name="suggestion_reason",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by="")
                | Q(settled_at__isnull=False) & ~Q(settled_by=""),
                name="suggestion_settled_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "-created_at"],
                name="suggestion_open",
                condition=Q(settled_at__isnull=True),
            )
        ]
