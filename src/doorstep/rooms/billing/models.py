"""The books of orders: double entry, append-only.

What an order owes or is owed is never stored: it is the sum of its entries. The database refuses a
booking that does not add up to zero, money that goes out without having come in, and more taken
back of a line than was sold (``migrations/0002_guards``).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.billing.contracts import Account

KINDS = (
    "sale",  # what the order's rows say that it costs, and every later difference
    "payment",
    "cancellation",  # and its taking back
    "platform_refund",  # the shop platform gave money back by itself
    "give_back",
    "refund",  # money put on its way back
    "refund_done",
    "refund_failed",
    "credit",
    "credit_spent",
    "transfer",
    "dispute",
)
PARTS = ("line", "shipping", "fee", "tip", "duty", "order")


class Book(StoreModel):
    """The books of one order; its row is the lock under which they are written."""

    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="book_currency"
            ),
        ]


class Booking(StoreModel):
    """One movement and why. The cause makes it happen once.

    ``data`` keeps what explains it: the quote of a give-back, the vendor's name of a payment.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    cause = models.TextField()
    words = models.TextField(default="")
    data = models.JSONField(default=dict)
    booked_at = models.DateTimeField()
    booked_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "cause"], name="booking_once_per_cause"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="booking_kind"),
            models.CheckConstraint(condition=~Q(cause=""), name="booking_cause"),
        ]


class Entry(StoreModel):
    """One side of a booking. ``quantity``: pieces of the line, plus sold and minus taken back."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_index=False)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.TextField()
    part = models.TextField(default="order")
    line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    quantity = models.IntegerField(default=0)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(account__in=[one.value for one in Account]), name="entry_account"
            ),
            models.CheckConstraint(condition=Q(part__in=PARTS), name="entry_part"),
            models.CheckConstraint(
                condition=Q(part="line", line__isnull=False)
                | (~Q(part="line") & Q(line__isnull=True, quantity=0)),
                name="entry_line",
            ),
        ]
        indexes = [models.Index(fields=["book", "booking"], name="entry_by_book")]


class PendingRefund(StoreModel):
    """A refund that was asked of the payments room, and the booking it belongs to.

    The row names the order's shape of it, for when it has arrived.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_index=False)
    refund_id = models.UUIDField()  # of the payments room
    cause = models.TextField()  # of the give-back
    amount_minor = models.BigIntegerField()
    lines = models.JSONField(default=list)  # [[line's external id, pieces, amount, tax], …]
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "refund_id"], name="pending_refund_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="pending_refund_amount"),
        ]
        indexes = [models.Index(fields=["book"], name="pending_refund_by_book")]
