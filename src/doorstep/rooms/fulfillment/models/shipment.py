"""A shipment: one sending of an order from one place, and what is in it."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.fulfillment.contracts import ShipmentSource, ShipmentState

OPEN = [ShipmentState.TO_PACK.value, ShipmentState.ON_HOLD.value]
# Not gone and not called off: what still lies here.
HERE = [*OPEN, ShipmentState.PACKED.value]


def _pair(name: str) -> Q:
    """Return the condition that an instant and who did it stand together."""
    return Q(**{f"{name}_at__isnull": True, f"{name}_by": ""}) | Q(
        **{f"{name}_at__isnull": False}
    ) & ~Q(**{f"{name}_by": ""})


class Shipment(StoreModel):
    """One sending of one order from one location.

    Whose it is stands in the order alone: merged and parted customers need no second place.
    """

    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    nth = models.PositiveSmallIntegerField()  # which sending of its order, from 1
    number = models.TextField()  # "#1042-1"
    number_key = models.TextField()  # letters and digits only: what a scanner or a person types
    location = models.ForeignKey(
        "inventory.Location", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.TextField()
    source = models.TextField(default=ShipmentSource.OWN)
    # What the platform calls it, and its version: what is older changes nothing.
    sales_channel = models.TextField(default="")
    external_id = models.TextField(default="")
    version_at = models.DateTimeField(null=True)

    shipping_method = models.TextField(default="")
    ship_by_date = models.DateField(null=True)
    new_ship_by_date = models.DateField(null=True)  # said to the shopper when the first was missed
    country_code = models.CharField(max_length=2, default="")
    recipient_name = models.TextField(default="")
    hold_words = models.TextField(default="")  # not "": its order waits, it must not go out
    # Split by hand, or sent in part by somebody's decision: planning again leaves it apart.
    is_manual = models.BooleanField(default=False)
    # A person decided to send what is there: missing stock of the order does not hold it.
    ignores_stock = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    is_history = models.BooleanField(default=False)
    search_text = models.TextField(default="")

    created_at = models.DateTimeField()
    created_by = models.TextField()
    picked_at = models.DateTimeField(null=True)
    picked_by = models.TextField(default="")
    packed_at = models.DateTimeField(null=True)
    packed_by = models.TextField(default="")
    shipped_at = models.DateTimeField(null=True)
    shipped_by = models.TextField(default="")
    canceled_at = models.DateTimeField(null=True)
    canceled_by = models.TextField(default="")
    order_changed_at = models.DateTimeField(null=True)  # changed after this was packed
    at_risk_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    watch_at = models.DateTimeField(null=True)  # when the ship-by watch looks at it next

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "nth"], name="shipment_once_per_nth"),
            models.UniqueConstraint(
                fields=["store", "sales_channel", "external_id"],
                condition=~Q(external_id=""),
                name="shipment_once_per_channel",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in ShipmentState]), name="shipment_state"
            ),
            models.CheckConstraint(
                condition=Q(source__in=[s.value for s in ShipmentSource]), name="shipment_source"
            ),
            models.CheckConstraint(condition=Q(nth__gte=1), name="shipment_nth"),
            models.CheckConstraint(condition=~Q(created_by=""), name="shipment_created_by"),
            *[
                models.CheckConstraint(condition=_pair(name), name=f"shipment_{name}_at_by")
                for name in ("picked", "packed", "shipped", "canceled")
            ],
            # What is open was neither packed nor sent; what was called off may have been.
            models.CheckConstraint(
                condition=Q(
                    state__in=OPEN,
                    packed_at__isnull=True,
                    shipped_at__isnull=True,
                    canceled_at__isnull=True,
                )
                | Q(
                    state=ShipmentState.PACKED.value,
                    packed_at__isnull=False,
                    shipped_at__isnull=True,
                    canceled_at__isnull=True,
                )
                | Q(
                    state=ShipmentState.SHIPPED.value,
                    shipped_at__isnull=False,
                    canceled_at__isnull=True,
                )
                | Q(state=ShipmentState.CANCELED.value, canceled_at__isnull=False),
                name="shipment_state_fits",
            ),
            models.CheckConstraint(
                condition=~Q(state=ShipmentState.ON_HOLD.value) | ~Q(hold_words=""),
                name="shipment_hold_has_words",
            ),
            models.CheckConstraint(
                condition=Q(external_id="", version_at__isnull=True)
                | ~Q(external_id="") & ~Q(sales_channel="") & Q(version_at__isnull=False),
                name="shipment_external",
            ),
            models.CheckConstraint(
                condition=Q(new_ship_by_date__isnull=True)
                | Q(new_ship_by_date__gt=F("ship_by_date"), missed_at__isnull=False),
                name="shipment_new_date",
            ),
            models.CheckConstraint(
                condition=Q(watch_at__isnull=True) | Q(state__in=HERE), name="shipment_watch"
            ),
        ]
        indexes = [
            # What lies here, the most urgent first; shipped ones are most rows and never in it.
            models.Index(
                F("store"),
                F("state"),
                F("ship_by_date").asc(nulls_last=True),
                F("id"),
                name="shipment_to_do",
                condition=Q(state__in=HERE),
            ),
            models.Index(
                fields=["store", "-shipped_at", "-id"],
                name="shipment_gone",
                condition=Q(state=ShipmentState.SHIPPED.value),
            ),
            models.Index(fields=["store", "-created_at", "-id"], name="shipment_by_time"),
            # The watch walks all stores at once: the one index without the store.
            models.Index(
                fields=["watch_at", "id"],
                name="shipment_watch_due",
                condition=Q(watch_at__isnull=False),
            ),
            models.Index(fields=["store", "number_key"], name="shipment_by_number"),
            # "simple": names, numbers and SKUs are no language.
            GinIndex(SearchVector("search_text", config="simple"), name="shipment_search"),
        ]


class ShipmentLine(StoreModel):
    """Pieces of one order line in a shipment.

    A trigger keeps the sum over an order line's shipments (canceled ones apart) within what was
    ordered: see the migration.
    """

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order_line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "order_line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="shipment_line_quantity"),
        ]
        indexes = [models.Index(fields=["order_line"], name="shipment_line_by_line")]


class FulfillmentRules(StoreModel):
    """A store's own settings for packing and shipping; without a row it has the defaults."""

    cut_off_hour = models.PositiveSmallIntegerField(default=14)
    catch_up_days = models.PositiveSmallIntegerField(default=2)
    tells_late = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store"], name="one_fulfillment_rules_per_store"),
            models.CheckConstraint(
                condition=Q(cut_off_hour__range=(0, 23)), name="fulfillment_cut_off"
            ),
            models.CheckConstraint(
                condition=Q(catch_up_days__range=(1, 60)), name="fulfillment_catch_up"
            ),
        ]
