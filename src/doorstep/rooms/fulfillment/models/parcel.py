"""Parcels: the packages of a shipment, what lies in each, and its labels."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.fulfillment.contracts import ExtraKind
from doorstep.rooms.fulfillment.models.shipment import Shipment


class Parcel(StoreModel):
    """One package. Its tracking number is whatever somebody typed, scanned or reported."""

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    position = models.PositiveSmallIntegerField()  # "parcel 2 of 3", from 1
    box_name = models.TextField(default="")
    weight_grams = models.PositiveIntegerField(null=True)
    carrier = models.TextField(default="")  # our code; "" when not known
    carrier_name = models.TextField(default="")  # the platform's or the store's words
    service_level = models.TextField(default="")
    tracking_number = models.TextField(default="")
    tracking_key = models.TextField(default="")  # letters and digits, upper case
    tracking_url = models.TextField(default="")
    shipped_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "position"], name="parcel_position"),
            models.CheckConstraint(condition=Q(position__gte=1), name="parcel_position_from_1"),
            models.CheckConstraint(
                condition=Q(tracking_number="", tracking_key="")
                | ~Q(tracking_number="") & ~Q(tracking_key=""),
                name="parcel_number_key",
            ),
        ]
        indexes = [
            # Not unique: carriers use their numbers again. Found by their beginnings too.
            models.Index(
                fields=["store", "tracking_key"],
                name="parcel_by_number",
                opclasses=["uuid_ops", "text_pattern_ops"],
                condition=~Q(tracking_key=""),
            ),
        ]


class ParcelLine(StoreModel):
    """Pieces in a parcel: of an order line, or something that was not ordered.

    A trigger keeps the sum over a shipment's parcels within the shipment's line: no piece is
    packed twice. See the migration.
    """

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="+", db_index=False)
    order_line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    extra = models.TextField(default="")  # contracts.ExtraKind of what was not ordered
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "order_line", "variant", "extra"],
                nulls_distinct=False,
                name="parcel_line_once",
            ),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="parcel_line_quantity"),
            models.CheckConstraint(
                condition=Q(order_line__isnull=False, variant__isnull=True, extra="")
                | Q(
                    order_line__isnull=True,
                    variant__isnull=False,
                    extra__in=[kind.value for kind in ExtraKind],
                ),
                name="parcel_line_is_one_thing",
            ),
        ]


class Label(StoreModel):
    """A label of a parcel: asked for, made or failed; a voided one stays for the record."""

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Empty once a shipment was opened again: its parcels are gone, what was paid for stays.
    parcel = models.ForeignKey(
        Parcel, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    provider = models.TextField()
    state = models.TextField()
    external_id = models.TextField(default="")  # the provider's
    format = models.TextField(default="")  # MIME type of the document
    document = models.BinaryField(null=True)
    cost_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="")
    problem = models.TextField(default="")  # why it failed, in the provider's words
    requested_at = models.DateTimeField()
    requested_by = models.TextField()
    made_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.TextField(default="")

    class Meta:
        constraints = [
            # One that counts per parcel: a second click buys nothing twice.
            models.UniqueConstraint(
                fields=["parcel"],
                condition=Q(state__in=["requested", "made"]),
                name="one_label_per_parcel",
            ),
            models.CheckConstraint(
                condition=Q(state="requested", made_at__isnull=True, voided_at__isnull=True)
                | Q(state="made", made_at__isnull=False, voided_at__isnull=True)
                | Q(state="failed", voided_at__isnull=True) & ~Q(problem="")
                | Q(state="voided", voided_at__isnull=False) & ~Q(voided_by=""),
                name="label_state",
            ),
            models.CheckConstraint(
                condition=Q(cost_minor__isnull=True, currency="")
                | Q(cost_minor__gte=0, currency__regex=r"^[A-Z]{3}$"),
                name="label_cost",
            ),
        ]
        indexes = [models.Index(fields=["shipment", "-requested_at"], name="label_by_shipment")]
