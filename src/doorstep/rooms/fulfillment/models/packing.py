"""How a store packs: boxes, handling classes, rules, and what was put in beside the order."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.fulfillment.contracts import ExtraKind, HandlingClass
from doorstep.rooms.fulfillment.models.shipment import Shipment

CLASSES = [one.value for one in HandlingClass]


class Box(StoreModel):
    """A box, bag or tube; sides are its inside in millimeters, weights in grams."""

    name = models.TextField()
    length_mm = models.PositiveIntegerField()
    width_mm = models.PositiveIntegerField()
    height_mm = models.PositiveIntegerField()
    max_weight_grams = models.PositiveIntegerField()
    tare_grams = models.PositiveIntegerField(default=0)
    is_premium = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="box_name"),
            models.CheckConstraint(condition=~Q(name=""), name="box_named"),
            models.CheckConstraint(
                condition=Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0),
                name="box_size",
            ),
            models.CheckConstraint(condition=Q(max_weight_grams__gt=0), name="box_max_weight"),
        ]


class HandlingProfile(StoreModel):
    """What a handling class asks of the packer; without a row ``rules/handling.py`` says it."""

    handling_class = models.TextField()
    container = models.TextField(default="")
    infill = models.TextField(default="")
    cold_packs = models.PositiveSmallIntegerField(default=0)
    is_insured = models.BooleanField(default=False)
    carrier_note = models.TextField(default="")
    words = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "handling_class"], name="handling_once"),
            models.CheckConstraint(
                condition=Q(handling_class__in=CLASSES), name="handling_profile_class"
            ),
            models.CheckConstraint(condition=Q(cold_packs__lte=50), name="handling_cold_packs"),
        ]


class VariantHandling(StoreModel):
    """A class that a variant always has; rules may add more."""

    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    handling_class = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "handling_class"], name="variant_handling_once"
            ),
            models.CheckConstraint(
                condition=Q(handling_class__in=CLASSES), name="variant_handling_class"
            ),
        ]


class PackingRule(StoreModel):
    """When its condition holds for an order or a line, its effects apply.

    ``condition`` is the canonical document of kernel conditions, ``effects`` that of
    ``packing.effects.Effects``.
    """

    name = models.TextField()
    position = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)
    scope = models.TextField()  # order or line: the condition's subject
    condition = models.JSONField()
    effects = models.JSONField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "name"], name="packing_rule_name"),
            models.CheckConstraint(condition=~Q(name=""), name="packing_rule_named"),
            models.CheckConstraint(
                condition=Q(scope__in=["order", "line"]), name="packing_rule_scope"
            ),
        ]
        indexes = [models.Index(fields=["store", "position", "id"], name="packing_rule_order")]


class PackingSettings(StoreModel):
    """A store's own settings for packing and papers; without a row it has the defaults."""

    premium_from_minor = models.BigIntegerField(null=True)  # order total in the store's currency
    return_policy = models.TextField(default="")  # in a few words, printed on the slip
    is_invoice = models.BooleanField(default=False)  # the receipt is called an invoice
    tax_id = models.TextField(default="")
    paper = models.TextField(default="a4")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="one_packing_settings_per_store"),
            models.CheckConstraint(
                condition=Q(premium_from_minor__isnull=True) | Q(premium_from_minor__gte=0),
                name="packing_premium_from",
            ),
            # An invoice without the seller's tax id is none (EU: directive 2006/112, art. 226).
            models.CheckConstraint(
                condition=Q(is_invoice=False) | ~Q(tax_id=""), name="packing_invoice_tax_id"
            ),
            models.CheckConstraint(
                condition=Q(paper__in=["a4", "us-letter"]), name="packing_paper"
            ),
        ]


class ExtrasDecision(StoreModel):
    """Which extras a shipment gets was decided: once, and it stays."""

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment"], name="extras_decided_once"),
        ]


class PlannedExtra(StoreModel):
    """A sample or bonus item that goes into a shipment; its pieces are reserved.

    The reservation's cause is ``extra_cause(shipment, variant)``.
    """

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField()
    quantity = models.PositiveIntegerField()
    rule_name = models.TextField()  # as it was called then
    decided_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)  # the shipment was canceled

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "variant"], name="extra_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="extra_quantity"),
            models.CheckConstraint(
                condition=Q(kind__in=[one.value for one in ExtraKind]), name="extra_kind"
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(released_at__gte=F("decided_at")),
                name="extra_released_after",
            ),
        ]


class SampleGiven(StoreModel):
    """Somebody was given a sample: never the same one again.

    :ivar person: ``customer:<uuid>``, or ``email:<sha256>`` of a guest nobody can tell.
    :ivar merge_id: the merge of customers that moved it here; undoing moves it back.
    """

    person = models.TextField()
    variant = models.ForeignKey(
        "catalog.Variant", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    given_at = models.DateTimeField()
    merge_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "person", "variant"], name="sample_once_per_person"
            ),
            models.CheckConstraint(
                condition=Q(person__regex=r"^(customer|email):."), name="sample_person"
            ),
        ]
        indexes = [models.Index(fields=["shipment"], name="sample_by_shipment")]
