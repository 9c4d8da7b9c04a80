"""A parcel on its way, and the numbers that carriers know it by."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

ESTIMATE_SOURCES = ("", "carrier", "service", "order")
# How a person can end an alarm: it turned up, it never will, it has arrived.
SETTLEMENTS = ("", "found", "lost", "delivered")


class Tracker(StoreModel):
    """One parcel; or, while ``parcel`` is null, a number that belongs to no shipment yet.

    Everything from ``status`` to ``trouble_after_delivery`` is computed from the checkpoints
    (``rules/status.py``) and written whole: never set one of them alone. The ``said`` JSON keeps
    what reports say beside their steps, each with the instant it is about, so that the newest
    counts in whatever order reports come.
    """

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    parcel = models.ForeignKey(
        "fulfillment.Parcel", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    shipment = models.ForeignKey(
        "fulfillment.Shipment",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    # Whose it is stands in the order alone, so merged and parted customers need no second place.
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    # One box for several orders, or a master number for several boxes: the steps of that tracker
    # are this one's too. Never a chain.
    shares_with = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    carrier = models.TextField(default="")
    carrier_name = models.TextField(default="")
    tracking_number = models.TextField(default="")  # rules.numbers.normalize_number(...)
    shown_number = models.TextField(default="")  # as the carrier writes it
    tracking_url = models.TextField(default="")
    service_level = models.TextField(default="")
    destination_country = models.CharField(max_length=2, default="")
    zone = models.TextField(default="UTC")  # of the destination where it has one, else the store's
    shipped_at = models.DateTimeField(null=True)
    promised_from = models.DateField(null=True)
    promised_to = models.DateField(null=True)
    is_order_shipped = models.BooleanField(default=False)  # nothing of the order is left to ship
    is_test = models.BooleanField(default=False)
    is_history = models.BooleanField(default=False)  # of the past: nobody is told, no clock runs
    created_at = models.DateTimeField()
    canceled_at = models.DateTimeField(null=True)

    status = models.TextField(default=TrackingStatus.PENDING.value)
    substatus = models.TextField(default="")
    status_at = models.DateTimeField(null=True)
    first_scan_at = models.DateTimeField(null=True)
    out_for_delivery_at = models.DateTimeField(null=True)
    last_news_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    trouble_after_delivery = models.TextField(default="")  # a Substatus: "damaged", "lost"
    is_open = models.BooleanField(default=True)  # it can still move

    said = models.JSONField(default=dict)
    signed_by = models.TextField(default="")
    pickup = models.JSONField(null=True)  # contracts.PickupPoint
    estimate_from = models.DateField(null=True)
    estimate_to = models.DateField(null=True)
    estimate_source = models.TextField(default="")
    estimate_is_sure = models.BooleanField(default=False)
    estimate_reason = models.TextField(default="")
    estimate_previous_to = models.DateField(null=True)
    estimate_revised_at = models.DateTimeField(null=True)

    # Alarms, set by the clocks and ended by news or by a person.
    late_since = models.DateTimeField(null=True)
    stalled_since = models.DateTimeField(null=True)
    lost_since = models.DateTimeField(null=True)
    not_found_since = models.DateTimeField(null=True)
    not_found_note = models.TextField(default="")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="")
    settled_as = models.TextField(default="")
    settled_note = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"],
                condition=Q(parcel__isnull=False),
                name="tracker_once_per_parcel",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in TrackingStatus]), name="tracker_status"
            ),
            models.CheckConstraint(
                condition=Q(substatus__in=[s.value for s in Substatus])
                & Q(trouble_after_delivery__in=[s.value for s in Substatus]),
                name="tracker_substatus",
            ),
            models.CheckConstraint(
                condition=Q(parcel__isnull=True) | Q(order__isnull=False, shipment__isnull=False),
                name="tracker_parcel_has_order",
            ),
            models.CheckConstraint(
                condition=Q(tracking_number__regex=r"^[^\s-]*$"), name="tracker_number_normalized"
            ),
            models.CheckConstraint(
                condition=Q(destination_country__regex=r"^([A-Z]{2})?$"), name="tracker_country"
            ),
            models.CheckConstraint(
                condition=~Q(status=TrackingStatus.DELIVERED.value)
                | Q(delivered_at__isnull=False, is_open=False),
                name="tracker_delivered_at",
            ),
            models.CheckConstraint(
                condition=Q(canceled_at__isnull=True) | Q(is_open=False),
                name="tracker_canceled_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(estimate_from__isnull=True, estimate_to__isnull=True)
                | Q(estimate_from__lte=F("estimate_to")),
                name="tracker_estimate_range",
            ),
            models.CheckConstraint(
                condition=Q(promised_from__isnull=True)
                | Q(promised_to__isnull=True)
                | Q(promised_from__lte=F("promised_to")),
                name="tracker_promised_range",
            ),
            models.CheckConstraint(
                condition=Q(estimate_source__in=ESTIMATE_SOURCES), name="tracker_estimate_source"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by="", settled_as="")
                | Q(settled_at__isnull=False, settled_as__in=SETTLEMENTS[1:]) & ~Q(settled_by=""),
                name="tracker_settled_at_by",
            ),
            models.CheckConstraint(
                condition=Q(shares_with__isnull=True) | ~Q(shares_with=F("id")),
                name="tracker_shares_with_another",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "order"], name="tracker_by_order"),
            models.Index(fields=["shipment"], name="tracker_by_shipment"),
            models.Index(fields=["store", "-created_at", "-id"], name="tracker_by_time"),
            models.Index(
                fields=["store", "tracking_number"],
                name="tracker_by_number",
                opclasses=["uuid_ops", "text_pattern_ops"],  # prefixes, as people type them
            ),
            # Tabs, the board and Problems count and list these few.
            models.Index(
                fields=["store", "late_since"],
                name="tracker_late",
                condition=Q(late_since__isnull=False),
            ),
            models.Index(
                fields=["store", "stalled_since"],
                name="tracker_stalled",
                condition=Q(stalled_since__isnull=False),
            ),
            models.Index(
                fields=["store", "lost_since"],
                name="tracker_lost",
                condition=Q(lost_since__isnull=False),
            ),
            models.Index(
                fields=["store", "not_found_since"],
                name="tracker_not_found",
                condition=Q(not_found_since__isnull=False),
            ),
            models.Index(
                fields=["store", "created_at"],
                name="tracker_unmatched",
                condition=Q(parcel__isnull=True),
            ),
            models.Index(
                fields=["store", "status", "status_at"],
                name="tracker_open",
                condition=Q(is_open=True, is_history=False, parcel__isnull=False),
            ),
            models.Index(
                fields=["store", "delivered_at"],
                name="tracker_trouble_after",
                condition=~Q(trouble_after_delivery="") & Q(settled_at__isnull=True),
            ),
            models.Index(
                fields=["store", "delivered_at"],
                name="tracker_delivered",
                condition=Q(delivered_at__isnull=False),
            ),
            models.Index(
                fields=["store", "shipped_at"],
                name="tracker_shipped",
                condition=Q(parcel__isnull=False, shipped_at__isnull=False),
            ),
            models.Index(
                fields=["shares_with"],
                name="tracker_followers",
                condition=Q(shares_with__isnull=False),
            ),
        ]


class TrackingNumber(StoreModel):
    """A number that a carrier knows a parcel by.

    A parcel may have several (handed over to another carrier). Carriers use numbers again after
    some months: then another parcel has the next ``generation``, and steps belong to the last
    one whose ``counts_from`` they are not before.
    """

    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    tracker = models.ForeignKey(Tracker, on_delete=models.PROTECT, related_name="+", db_index=False)
    carrier = models.TextField(default="")
    number = models.TextField()
    generation = models.PositiveSmallIntegerField(default=1)
    counts_from = models.DateTimeField(null=True)  # null: from ever
    is_linked = models.BooleanField(default=False)  # a report named it, not the merchant

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "number", "carrier", "generation"],
                name="number_once_per_generation",
            ),
            models.CheckConstraint(
                condition=Q(number__regex=r"^[^\s-]+$"), name="number_normalized"
            ),
            models.CheckConstraint(condition=Q(generation__gte=1), name="number_generation"),
        ]
        indexes = [models.Index(fields=["tracker"], name="number_by_tracker")]
