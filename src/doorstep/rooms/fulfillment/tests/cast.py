"""Orders of the cast on their way out, and what the tests of this room share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.fulfillment import api
from doorstep.rooms.fulfillment.contracts import (
    IncomingParcel,
    IncomingShipment,
    ParcelContents,
    ShipmentDetail,
)
from doorstep.rooms.orders.contracts import IncomingOrder
from doorstep.rooms.orders.tests.cast import (
    AT,
    CHANNEL,
    INES,
    LATER,
    MIA,
    SHOP,
    line,
    order,
    record,
    stock,
)

WANDA = Actor("user", "wanda", "Wanda", role="warehouse")
MARCO = Actor("user", "marco", "Marco", role="manager")
UPS = "1Z999AA10123456784"

__all__ = [
    "AT", "CHANNEL", "INES", "LATER", "MARCO", "MIA", "SHOP", "UPS", "WANDA", "line", "order",
    "record", "stock",
]  # fmt: skip


def place(*orders: IncomingOrder, at: datetime = AT) -> list[UUID]:
    """Record orders and let everybody who listens act; returns their ids."""
    ids = [one.order_id for one in record(*orders, at=at)]
    run_until_idle()
    return ids


def sent(order_id: UUID) -> list[ShipmentDetail]:
    """Return an order's shipments, canceled ones too."""
    return api.list_shipments_of([order_id]).get(order_id, [])


def states(order_id: UUID) -> list[str]:
    """Return the states of an order's shipments."""
    return [one.summary.state for one in sent(order_id)]


def pieces(detail: ShipmentDetail) -> dict[str, int]:
    """Return what a shipment holds, by SKU."""
    return {thing.sku: thing.quantity for thing in detail.things}


def contents(detail: ShipmentDetail, **more: Any) -> ParcelContents:
    """Return all of a shipment in one parcel."""
    inside = {t.order_line_id: t.quantity for t in detail.things if t.order_line_id}
    return ParcelContents(inside, **more)


def pack(detail: ShipmentDetail, *, at: datetime = LATER, **more: Any) -> ShipmentDetail:
    """Pack a shipment into one parcel."""
    return api.pack_shipment(
        shipment_id=detail.summary.id, parcels=[contents(detail, **more)], by=WANDA, at=at
    )


def ship(detail: ShipmentDetail, *, at: datetime = LATER) -> ShipmentDetail:
    """Hand a packed shipment over."""
    return api.ship_shipment(shipment_id=detail.summary.id, by=WANDA, at=at)


def told(
    nth: int = 1,
    *,
    order_nth: int = 1,
    lines: Mapping[str, int] | None = None,
    number: str = UPS,
    version: int = 0,
    **more: Any,
) -> IncomingShipment:
    """Return what the platform says of a sending."""
    given: dict[str, Any] = {
        "external_id": f"sending-{nth}",
        "order_external_id": f"order-{order_nth}",
        "version_at": LATER + timedelta(minutes=version),
        "shipped_at": LATER,
        "lines": tuple((f"line-{sku}", n) for sku, n in (lines or {}).items()),
        "parcels": (IncomingParcel(number, "UPS"),) if number else (),
    }
    return IncomingShipment(**given | more)


def tell(*incoming: IncomingShipment, at: datetime = LATER) -> list[Any]:
    """Record what the platform says, and let everybody act."""
    outcomes = api.record_platform_shipments(
        incoming, sales_channel=CHANNEL, connection_id=None, by=SHOP, at=at
    )
    run_until_idle()
    return outcomes
