"""The wallet room's tables. What is on an account stands in the kernel's ledger."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel


class GiftCard(StoreModel):
    """A gift card. Who has its code has its value; what is left stands on its account."""

    account = models.ForeignKey("kernel.LedgerAccount", models.PROTECT, related_name="+")
    cause = models.TextField()  # what it was issued for; once
    # The code itself is nowhere: a keyed hash finds it, and the sealed copy is opened to send it.
    code_hash = models.TextField()
    code_sealed = models.TextField()
    last4 = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    issued_minor = models.BigIntegerField()
    buyer = models.ForeignKey("customers.Customer", models.PROTECT, null=True, related_name="+")
    sender_name = models.TextField(default="")  # as the buyer wants to be called, or nothing
    words = models.TextField(default="")
    recipient_name = models.TextField(default="")
    recipient_email = models.TextField(default="")
    recipient_locale = models.TextField(default="")
    send_at = models.DateTimeField(null=True)  # null: it is not sent by us
    sent_at = models.DateTimeField(null=True)
    sends = models.PositiveSmallIntegerField(default=0)
    message_id = models.UUIDField(null=True)  # the latest
    expires_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_by = models.TextField(default="")
    disabled_reason = models.TextField(default="")
    created_at = models.DateTimeField()
    created_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "code_hash"], name="gift_card_code"),
            models.UniqueConstraint(fields=["store", "cause"], name="gift_card_once_per_cause"),
            models.CheckConstraint(condition=Q(issued_minor__gt=0), name="gift_card_amount"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="gift_card_currency"
            ),
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_by="")
                | Q(disabled_at__isnull=False) & ~Q(disabled_by=""),
                name="gift_card_disabled",
            ),
            models.CheckConstraint(
                condition=Q(send_at__isnull=True) | ~Q(recipient_email=""),
                name="gift_card_sent_to_somebody",
            ),
        ]
        indexes = [
            models.Index(F("store"), F("id").desc(), name="gift_card_newest"),
            models.Index(fields=["store", "account"], name="gift_card_by_account"),
            models.Index(
                fields=["store", "buyer"],
                name="gift_card_by_buyer",
                condition=Q(buyer__isnull=False),
            ),
            models.Index(
                fields=["send_at"],
                name="gift_card_due",
                condition=Q(sent_at__isnull=True, send_at__isnull=False, disabled_at__isnull=True),
            ),
        ]


class MergedValue(StoreModel):
    """What a merge of customers moved here, so that undoing it moves exactly that back."""

    merge_id = models.UUIDField()
    moved_from_id = models.UUIDField()
    moved_to_id = models.UUIDField()
    lot_id = models.UUIDField(null=True)
    gift_card = models.ForeignKey(GiftCard, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "merge_id", "lot_id", "gift_card"],
                nulls_distinct=False,
                name="merged_value_once",
            ),
            models.CheckConstraint(
                condition=Q(lot_id__isnull=False, gift_card__isnull=True)
                | Q(lot_id__isnull=True, gift_card__isnull=False),
                name="merged_value_one",
            ),
        ]
        indexes = [models.Index(fields=["store", "moved_to_id"], name="merged_value_by_holder")]
