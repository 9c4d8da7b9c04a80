"""A small random shop, written straight into the tables that customers' facts read."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.ids import new_id
from doorstep.rooms.audiences.models import Membership, SiteActivity, WishListItem
from doorstep.rooms.catalog.models import Product, Variant
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.orders.models import Order, OrderLine
from doorstep.rooms.tracking.models import Tracker

TEXTS = ("TEA", "CUP", "Green tea", "shopify", "DE", "AT", "vip", "wholesale", "en", "page_viewed")
CURRENCIES = ("EUR", "USD")
KINDS = ("page_viewed", "product_viewed", "searched", "added_to_cart", "page_viewed")


class World:
    """Fills the tables of one store by chance that ``random`` decides."""

    def __init__(self, chance: random.Random, store_id: UUID, at: datetime) -> None:
        self.chance, self.store_id, self.at = chance, store_id, at

    def fill(self, customers: int, segment_id: UUID) -> list[UUID]:
        """Make people with all they did; returns their ids."""
        variants = self._variants()
        rows = [self._customer() for _ in range(customers)]
        Customer.objects.bulk_create(rows)
        for row in rows:
            for _ in range(self.chance.randint(0, 3)):
                self._order(row.id, variants)
            for _ in range(self.chance.randint(0, 3)):
                self._activity(row.id, variants)
            if self.chance.random() < 0.4:
                self._wish(row.id, variants)
            if self.chance.random() < 0.3:
                Membership.objects.create(
                    store_id=self.store_id, segment_id=segment_id, customer=row, since=self.at
                )
        return [row.id for row in rows]

    def moment(self) -> datetime:
        """Return an instant around now: long ago, at the edge of a window, or ahead of the clock."""
        edge = self.chance.choice([0, 1, 2, 7, 30, 31, 90, 365])
        shift = self.chance.choice([0, 0, 1, -1, 3600, -3600, 43_200, -43_200])
        return self.at - timedelta(days=edge, seconds=shift)

    def maybe(self, value: Any, other: Any, likely: float = 0.5) -> Any:
        return value if self.chance.random() < likely else other

    def _customer(self) -> Customer:
        seen = self.moment()
        return Customer(
            id=new_id(),
            store_id=self.store_id,
            name="Somebody",
            email=self.maybe("somebody@example.com", ""),
            locale=self.chance.choice(["", "en", "de-AT"]),
            preferred_channel=self.chance.choice(["", "email", "sms"]),
            country_code=self.chance.choice(["", "DE", "AT"]),
            tags=self.chance.sample(["vip", "wholesale", "TEA"], self.chance.randint(0, 2)),
            created_at=seen,
            first_seen_at=seen,
            last_seen_at=seen + timedelta(hours=self.chance.randint(0, 50)),
        )

    def _variants(self) -> list[Variant]:
        made = []
        for sku, title, tags in (("TEA", "Green tea", ["vip", "TEA"]), ("CUP", "", [])):
            product = Product.objects.create(
                store_id=self.store_id, title=title, tags=tags, created_at=self.at,
                updated_at=self.at,
            )  # fmt: skip
            sku = f"{sku}" if self.chance.random() < 0.8 else ""
            made.append(
                Variant.objects.create(
                    store_id=self.store_id,
                    product=product,
                    sku=sku,
                    created_at=self.at,
                    updated_at=self.at,
                )
            )
        return made

    def _order(self, customer_id: UUID, variants: list[Variant]) -> None:
        total, canceled = self.chance.choice([0, 4_200, 10_000, 10_001]), self.maybe(1, 0, 0.2)
        order_id, placed = new_id(), self.moment()
        Order.objects.create(
            id=order_id,
            store_id=self.store_id,
            sales_channel=self.chance.choice(["shopify", "amazon"]),
            external_id=str(order_id),
            number="#1",
            number_key="1",
            customer_id=customer_id,
            currency=self.chance.choice(CURRENCIES),
            subtotal_minor=total,
            discount_minor=0,
            shipping_minor=0,
            tax_minor=0,
            total_minor=total,
            refunded_minor=self.chance.choice([0, 0, min(total, 1)]),
            taxes_included=True,
            financial_status="paid",
            state="history",
            is_history=True,
            is_test=self.maybe(True, False, 0.15),
            item_count=self.chance.randint(0, 3),
            placed_at=placed,
            version_at=placed,
            recorded_at=placed,
            recorded_by="connector:shopify",
            canceled_at=placed if canceled else None,
            canceled_by="system:x" if canceled else "",
        )
        for position in range(self.chance.randint(0, 2)):
            self._line(order_id, position, variants)
        if self.chance.random() < 0.5:
            self._tracker(order_id)

    def _line(self, order_id: UUID, position: int, variants: list[Variant]) -> None:
        OrderLine.objects.create(
            store_id=self.store_id,
            order_id=order_id,
            position=position,
            external_id=str(position),
            variant=self.chance.choice([None, *variants]),
            title=self.chance.choice(["Green tea", "Cup"]),
            sku=self.chance.choice(["", "TEA", "CUP"]),
            quantity=self.chance.randint(1, 3),
            unit_price_minor=0,
            discount_minor=0,
            tax_minor=0,
            total_minor=0,
            removed_at=self.maybe(self.at, None, 0.2),
        )

    def _tracker(self, order_id: UUID) -> None:
        delivered = self.maybe(self.moment(), None)
        Tracker.objects.create(
            store_id=self.store_id,
            order_id=order_id,
            zone=self.chance.choice(["UTC", "Europe/Berlin"]),
            promised_to=self.maybe(self.moment().date(), None),
            status="delivered" if delivered else "in_transit",
            delivered_at=delivered,
            is_open=delivered is None,
            late_since=self.maybe(self.moment(), None, 0.3),
            created_at=self.at,
        )

    def _activity(self, customer_id: UUID, variants: list[Variant]) -> None:
        SiteActivity.objects.create(
            store_id=self.store_id,
            key=str(new_id()),
            kind=self.chance.choice(KINDS),
            customer_id=customer_id,
            product=self.chance.choice([None, *variants]) and variants[0].product,
            product_ref=self.chance.choice(["", "TEA"]),
            details=self.chance.choice([{}, {"query": "Green TEA"}, {"query": ""}]),
            occurred_at=self.moment(),
            recorded_at=self.at,
        )

    def _wish(self, customer_id: UUID, variants: list[Variant]) -> None:
        added = self.moment()
        WishListItem.objects.create(
            store_id=self.store_id,
            customer_id=customer_id,
            product=self.chance.choice([None, *(one.product for one in variants)]),
            product_ref="TEA",
            added_at=added,
            removed_at=self.maybe(added, None, 0.3),
        )
