"""Who can be reached by chat and by notification: conversations, and browsers that subscribed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel

CHATS = (Channel.WHATSAPP.value, Channel.MESSENGER.value)


class ChatContact(StoreModel):
    """A person on WhatsApp or Messenger, as one of the store's accounts there knows them.

    ``last_inbound_at`` opens the 24 hours in which Meta lets a business write freely.
    """

    channel = models.TextField()
    account = models.TextField()  # the phone number id or page id: Messenger's ids differ by page
    address = models.TextField()  # E.164, or a page-scoped id
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    first_inbound_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "channel", "account", "address"], name="chat_contact_once"
            ),
            models.CheckConstraint(condition=Q(channel__in=CHATS), name="chat_contact_channel"),
            models.CheckConstraint(
                condition=~Q(address="") & ~Q(account=""), name="chat_contact_has_address"
            ),
            models.CheckConstraint(
                condition=Q(first_inbound_at__lte=models.F("last_inbound_at")),
                name="chat_contact_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "customer", "channel", "-last_inbound_at"],
                name="chat_by_customer",
                condition=Q(customer__isnull=False),
            )
        ]


class PushSubscription(StoreModel):
    """One browser that takes notifications about one order (or, with "", about all of a person's).

    A signed link to an order may be passed on: who opens it may hear of that order, not of the
    person's others. The keys are of no use without the store's VAPID key, which is encrypted.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject_ref = models.TextField(default="")  # "order:<uuid>"
    endpoint = models.TextField()
    p256dh = models.TextField()
    auth = models.TextField()
    agent = models.TextField(default="")  # "Firefox on Android"
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(default="")

    class Meta:
        constraints = [
            # A browser that changes hands hears of its new owner's order, not of both.
            models.UniqueConstraint(
                fields=["store", "endpoint", "subject_ref"],
                condition=Q(ended_at__isnull=True),
                name="push_device_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | Q(ended_at__isnull=False) & ~Q(ended_because=""),
                name="push_device_ended",
            ),
            models.CheckConstraint(
                condition=~Q(endpoint="") & ~Q(p256dh="") & ~Q(auth=""), name="push_device_complete"
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "customer", "subject_ref"],
                name="push_by_customer",
                condition=Q(ended_at__isnull=True),
            )
        ]
