"""The changes room's tables."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.changes.contracts import ChangeKind, ChangeState, NoticeState
from doorstep.rooms.changes.rules.states import OPEN

_OPEN = sorted(state.value for state in OPEN)
TASK_STATES = ("due", "telling", "done", "refused", "parked", "discarded")


class ChangePolicy(StoreModel):
    """One version of a store's rules; never changed, so that every change can be explained."""

    version = models.PositiveIntegerField()
    rules = models.JSONField()  # act → {is_offered, condition, mode}
    pay_within_hours = models.PositiveSmallIntegerField()
    countries = models.TextField()
    max_delay_days = models.PositiveSmallIntegerField()
    us_delay_notices = models.BooleanField()
    created_at = models.DateTimeField()
    created_by = models.TextField()
    created_by_label = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "version"], name="change_policy_version"),
            models.CheckConstraint(
                condition=Q(pay_within_hours__gte=1, pay_within_hours__lte=720),
                name="change_policy_hours",
            ),
            models.CheckConstraint(
                condition=Q(countries__in=["same", "zone", "any"]), name="change_policy_countries"
            ),
        ]


class OrderChange(StoreModel):
    """One change of one order, from the wish to its end. Lock order: the order, then this row."""

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField()
    acts = models.JSONField()  # contracts.ChangeAct
    state = models.TextField()
    form_key = models.TextField()  # the same form twice is one change
    ask = models.JSONField()  # contracts.ChangeAsk
    summary = models.JSONField(default=list)  # sentences: what it changes
    why = models.JSONField(default=dict)  # act → how the rules came out, line by line
    policy_version = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    difference_minor = models.BigIntegerField(default=0)
    new_lines = models.JSONField(default=list)  # contracts of orders: NewLine, priced when asked
    edits = models.JSONField(default=list)  # [[line, pieces], …]
    # Set while the order's lines are already changed here: what takes it back.
    undo = models.JSONField(null=True)
    words = models.TextField(default="")  # why it ended as it did
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    requested_by_label = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    decided_by_label = models.TextField(default="")
    expires_at = models.DateTimeField(null=True)  # of a payment that is waited for
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "form_key"], name="change_once_per_form"),
            # Two tabs, two people: the second finds the first one's change under way.
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=_OPEN), name="one_open_change_per_order"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ChangeState]), name="change_state"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in ChangeKind]), name="change_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=_OPEN, ended_at__isnull=True)
                | ~Q(state__in=_OPEN) & Q(ended_at__isnull=False),
                name="change_ended_at",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by="")
                | Q(decided_at__isnull=False) & ~Q(decided_by=""),
                name="change_decided_at_by",
            ),
            models.CheckConstraint(
                condition=~Q(state=ChangeState.AWAITING_PAYMENT.value)
                | Q(expires_at__isnull=False, difference_minor__gt=0),
                name="change_waits_until",
            ),
            models.CheckConstraint(condition=~Q(form_key=""), name="change_form_key"),
        ]
        indexes = [
            models.Index(fields=["order", "-requested_at"], name="change_by_order"),
            models.Index(fields=["store", "-requested_at", "-id"], name="change_by_time"),
            models.Index(fields=["store", "state", "-requested_at"], name="change_by_state"),
            models.Index(
                fields=["expires_at"],
                name="change_due",
                condition=Q(state=ChangeState.AWAITING_PAYMENT.value),
            ),
        ]


class PlatformTask(StoreModel):
    """What the shop platform is told about one change: once, however often it is tried."""

    change = models.OneToOneField(OrderChange, on_delete=models.PROTECT, related_name="+")
    connection_id = models.UUIDField()
    power = models.TextField()  # ports.ShopPower
    state = models.TextField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # Due at; while it is told: when somebody else may take over, because the teller died.
    next_at = models.DateTimeField(null=True)
    words = models.TextField(default="")  # what the platform said last
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TASK_STATES), name="change_task_state"),
            models.CheckConstraint(
                condition=Q(state__in=["due", "telling"], next_at__isnull=False)
                | Q(state__in=["done", "refused", "parked", "discarded"], next_at__isnull=True),
                name="change_task_next_at",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="change_task_due",
                condition=Q(state__in=["due", "telling"]),
            ),
            models.Index(
                fields=["store", "created_at"],
                name="change_task_parked",
                condition=Q(state="parked"),
            ),
        ]


class DelayNoticeRow(StoreModel):
    """One delay notice and its evidence (16 CFR 435.2(b)); nothing of it is ever taken away."""

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    nth = models.PositiveSmallIntegerField()
    state = models.TextField()
    cause = models.TextField()  # what slipped, once: "ship_by:2026-12-01"
    previous_date = models.DateField(null=True)
    new_date = models.DateField(null=True)  # None: not known
    silence = models.TextField()  # consent or cancel
    respond_by = models.DateTimeField()
    sent_at = models.DateTimeField()
    sent_by = models.TextField()
    answered_at = models.DateTimeField(null=True)
    log = models.JSONField(default=list)  # [[instant, words, by], …]

    class Meta:
        db_table = "changes_delaynotice"
        constraints = [
            models.UniqueConstraint(fields=["order", "nth"], name="delay_notice_nth"),
            models.UniqueConstraint(fields=["order", "cause"], name="delay_notice_cause"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(state="open"), name="one_open_delay_notice"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in NoticeState]), name="delay_notice_state"
            ),
            models.CheckConstraint(
                condition=Q(silence__in=["consent", "cancel"]), name="delay_notice_silence"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | ~Q(state="open") & Q(answered_at__isnull=False),
                name="delay_notice_answered",
            ),
            models.CheckConstraint(
                condition=Q(respond_by__gte=F("sent_at")), name="delay_notice_times"
            ),
        ]
        indexes = [
            models.Index(fields=["respond_by"], name="delay_notice_due", condition=Q(state="open")),
        ]
