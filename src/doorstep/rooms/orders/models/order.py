"""An order: what was bought, by whom, where it goes and where it stands."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel
from doorstep.rooms.orders.contracts import FinancialStatus, OrderState


class Order(StoreModel):
    """One order of one sales channel.

    ``version_at`` is the platform's last-modified instant: what is older changes nothing.
    ``customer`` follows merges; ``MergedOrder`` remembers what a merge moved. Addresses are JSON in the shape of ``contracts.AddressView`` (null: none given);
    what is searched or looked up by stands in columns of its own, so erasing a person is one
    UPDATE of this row.
    """

    # No index on the store alone: every index below begins with it.
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sales_channel = models.TextField()
    connection_id = models.UUIDField(null=True)  # of the connectors, which are above this room
    external_id = models.TextField()
    number = models.TextField()
    number_key = models.TextField()  # rules.search.number_key(number)
    import_id = models.TextField(default="")

    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    platform_person_id = models.TextField(default="")
    email = models.TextField(default="")  # lower case, as typed at checkout
    phone = models.TextField(default="")
    shopper_name = models.TextField(default="")
    locale = models.TextField(default="")

    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField(default=0)
    tips_minor = models.BigIntegerField(default=0)
    duties_minor = models.BigIntegerField(default=0)
    adjustment_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    # What the platform says has come in, before refunds; null: it only says whether all of it did.
    paid_minor = models.BigIntegerField(null=True)
    refunded_minor = models.BigIntegerField(default=0)  # sum of refunds in the order's currency
    taxes_included = models.BooleanField(default=False)
    presentment_currency = models.CharField(max_length=3, default="")
    presentment_totals = models.JSONField(null=True)  # contracts.OrderTotals
    financial_status = models.TextField()
    payment_method = models.TextField(default="")

    state = models.TextField()
    is_history = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False)
    is_shippable = models.BooleanField(default=True)  # at least one line needs an address
    item_count = models.PositiveIntegerField()

    shipping_address = models.JSONField(null=True)
    billing_address = models.JSONField(null=True)
    # Set while the shipping address was mended here: what the platform still says. As long as
    # it says the same, its updates do not undo the mending.
    platform_address = models.JSONField(null=True)
    country_code = models.CharField(max_length=2, default="")  # where it goes
    postcode_key = models.TextField(default="")  # rules.search.postcode_key(...)
    shipping_method = models.TextField(default="")
    note = models.TextField(default="")
    tags = models.JSONField(default=list)
    is_gift = models.BooleanField(default=False, db_default=False)
    gift_message = models.TextField(default="", db_default="")
    gift_wrap = models.BooleanField(default=False, db_default=False)
    gift_receipt = models.BooleanField(default=False, db_default=False)  # no prices in the parcel
    warnings = models.JSONField(default=list)
    status_url = models.TextField(default="")  # the platform's own page
    search_text = models.TextField(default="")  # rules.search.search_text(...)

    placed_at = models.DateTimeField()
    version_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()
    erased_at = models.DateTimeField(null=True)  # the person was: updates bring nothing back
    fulfilled_at = models.DateTimeField(null=True)
    # Set where our own shipments say that everything left, which the platform may never learn: as
    # long as nothing is added, its updates do not open the order again.
    shipped_here_at = models.DateTimeField(null=True)
    # Set while lines were edited here: what the platform says of them, [[external id, pieces], …].
    # As long as it says the same, or what we told it, its updates leave the edit alone.
    platform_lines = models.JSONField(null=True)
    # Canceled here, and the platform does not know it yet.
    canceled_here_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    canceled_by = models.TextField(default="")
    cancel_reason = models.TextField(default="")
    ship_by_date = models.DateField(null=True)
    delivery_from_date = models.DateField(null=True)
    delivery_to_date = models.DateField(null=True)
    production_days_min = models.PositiveSmallIntegerField(null=True)
    production_days_max = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "sales_channel", "external_id"], name="order_once_per_channel"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in OrderState]), name="order_state"
            ),
            models.CheckConstraint(
                condition=Q(financial_status__in=[s.value for s in FinancialStatus]),
                name="order_financial_status",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$")
                & Q(presentment_currency__regex=r"^([A-Z]{3})?$"),
                name="order_currency",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_minor=F("subtotal_minor")
                    - F("discount_minor")
                    + F("shipping_minor")
                    + F("fees_minor")
                    + F("tips_minor")
                    + F("duties_minor")
                    + F("adjustment_minor")
                    + models.Case(
                        models.When(taxes_included=True, then=models.Value(0)),
                        default=F("tax_minor"),
                        output_field=models.BigIntegerField(),
                    )
                ),
                name="order_sum_is_total",
            ),
            models.CheckConstraint(
                condition=Q(
                    subtotal_minor__gte=0,
                    discount_minor__gte=0,
                    shipping_minor__gte=0,
                    tax_minor__gte=0,
                    refunded_minor__gte=0,
                ),
                name="order_amounts",
            ),
            models.CheckConstraint(
                condition=Q(canceled_at__isnull=True, canceled_by="")
                | Q(canceled_at__isnull=False) & ~Q(canceled_by=""),
                name="order_canceled_at_by",
            ),
            # History may be canceled too; what is not history and canceled says so in its state.
            models.CheckConstraint(
                condition=Q(is_history=True, state=OrderState.HISTORY.value)
                | Q(is_history=False, state=OrderState.CANCELED.value, canceled_at__isnull=False)
                | Q(is_history=False, canceled_at__isnull=True)
                & ~Q(state__in=[OrderState.CANCELED.value, OrderState.HISTORY.value]),
                name="order_state_fits",
            ),
            models.CheckConstraint(
                condition=Q(delivery_from_date__isnull=True, delivery_to_date__isnull=True)
                | Q(delivery_from_date__lte=F("delivery_to_date")),
                name="order_delivery_range",
            ),
            models.CheckConstraint(
                condition=~Q(external_id="") & ~Q(sales_channel="") & ~Q(number=""),
                name="order_named",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-placed_at", "-id"], name="order_by_time"),
            # Tabs and holds: history is most of the rows and never in a tab.
            models.Index(
                fields=["store", "state", "-placed_at", "-id"],
                name="order_by_state",
                condition=Q(is_history=False),
            ),
            models.Index(fields=["store", "customer", "-placed_at"], name="order_by_customer"),
            models.Index(fields=["store", "number_key"], name="order_by_number"),
            # "simple": names, numbers and SKUs are no language. The store can't be part of a GIN
            # index without contrib extensions; the rows found are few and filtered by store.
            GinIndex(SearchVector("search_text", config="simple"), name="order_search"),
        ]


class MergedOrder(StoreModel):
    """An order that a merge of customers moved; undoing moves exactly these back."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")
    merge_id = models.UUIDField()
    moved_from = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")

    moved_to = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "merge_id", "order"], name="order_moved_once_per_merge"
            ),
        ]
