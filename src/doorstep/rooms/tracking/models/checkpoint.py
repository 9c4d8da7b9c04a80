"""The steps of a parcel, and codes that nobody understood yet."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

_STATUSES = ["", *(s.value for s in TrackingStatus)]
_SUBSTATUSES = [s.value for s in Substatus]


class Checkpoint(StoreModel):
    """One step, kept as it was told; without effect while its ``status`` is empty.

    :ivar at: the instant that counts (whole minutes: sources round the same scan differently).
    :ivar occurred_as_told: ISO 8601 in the source's own words, "" when it gave no time.
    :ivar dedupe_key: the same for the same step, whoever tells it (``rules/steps.py``).
    """

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    tracker = models.ForeignKey(
        "tracking.Tracker", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.ForeignKey(
        "tracking.TrackingNumber",
        on_delete=models.PROTECT,
        null=True,  # told by hand of a parcel that has no number
        related_name="+",
        db_index=False,
    )
    dedupe_key = models.TextField()
    at = models.DateTimeField()
    occurred_as_told = models.TextField(default="")
    is_clock_off = models.BooleanField(default=False)
    is_date_only = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    status = models.TextField(default="")
    substatus = models.TextField(default="")
    is_correction = models.BooleanField(default=False)  # takes back an earlier delivery
    source = models.TextField()
    carrier = models.TextField(default="")  # as the report named it
    # The source's code; its words where it has none and they were not understood.
    code = models.TextField(default="")
    description = models.TextField(default="")
    city = models.TextField(default="")
    region = models.TextField(default="")
    postal_code = models.TextField(default="")
    country = models.CharField(max_length=2, default="")
    external_id = models.TextField(default="")
    recorded_by = models.TextField(default="")  # the actor, when a person told it
    raw = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tracker", "dedupe_key"], name="checkpoint_once"),
            models.CheckConstraint(condition=Q(status__in=_STATUSES), name="checkpoint_status"),
            models.CheckConstraint(
                condition=Q(substatus__in=_SUBSTATUSES), name="checkpoint_substatus"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^([A-Z]{2})?$"), name="checkpoint_country"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="checkpoint_source"),
        ]
        indexes = [
            models.Index(fields=["number"], name="checkpoint_by_number"),
            # "What the store says a code means" is applied to what was kept.
            models.Index(
                fields=["store", "source", "carrier", "code"],
                name="checkpoint_not_understood",
                condition=Q(dedupe_key__startswith="?"),
            ),
        ]


class CodeMeaning(StoreModel):
    """A status code that no normalizer understood, and what the store says it means."""

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    source = models.TextField()
    carrier = models.TextField(default="")
    code = models.TextField()
    example = models.TextField(default="")
    count = models.PositiveIntegerField(default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    status = models.TextField(default="")  # "" while nobody said what it means
    substatus = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "source", "carrier", "code"], name="code_meaning_once"
            ),
            models.CheckConstraint(condition=Q(status__in=_STATUSES), name="code_meaning_status"),
            models.CheckConstraint(
                condition=Q(substatus__in=_SUBSTATUSES), name="code_meaning_substatus"
            ),
            models.CheckConstraint(
                condition=Q(first_seen_at__lte=F("last_seen_at")), name="code_meaning_seen"
            ),
        ]
