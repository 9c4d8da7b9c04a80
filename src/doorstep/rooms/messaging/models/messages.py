"""Messages: one row per cause, its rendered content, and every decision of the gate."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.messaging.contracts import Channel, MessageStatus, Purpose

OPEN_STATUSES = (MessageStatus.QUEUED, MessageStatus.DEFERRED, MessageStatus.SENDING)
# A message of these holds one of its reader's slots: it is to go, or it has arrived.
HOLDING_STATUSES = (
    *OPEN_STATUSES,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.COMPLAINED,
)


class Message(StoreModel):
    """A message somebody is to get (or was not to get, and why).

    ``due_at`` is the one clock of the sender: when a queued or deferred message may go, or when
    the lease of one that is being sent runs out. It is null once nothing is left to do.
    ``attempts`` counts claims and is the fence: an outcome is recorded only by the claim that
    still holds the message.
    """

    # Keys of a message have no index of their own: it is found by the lists below, nothing it
    # points to is ever deleted, and each index is written three times on a message's way out.
    # Nor does the database check those that the same statement has just read or written (store,
    # batch, verdict): for a million messages that was a fifth of its work.
    store = models.ForeignKey(
        "stores.Store",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,  # written from the store's own scope, and no store is ever deleted
    )
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    kind = models.TextField()
    purpose = models.TextField()
    channel = models.TextField()
    requested_channel = models.TextField(default="")  # "" : the gate picked
    cause = models.TextField()
    subject_ref = models.TextField(default="")
    to_address = models.TextField(default="")
    address_key = models.TextField(default="")  # normalised, what suppressions are matched on
    to_name = models.TextField(default="")
    locale = models.TextField(default="")
    context = models.JSONField(default=dict)
    sales_channel = models.TextField(default="")
    order_completed_at = models.DateTimeField(null=True)  # marketplaces count days from it
    not_before = models.DateTimeField(null=True)  # what the requester asked for
    # Goes to whom a gift is for, not to the buyer.
    is_gift_recipient = models.BooleanField(default=False, db_default=False)
    # Messages of a journey's step or a campaign: what they share, and the gate's word at request.
    batch = models.ForeignKey(
        "messaging.MessageBatch",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    verdict = models.ForeignKey(
        "messaging.GateVerdict",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    topic = models.TextField(default="", db_default="")
    priority = models.PositiveSmallIntegerField(default=50, db_default=50)
    is_test = models.BooleanField(default=False)
    # A test of a draft: its parts, sent instead of the text in use.
    test_source = models.JSONField(null=True)

    status = models.TextField()
    status_words = models.TextField(default="")
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # transient failures, for the back-off
    lost_leases = models.PositiveSmallIntegerField(default=0)  # the sender died while sending it
    claimed_by = models.TextField(default="")  # the worker that sends it (kernel.worker)

    template_version = models.ForeignKey(
        "messaging.TemplateVersion",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    connection = models.ForeignKey(
        "messaging.SenderConnection",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    provider = models.TextField(default="")
    provider_message_id = models.TextField(default="")
    # RFC 5322 Message-ID, the same on a re-send. It holds our id, by which it is found again.
    message_id_header = models.TextField(default="")

    created_at = models.DateTimeField()
    created_by = models.TextField()
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)  # dropped, failed, bounced or complained

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "requested_channel", "cause"], name="message_once_per_cause"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in MessageStatus]), name="message_status"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=[p.value for p in Purpose]), name="message_purpose"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[c.value for c in Channel]), name="message_channel"
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=False, status__in=[s.value for s in OPEN_STATUSES])
                | Q(due_at__isnull=True) & ~Q(status__in=[s.value for s in OPEN_STATUSES]),
                name="message_due_while_open",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=False) | ~Q(status__in=["sent", "delivered"]),
                name="message_sent_at",
            ),
            models.CheckConstraint(condition=~Q(cause=""), name="message_has_cause"),
            models.CheckConstraint(
                condition=~Q(to_address="") | Q(status__in=["dropped"]), name="message_has_address"
            ),
            models.CheckConstraint(
                condition=Q(test_source__isnull=True) | Q(is_test=True), name="message_test_source"
            ),
            models.CheckConstraint(
                condition=Q(failures__lte=F("attempts")), name="message_failures"
            ),
        ]
        indexes = [
            # What is still to be sent. What people wait for is taken of all stores in one
            # statement, so this index alone does not start with the store; what sells has its own,
            # and a million of it in front of the door hides nothing behind it.
            models.Index(
                fields=["due_at"],
                name="message_due_awaited",
                condition=Q(status__in=[s.value for s in OPEN_STATUSES])
                & ~Q(purpose=Purpose.MARKETING.value),
            ),
            models.Index(
                fields=["store", "channel", "due_at"],
                name="message_due_marketing",
                condition=Q(
                    status__in=[s.value for s in OPEN_STATUSES], purpose=Purpose.MARKETING.value
                ),
            ),
            models.Index(
                fields=["store", "subject_ref", "-created_at"],
                name="message_about",
                condition=~Q(subject_ref=""),
            ),
            models.Index(fields=["store", "customer", "-created_at"], name="message_by_customer"),
            # Few rows: what lifting a pause looks through.
            models.Index(
                fields=["store", "customer"],
                name="message_deferred",
                condition=Q(status="deferred"),
            ),
            # What frequency caps count: the few that were not asked for by a purchase.
            models.Index(
                fields=["store", "customer", "sent_at"],
                name="message_slots",
                condition=Q(
                    status__in=[s.value for s in HOLDING_STATUSES],
                    purpose__in=[Purpose.SERVICE.value, Purpose.MARKETING.value],
                ),
            ),
            # Read backwards. Without the id: those of one moment are few, or were made as a set, and
            # then it takes a tenth of the room.
            models.Index(fields=["store", "created_at"], name="message_by_age"),
            models.Index(fields=["store", "status", "-created_at"], name="message_by_status"),
            models.Index(
                fields=["batch", "status"],
                name="message_by_batch",
                condition=Q(batch__isnull=False),
            ),
            models.Index(
                fields=["store", "provider_message_id"],
                name="message_by_provider_id",
                condition=~Q(provider_message_id=""),
            ),
        ]


class ContentFrame(StoreModel):
    """What the mails of a set have in common, kept once: see ``templating/frames.py``.

    The id follows from the content. ``packed`` is zlib-compressed JSON ``{"html", "text"}``, each a
    list of texts with a gap between any two. Nothing personal is in it.
    """

    packed = models.BinaryField()
    created_at = models.DateTimeField()


class MessageContent(StoreModel):
    """What was really sent, kept apart so that the queue's rows stay small.

    ``packed`` is JSON ``{"html", "text", "headers"}``; zlib-compressed when it is whole: an HTML
    mail of 30 kB takes about 5 kB. With a frame, ``html`` (and mostly ``text``) is the list of what
    fills the frame's gaps.
    """

    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")
    frame = models.ForeignKey(
        ContentFrame, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    subject_line = models.TextField(default="")
    packed = models.BinaryField()
    rendered_at = models.DateTimeField()


class HandOver(StoreModel):
    """Marketing messages a provider is just being given; the row is gone once the outcome is known.

    Written before the first byte leaves. Whoever takes over a lost claim finds here which of its
    messages may have been sent: those are not sent again.
    """

    message_ids = ArrayField(models.UUIDField())
    by = models.TextField()  # the worker (kernel.worker)
    at = models.DateTimeField()


class ContactDecision(StoreModel):
    """One evaluation of the contact gate, with every rule's word. Rows are never changed."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+")
    stage = models.TextField()
    outcome = models.TextField()
    reason = models.TextField()
    words = models.TextField()
    trace = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["send", "defer", "drop"]), name="decision_outcome"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["request", "send"]), name="decision_stage"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_reason"),
        ]
        indexes = [models.Index(fields=["store", "message", "at"], name="decision_by_message")]


class CustomerMove(models.Model):
    """A row that went to another customer with a merge, so that undoing moves exactly it back."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    merge_id = models.UUIDField()
    kind = models.TextField()  # which of the tables in handlers.py
    row_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "merge_id", "kind", "row_id"], name="moved_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["message", "consent", "pause", "chat", "device", "sign_up"]),
                name="customer_move_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
