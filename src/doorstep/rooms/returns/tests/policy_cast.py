"""Orders of the cast for the policy's tests: what was bought, when it arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    IncomingAddress,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    LineAmounts,
    OrderTotals,
)

AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
ORDERED = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
DELIVERED = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
SHOP = Actor("connector", "shopify", "Shopify")
INES = Actor("user", "ines", "Ines", role="owner")
MIA = Actor("user", "mia", "Mia", role="marketer")


def line(nth: int = 1, *, price: int = 2000, quantity: int = 1, off: int = 0, **more: Any) -> Any:
    """Return a line as a shop sends it."""
    total = price * quantity - off
    amounts = LineAmounts(price, off, 0, total)
    return IncomingLine(f"l{nth}", more.pop("title", "Kettle"), quantity, amounts, **more)


def place(*lines: Any, nth: int = 1, ordered: datetime = ORDERED, **more: Any) -> UUID:
    """Place an order of Maya's; returns its id."""
    bought = lines or (line(),)
    whole = sum(one.amounts.unit_price_minor * one.quantity for one in bought)
    off = sum(one.amounts.discount_minor for one in bought)
    home = IncomingAddress(
        name="Maya Lindqvist",
        line1="Kastanienallee 12",
        city="Berlin",
        postal_code="10435",
        country_code=more.pop("country", "DE"),
    )
    given: dict[str, Any] = {
        "external_id": f"order-{nth}",
        "number": f"#{1000 + nth}",
        "currency": "EUR",
        "placed_at": ordered,
        "version_at": ordered,
        "totals": OrderTotals(whole, off, 0, 0, whole - off),
        "lines": tuple(bought),
        "taxes_included": True,
        "financial_status": FinancialStatus.PAID,
        "person": IncomingPerson(
            email=more.pop("email", "maya@example.com"), name="Maya", locale=more.pop("locale", "")
        ),
        "shipping_address": home,
    }
    [kept] = orders.record_orders(
        [IncomingOrder(**given | more)],
        sales_channel="shopify",
        connection_id=None,
        by=SHOP,
        at=ordered,
    )
    return kept.order_id


def lines_of(order_id: UUID) -> list[Any]:
    """Return the order's lines as stored, in order."""
    rows = apps.get_model("orders", "OrderLine").objects.filter(order_id=order_id)
    return list(rows.order_by("position"))


def deliver(
    order_id: UUID,
    at: datetime | None = DELIVERED,
    *,
    pieces: dict[UUID, int] | None = None,
    scanned: bool = True,
) -> None:
    """Let a parcel of the order leave two days before, and arrive at ``at`` (None: not yet).

    :param pieces: line → pieces in it; all lines whole where not given.
    """
    left = (at or DELIVERED) - timedelta(days=2)
    inside = pieces or {row.id: row.quantity for row in lines_of(order_id)}
    models = {name: apps.get_model("fulfillment", name) for name in ("Shipment", "Parcel")}
    order = apps.get_model("orders", "Order").objects.get(id=order_id)
    nth = models["Shipment"].objects.filter(order_id=order_id).count() + 1
    shipment = models["Shipment"].objects.create(
        store_id=order.store_id,
        order_id=order_id,
        nth=nth,
        number=f"{order.number}-{nth}",
        number_key=f"{order.number_key}{nth}",
        state="shipped",
        created_at=left,
        created_by="system:test",
        packed_at=left,
        packed_by="system:test",
        shipped_at=left,
        shipped_by="system:test",
    )
    parcel = models["Parcel"].objects.create(
        store_id=order.store_id, shipment=shipment, position=1, created_at=left, shipped_at=left
    )
    for line_id, quantity in inside.items():
        apps.get_model("fulfillment", "ShipmentLine").objects.create(
            store_id=order.store_id, shipment=shipment, order_line_id=line_id, quantity=quantity
        )
        apps.get_model("fulfillment", "ParcelLine").objects.create(
            store_id=order.store_id, parcel=parcel, order_line_id=line_id, quantity=quantity
        )
    apps.get_model("tracking", "Tracker").objects.create(
        id=new_id(),
        store_id=order.store_id,
        parcel=parcel,
        shipment=shipment,
        order_id=order_id,
        tracking_number=f"N{parcel.id.hex[:12]}",
        shipped_at=left,
        created_at=left,
        first_scan_at=left if scanned else None,
        status="delivered" if at else "in_transit",
        delivered_at=at,
        is_open=at is None,
    )
