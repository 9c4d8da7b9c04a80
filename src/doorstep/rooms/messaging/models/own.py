"""Messages a store made itself, beside the built-in ones."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Purpose


class OwnMessage(StoreModel):
    """A kind of message of one store: its texts are templates like any other's.

    A deleted one keeps its row: what was sent can still be named, and its kind is not given again.
    """

    kind = models.TextField()
    name = models.TextField()
    purpose = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.TextField()
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "kind"], name="own_message_kind"),
            models.CheckConstraint(
                condition=Q(kind__regex=r"^own_(customer|order)_[a-z0-9][a-z0-9_]*$"),
                name="own_message_kind_form",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=[Purpose.SERVICE.value, Purpose.MARKETING.value]),
                name="own_message_purpose",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="own_message_named"),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True, deleted_by="")
                | Q(deleted_at__isnull=False) & ~Q(deleted_by=""),
                name="own_message_deleted_by",
            ),
        ]
