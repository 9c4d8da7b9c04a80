"""A shipment leaves: here, or as the platform says."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.rooms.fulfillment.book import Book
from doorstep.rooms.fulfillment.contracts import ShipmentState
from doorstep.rooms.fulfillment.events import ShipmentShipped
from doorstep.rooms.fulfillment.models import Shipment


def leave(book: Book, shipment: Shipment, *, shipped_at: datetime) -> None:
    """Let a shipment be gone; one without a parcel gets one, for pages and messages to name."""
    shipment.state = ShipmentState.SHIPPED
    shipment.shipped_at, shipment.shipped_by = shipped_at, book.by.key
    shipment.canceled_at, shipment.canceled_by = None, ""
    shipment.hold_words, shipment.order_changed_at = "", None
    book.touch(shipment)
    book.recount.add(shipment.order_id)
    if not book.parcels[shipment.id]:
        book.add_parcel(shipment)
    for parcel in book.parcels[shipment.id]:
        parcel.shipped_at = shipped_at
        book.changed_parcels[parcel.id] = parcel
    _tell(book, shipment, [one.id for one in book.parcels[shipment.id]])


def _tell(book: Book, shipment: Shipment, parcel_ids: list[UUID]) -> None:
    order = book.orders[shipment.order_id]
    shipped_at = shipment.shipped_at
    assert shipped_at is not None

    def fact(whole: bool) -> ShipmentShipped:
        return ShipmentShipped(
            shipment_id=shipment.id,
            order_id=order.id,
            customer_id=order.customer_id,
            number=shipment.number,
            source=str(shipment.source),
            shipped_at=shipped_at,
            parcel_ids=parcel_ids,
            is_whole_order=whole,
            is_history=order.is_history,
            is_test=order.is_test,
        )

    book.facts.append((order.id, fact))
