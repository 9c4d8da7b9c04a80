"""Who belongs to a segment, who did, and whom to look at again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from doorstep.rooms.audiences.contracts import RecheckReason
from doorstep.rooms.audiences.models.segment import Segment


class Membership(models.Model):
    """A customer belongs to a segment now. Without an id of its own: these are millions."""

    pk = models.CompositePrimaryKey("segment_id", "customer_id")
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]

    class Meta:
        indexes = [
            models.Index(fields=["segment", "-since", "-customer"], name="membership_newest"),
            models.Index(fields=["store", "customer"], name="membership_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class PastMembership(models.Model):
    """A customer belonged to a segment from ``since`` to ``until``."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField()
    until = models.DateTimeField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")), name="past_membership_in_order"
            )
        ]
        indexes = [
            models.Index(fields=["segment", "until"], name="past_membership_by_end"),
            models.Index(fields=["store", "customer"], name="past_membership_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} once in {self.segment_id}"


class Recheck(models.Model):
    """A customer to be decided anew once the log is read up to ``after_position``."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.TextField()
    after_position = models.BigIntegerField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=[r.value for r in RecheckReason]), name="recheck_reason"
            )
        ]
        indexes = [models.Index(fields=["segment", "reason", "id"], name="recheck_by_segment")]

    def __str__(self) -> str:
        return f"{self.customer_id} again in {self.segment_id}"
