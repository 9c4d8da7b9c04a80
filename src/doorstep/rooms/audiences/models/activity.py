"""What visitors do on the merchant's site, who they turned out to be, and what they wish for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from doorstep.kernel.tenancy import StoreModel


class Visitor(StoreModel):
    """One browser, by the random id its script made; a customer's once they said who they are."""

    token = models.TextField()
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    known_since = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "token"], name="visitor_once"),
            models.CheckConstraint(condition=~Q(token=""), name="visitor_token"),
            models.CheckConstraint(
                condition=Q(customer__isnull=True, known_since__isnull=True)
                | Q(customer__isnull=False, known_since__isnull=False),
                name="visitor_known_since",
            ),
            models.CheckConstraint(
                condition=Q(first_seen_at__lte=F("last_seen_at")), name="visitor_seen"
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "customer"],
                name="visitor_by_customer",
                condition=Q(customer__isnull=False),
            )
        ]


class SiteActivity(StoreModel):
    """One thing done on the site; ``key`` is the teller's own id, so that telling twice is fine.

    ``customer`` is filled for what a visitor did before as well, once the visitor is known.
    """

    key = models.TextField()
    kind = models.TextField()
    visitor = models.ForeignKey(
        Visitor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    product_ref = models.TextField(default="", db_default="")  # as told: id, SKU or handle
    details = models.JSONField(default=dict, db_default={})
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "key"], name="activity_once"),
            models.CheckConstraint(condition=~Q(key="") & ~Q(kind=""), name="activity_named"),
            models.CheckConstraint(
                condition=Q(visitor__isnull=False) | Q(customer__isnull=False),
                name="activity_of_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "customer", "kind", "-occurred_at"],
                name="activity_by_customer",
                condition=Q(customer__isnull=False),
            ),
            models.Index(
                fields=["store", "visitor", "-occurred_at"],
                name="activity_by_visitor",
                condition=Q(visitor__isnull=False),
            ),
            models.Index(
                fields=["store", "product", "-occurred_at"],
                name="activity_by_product",
                condition=Q(product__isnull=False),
            ),
            # What is too old is deleted from this end.
            models.Index(fields=["store", "occurred_at"], name="activity_by_time"),
        ]


class SoldOutWish(StoreModel):
    """A product somebody wishes for that nobody can buy now; gone when it is there again."""

    product = models.ForeignKey(
        "catalog.Product", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "product"], name="sold_out_wish_once"),
        ]


class WishListItem(StoreModel):
    """Something somebody wishes for: on the list until ``removed_at``."""

    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    visitor = models.ForeignKey(
        Visitor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    product = models.ForeignKey(
        "catalog.Product", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    product_ref = models.TextField()  # as told: what makes it the same wish
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "customer", "product_ref"],
                condition=Q(removed_at__isnull=True, customer__isnull=False),
                name="wished_once_by_customer",
            ),
            models.UniqueConstraint(
                fields=["store", "visitor", "product_ref"],
                condition=Q(removed_at__isnull=True, customer__isnull=True, visitor__isnull=False),
                name="wished_once_by_visitor",
            ),
            models.CheckConstraint(
                condition=Q(visitor__isnull=False) | Q(customer__isnull=False),
                name="wish_of_somebody",
            ),
            models.CheckConstraint(condition=~Q(product_ref=""), name="wish_product_ref"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__gte=F("added_at")),
                name="wish_removed_after",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "customer", "-added_at"],
                name="wish_by_customer",
                condition=Q(customer__isnull=False),
            ),
            models.Index(
                fields=["store", "product"],
                name="wish_open_by_product",
                condition=Q(removed_at__isnull=True, product__isnull=False),
            ),
        ]


class MovedRow(models.Model):
    """A row that went to another customer with a merge, so that undoing moves exactly it back."""

    id = models.BigAutoField(primary_key=True)
    store = models.ForeignKey(
        "stores.Store", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    merge_id = models.UUIDField()
    kind = models.TextField()  # "activity", "visitor" or "wish"
    row_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "merge_id", "kind", "row_id"], name="audience_row_moved_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["activity", "visitor", "wish"]),
                name="audience_row_moved_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
