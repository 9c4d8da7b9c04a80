"""Pictures that shoppers show of what comes back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.returns.models.authorization import ReturnLine


class ReturnPhoto(StoreModel):
    """A picture, decoded and encoded anew by us: never the bytes that were uploaded.

    In the database beside its return, so that there is one place to keep and to erase, and any
    number of machines see it. Of no return yet, it goes after a day.
    """

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order_line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    line = models.ForeignKey(
        ReturnLine, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    data = models.BinaryField()  # image/jpeg
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 of ``data``
    uploaded_at = models.DateTimeField()
    uploaded_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(width__gte=1, height__gte=1, size_bytes__gte=1), name="photo_size"
            ),
            # The same picture again (a form sent twice) is the same photo.
            models.UniqueConstraint(
                fields=["order", "digest"],
                condition=Q(line__isnull=True),
                name="photo_once_per_order",
            ),
        ]
        indexes = [
            models.Index(fields=["line"], name="photo_by_line"),
            models.Index(
                fields=["uploaded_at"], name="photo_unused", condition=Q(line__isnull=True)
            ),
        ]
