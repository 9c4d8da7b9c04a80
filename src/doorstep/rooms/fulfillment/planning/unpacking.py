"""Take a packed shipment out of its parcels again."""

from __future__ import annotations

from doorstep.rooms.fulfillment.book import Book
from doorstep.rooms.fulfillment.contracts import ShipmentState
from doorstep.rooms.fulfillment.events import ShipmentReopened
from doorstep.rooms.fulfillment.models import Label, Parcel, ParcelLine, Shipment


def unpack(book: Book, shipment: Shipment, reason: str) -> None:
    """Open a packed shipment: its parcels are gone, labels stay on record with the shipment."""
    ids = [one.id for one in book.parcels[shipment.id]]
    Label.objects.filter(parcel_id__in=ids).update(parcel=None)
    ParcelLine.objects.filter(parcel_id__in=ids).delete()
    Parcel.objects.filter(id__in=ids).delete()
    book.parcels[shipment.id] = []
    shipment.state = ShipmentState.TO_PACK
    shipment.packed_at, shipment.packed_by = None, ""
    shipment.order_changed_at = None
    book.touch(shipment)
    order = book.orders[shipment.order_id]
    fact = ShipmentReopened(shipment.id, order.id, order.customer_id, shipment.number, reason)
    book.tell(order.id, fact)
