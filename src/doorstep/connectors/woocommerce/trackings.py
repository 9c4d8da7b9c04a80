"""Numbers that shipment tracking plugins keep beside WooCommerce's orders.

Both "Shipment Tracking" (WooCommerce) and "Advanced Shipment Tracking" write the order's meta
``_wc_shipment_tracking_items``. They name no lines: what has a number has left, all of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from doorstep.connectors.base.contracts import Rejection
from doorstep.connectors.base.payload import Node
from doorstep.rooms.fulfillment.contracts import IncomingParcel, IncomingShipment

META = "_wc_shipment_tracking_items"
MOST = 100


def read_trackings(node: Node, version_at: datetime) -> tuple[IncomingShipment, ...]:
    """Return the one sending that an order's tracking numbers stand for, none without numbers.

    What can't be understood is left out: the order itself must not be lost for it.
    """
    try:
        return _read(node, version_at)
    except Rejection:
        return ()


def _read(node: Node, version_at: datetime) -> tuple[IncomingShipment, ...]:
    items = [one for meta in node.nodes("meta_data") for one in _items(meta)][:MOST]
    found = [Node(one, node.at("meta_data"), node.notes) for one in items]
    parcels = tuple(_parcel(one) for one in found if one.text("tracking_number"))
    if not parcels:
        return ()
    order_id = node.ident("id", required=True)
    days = [day for one in found if (day := _shipped_at(one)) is not None]
    return (
        IncomingShipment(
            external_id=f"tracking:{order_id}",
            order_external_id=order_id,
            version_at=version_at,
            shipped_at=min([*days, version_at]),
            parcels=parcels,
        ),
    )


def _items(meta: Node) -> list[dict[str, Any]]:
    """Return the list under the meta's value; PHP writes lists with gaps as objects."""
    if meta.text("key") != META:
        return []
    value = meta.data.get("value")
    entries = list(value.values()) if isinstance(value, dict) else value
    return [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []


def _parcel(one: Node) -> IncomingParcel:
    carrier = one.text("custom_tracking_provider") or one.text("tracking_provider")
    url = one.text("custom_tracking_link", 1_000) or one.text("tracking_link", 1_000)
    return IncomingParcel(one.text("tracking_number"), carrier, url)


def _shipped_at(one: Node) -> datetime | None:
    """Read seconds since 1970 or a day; what is neither says nothing."""
    written = str(one.data.get("date_shipped") or "").strip()
    try:
        if written.isdecimal():
            return datetime.fromtimestamp(int(written), UTC)
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
