"""The ledger's tables. How they work together: docs/adr/0013-ledger.md and ``kernel/ledger``."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger.contracts import EntryKind


class LedgerRow(models.Model):
    """What all rows of the ledger have: an id, and a store whose scope finds them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()

    objects = ScopedManager(store_id="store_id")  # type: ignore[django-manager-missing]
    all_stores = models.Manager()  # noqa: DJ012 (the managers' order decides which is the default)

    class Meta:
        abstract = True


class LedgerAccount(LedgerRow):
    """What one holder has of one unit in one book. Its row lock is the right to move it.

    ``balance``, ``pending`` and ``entries`` are written by the trigger of the entries alone.
    """

    book = models.TextField()  # what it is used for: "store_credit"
    holder = models.TextField()  # whose it is: "customer:<uuid>"
    unit = models.TextField()  # what is counted: "EUR", "points"
    balance = models.BigIntegerField(default=0)  # can be spent
    pending = models.BigIntegerField(default=0)  # was promised, can't be spent yet
    entries = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_ledger_account"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "book", "holder", "unit"], name="one_ledger_account"
            ),
            # The last word on overspending: whatever the code does, this can't be committed.
            models.CheckConstraint(
                condition=Q(balance__gte=0, pending__gte=0), name="ledger_never_negative"
            ),
            models.CheckConstraint(
                condition=~Q(book="") & ~Q(holder="") & ~Q(unit=""), name="ledger_account_named"
            ),
        ]


class LedgerEntry(LedgerRow):
    """One movement of one account, for one cause. Append-only by trigger."""

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+")
    book = models.TextField()
    nth = models.PositiveIntegerField()  # of the account, from 1
    kind = models.TextField()
    amount = models.BigIntegerField()  # by how much ``balance`` changes
    pending = models.BigIntegerField(default=0)  # by how much ``pending`` changes
    balance_after = models.BigIntegerField()
    pending_after = models.BigIntegerField()
    cause = models.TextField()
    # The entry this one answers: what is given back of a spend, taken back of a credit.
    source = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    words = models.TextField(default="")
    rule = models.JSONField(default=dict)  # the rule that made it, as it was then
    at = models.DateTimeField()
    by = models.TextField()
    by_label = models.TextField(default="")

    class Meta:
        db_table = "kernel_ledger_entry"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "book", "cause"], name="ledger_once_per_cause"
            ),
            models.UniqueConstraint(fields=["account", "nth"], name="ledger_entries_in_a_row"),
            models.CheckConstraint(
                condition=~Q(amount=0) | ~Q(pending=0), name="ledger_entry_moves"
            ),
            models.CheckConstraint(condition=~Q(cause=""), name="ledger_entry_cause"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in EntryKind]), name="ledger_entry_kind"
            ),
            models.CheckConstraint(
                condition=Q(balance_after__gte=0, pending_after__gte=0), name="ledger_entry_after"
            ),
        ]
        indexes = [
            models.Index(
                fields=["source"], name="ledger_by_source", condition=Q(source__isnull=False)
            ),
        ]


class LedgerLot(LedgerRow):
    """What came in at once and ends at once. ``remaining`` is written by the parts' trigger alone.

    A lot moves to another account as a whole, so that what is given back of an old spend finds it.
    """

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+")
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="+")  # that made it
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField(default=0)
    is_pending = models.BooleanField(default=False)
    matures_at = models.DateTimeField(null=True)  # of what came in pending; null: when it is told
    expires_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when its holder was told that it ends
    created_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_ledger_lot"
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")),
                name="ledger_lot_remaining",
            ),
        ]
        indexes = [
            # Spent first: what ends soonest, then what came first.
            models.Index(
                F("account"),
                F("expires_at").asc(nulls_last=True),
                F("id"),
                name="ledger_lot_next",
                condition=Q(remaining__gt=0),
            ),
            models.Index(
                fields=["expires_at"],
                name="ledger_lot_due",
                condition=Q(remaining__gt=0, is_pending=False, expires_at__isnull=False),
            ),
            models.Index(
                fields=["matures_at"],
                name="ledger_lot_maturing",
                condition=Q(remaining__gt=0, is_pending=True, matures_at__isnull=False),
            ),
        ]


class LedgerPart(LedgerRow):
    """How much of an entry is of which lot. Append-only by trigger."""

    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="+")
    lot = models.ForeignKey(LedgerLot, models.PROTECT, related_name="+")
    amount = models.BigIntegerField()

    class Meta:
        db_table = "kernel_ledger_part"
        constraints = [
            models.UniqueConstraint(fields=["entry", "lot"], name="ledger_part_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_part_moves"),
        ]
        indexes = [models.Index(fields=["lot"], name="ledger_part_by_lot")]
