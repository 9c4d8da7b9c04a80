"""How much each role may move by itself, and what waits for somebody with more."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.ids import new_id

STATES = ("waiting", "approved", "declined", "failed", "withdrawn")


class ActionLimit(models.Model):
    """Up to this amount a role runs an action alone. No row: without limit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    action = models.TextField()
    role = models.TextField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()  # 0: every amount needs approval

    class Meta:
        db_table = "kernel_action_limit"
        constraints = [
            models.UniqueConstraint(
                fields=["store_id", "action", "role", "currency"], name="action_limit_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="action_limit_amount"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="action_limit_currency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.action} up to {self.amount_minor} {self.currency}"


class Approval(models.Model):
    """An action somebody asked for whose amount is above their limit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store_id = models.UUIDField()
    action = models.TextField()
    payload = models.JSONField()
    subject = models.TextField(default="")  # "order:<uuid>", to link to
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    limit_minor = models.BigIntegerField()
    state = models.TextField(default="waiting")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked_by_label = models.TextField(default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")
    decided_by_label = models.TextField(default="")
    words = models.TextField(default="")  # why it was declined, or what failed

    class Meta:
        db_table = "kernel_approval"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="approval_state"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True, decided_by="")
                | (~Q(state="waiting") & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="approval_decided_at_by",
            ),
        ]
        indexes = [
            models.Index(fields=["store_id", "state", "-asked_at"], name="approval_by_state"),
            models.Index(fields=["store_id", "subject"], name="approval_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.state}"
