"""What people are recognized by."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.customers.contracts import IdentityKind
from doorstep.rooms.customers.models.customer import Customer


class Identity(StoreModel):
    """An e-mail address, a phone number or a platform's customer id, normalized.

    The unique constraint is what makes two intakes with the same new address at the same moment
    end in one customer. A marketplace's relay address is kept but recognizes nobody.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    kind = models.TextField()
    channel = models.TextField(default="")
    value = models.TextField()
    is_relay = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "channel", "value"],
                condition=Q(is_relay=False),
                name="identity_of_one_customer",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in IdentityKind]), name="identity_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind=IdentityKind.PLATFORM) & ~Q(channel="")
                | ~Q(kind=IdentityKind.PLATFORM) & Q(channel=""),
                name="identity_channel",
            ),
            models.CheckConstraint(
                condition=Q(is_relay=False) | Q(kind=IdentityKind.EMAIL), name="identity_relay"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="identity_value"),
        ]
        indexes = [
            # "may" finds maya@…, "+4915" finds her phone: beginnings need pattern order.
            models.Index(
                fields=["store", "value"],
                name="identity_beginnings",
                opclasses=["uuid_ops", "text_pattern_ops"],
            )
        ]
