"""Orders recorded through the orders room's own door, and links to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingAddress,
    IncomingCharge,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    LineAmounts,
    OrderTotals,
)
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

BY = Actor.system("portal.tests")


@pytest.fixture
def now() -> datetime:
    """The present minute: pages read the clock."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def incoming(at: datetime, **changes: Any) -> IncomingOrder:
    """Return Maya's order, placed two hours before ``at``."""
    placed_at = at - timedelta(hours=2)
    whole = IncomingOrder(
        external_id="5001",
        number="#1042",
        currency="EUR",
        placed_at=placed_at,
        version_at=placed_at,
        totals=OrderTotals(6100, 290, 690, 792, 6500),
        taxes_included=True,
        lines=(
            IncomingLine(
                external_id="1",
                title="First-flush Darjeeling",
                quantity=2,
                amounts=LineAmounts(1450, 290, 171, 2610),
                sku="TEA-DJ-100",
                options=(("Size", "100 g"),),
            ),
            IncomingLine(
                external_id="2",
                title="Stoneware cup",
                quantity=1,
                amounts=LineAmounts(3200, 0, 511, 3200),
                sku="CUP-STONE",
                properties=(("Engraving", "Maya"),),
            ),
        ),
        charges=(IncomingCharge(ChargeKind.SHIPPING, "DHL Parcel", 690, 110),),
        financial_status=FinancialStatus.PAID,
        person=IncomingPerson(email="maya@example.com", name="Maya Lindqvist", locale="en"),
        shipping_address=IncomingAddress(
            name="Maya Lindqvist",
            line1="Sveavägen 14",
            city="Stockholm",
            postal_code="111 57",
            country_code="SE",
        ),
        shipping_method="DHL Parcel",
    )
    return replace(whole, **changes)


@pytest.fixture
def place(store: StoreInfo, now: datetime) -> Callable[..., UUID]:
    """Record an order with some fields changed; gives its id."""

    def record(**changes: Any) -> UUID:
        [recorded] = orders.record_orders(
            [incoming(now, **changes)],
            sales_channel="shopify",
            connection_id=None,
            mode="live",
            by=BY,
            at=now,
        )
        return recorded.order_id

    return record


@pytest.fixture
def link(store: StoreInfo, now: datetime) -> Callable[..., str]:
    """Return the path of an order's page."""

    def path(order_id: UUID, at: datetime | None = None) -> str:
        return f"/o/{orders.order_page_token(store.id, order_id, at=at or now)}"

    return path


@pytest.fixture
def change_store(store: StoreInfo, now: datetime) -> Callable[..., None]:
    """Change settings of a store as its owner would; by default of Fern & Kettle."""

    def change(which: StoreInfo = store, **settings: Any) -> None:
        owner = Actor("user", "ines", "Ines", role="owner")
        with store_scope(which.id):
            stores.change_settings(settings=settings, by=owner, at=now)

    return change
