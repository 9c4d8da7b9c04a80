"""What may come back, as data: versions of the policy, their rules, reasons and extensions."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.returns.contracts import Outcome

FAULTS = ["shopper", "merchant", "carrier"]


class PolicyVersion(StoreModel):
    """One version of the store's policy. A draft may change; a published one never does.

    ``base`` is the whole of ``policy.effects.Effects``: what holds where no rule says otherwise.
    """

    number = models.PositiveIntegerField()  # counted per store, shown to people
    note = models.TextField(default="")  # what is new, in the editor's words
    base = models.JSONField()
    # Orders placed before it went live fall under it too; else they keep the version they had.
    covers_past = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)  # nobody wrote it: it came with the store
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.TextField()
    updated_at = models.DateTimeField()
    live_from = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "number"], name="policy_version_number"),
            # Two people who begin at once edit the same draft, not one each.
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(published_at__isnull=True),
                name="one_policy_draft_per_store",
            ),
            # The default is published on first use, which may be twice at the same moment.
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(is_default=True),
                name="one_default_policy_per_store",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by="", live_from__isnull=True)
                | Q(published_at__isnull=False, live_from__isnull=False) & ~Q(published_by=""),
                name="policy_published_at_by",
            ),
            models.CheckConstraint(
                condition=Q(live_from__isnull=True) | Q(live_from__gte=F("published_at")),
                name="policy_live_after_publishing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "-live_from"],
                name="policy_by_live",
                condition=Q(live_from__isnull=False),
            ),
        ]


class PolicyRule(StoreModel):
    """An exception to the base: where its condition holds, its effects count.

    The first rule in order that sets an effect decides that effect. ``condition`` is the canonical
    document of kernel conditions, ``effects`` those fields of ``policy.effects.Effects`` it sets.
    """

    version = models.ForeignKey(
        PolicyVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()
    name = models.TextField()
    condition = models.JSONField()
    effects = models.JSONField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="policy_rule_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "name"], name="policy_rule_name"),
            models.CheckConstraint(condition=~Q(name=""), name="policy_rule_named"),
        ]


class WarrantyPolicy(StoreModel):
    """For how long after delivery what kind of thing is covered, and what is then offered.

    Part of a version, as rules are; the first whose condition holds counts.
    """

    version = models.ForeignKey(
        PolicyVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()
    name = models.TextField()
    condition = models.JSONField()
    months = models.PositiveSmallIntegerField()
    resolutions = ArrayField(
        models.TextField()
    )  # contracts.Outcome, the best for the shopper first
    is_auto = models.BooleanField(default=False)
    needs_photos = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="warranty_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "name"], name="warranty_name"),
            models.CheckConstraint(condition=~Q(name=""), name="warranty_named"),
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=1200), name="warranty_months"
            ),
            models.CheckConstraint(
                condition=Q(
                    resolutions__len__gte=1,
                    resolutions__contained_by=[one.value for one in Outcome],
                ),
                name="warranty_resolutions",
            ),
            models.CheckConstraint(condition=Q(needs_photos__lte=10), name="warranty_photos"),
        ]


class HolidayExtension(StoreModel):
    """Orders of a span of days may come back until a day, whatever their window says.

    It only ever lengthens. Taken back, it still holds for orders placed before that.
    """

    name = models.TextField()
    words = models.JSONField(default=dict)  # language → name as shoppers read it
    orders_from = models.DateField()
    orders_to = models.DateField()
    until_date = models.DateField()
    created_at = models.DateTimeField()
    created_by = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="extension_named"),
            models.CheckConstraint(
                condition=Q(orders_from__lte=F("orders_to"), orders_to__lte=F("until_date")),
                name="extension_days",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by=""),
                name="extension_withdrawn_at_by",
            ),
        ]
        indexes = [models.Index(fields=["store", "orders_from"], name="extension_by_day")]


class ReturnReason(StoreModel):
    """A reason a shopper may give; one with children only groups them.

    Codes stay: returns that were made name them. ``condition`` narrows it to products; {} is all.
    """

    code = models.TextField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    position = models.PositiveIntegerField()
    words = models.JSONField()  # language → words
    fault = models.TextField()
    damage = models.TextField(default="")
    asks_photo = models.BooleanField(default=False)
    condition = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="reason_code_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z][a-z0-9_]{0,59}$"), name="reason_code"
            ),
            models.CheckConstraint(condition=Q(fault__in=FAULTS), name="reason_fault"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="reason_not_own_parent"
            ),
        ]


class PolicyReplay(StoreModel):
    """A version tried on past orders; a worker goes through them in sets.

    ``cursor`` is the last order done, so that a worker that dies loses one set at most.
    ``totals`` has sums in minor units per currency, by ``policy.replaying``.
    """

    version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # What it was when the replay began: a draft goes on changing.
    snapshot = models.JSONField()
    against = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField()
    until = models.DateTimeField()
    ask_after_days = models.PositiveSmallIntegerField()  # for lines nobody asked about
    label_cost_minor = models.BigIntegerField(default=0)  # of one label, in the store's currency
    state = models.TextField(default="waiting")
    orders_total = models.PositiveIntegerField(default=0)
    orders_done = models.PositiveIntegerField(default=0)
    cursor = models.UUIDField(null=True)
    cursor_at = models.DateTimeField(null=True)
    totals = models.JSONField(default=dict)
    problem = models.TextField(default="")
    created_at = models.DateTimeField()
    created_by = models.TextField()
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "canceled", "failed"]),
                name="replay_state",
            ),
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="replay_span"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "canceled", "failed"], finished_at__isnull=False),
                name="replay_finished_at",
            ),
            models.CheckConstraint(condition=Q(label_cost_minor__gte=0), name="replay_label_cost"),
        ]
        indexes = [
            models.Index(fields=["store", "-created_at"], name="replay_by_time"),
            models.Index(
                fields=["created_at"],
                name="replay_open",
                condition=Q(state__in=["waiting", "running"]),
            ),
        ]


class ReplayChunk(StoreModel):
    """The lines of one set of a replay, as packed CSV: read whole, never searched."""

    replay = models.ForeignKey(
        PolicyReplay, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    document = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["replay", "position"], name="replay_chunk_once"),
        ]
