"""The numbers a platform reports, on the parcels we know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doorstep.kernel.errors import Invalid
from doorstep.rooms.fulfillment.actions.loading import CarrierBook, Tracking
from doorstep.rooms.fulfillment.book import Book
from doorstep.rooms.fulfillment.contracts import IncomingParcel, IncomingShipment
from doorstep.rooms.fulfillment.events import TrackingNumberChanged
from doorstep.rooms.fulfillment.models import Parcel, Shipment
from doorstep.rooms.fulfillment.rules.numbers import normalize_number
from doorstep.rooms.fulfillment.rules.states import SHIPPED

MAX_PARCELS = 100


def reported_keys(one: IncomingShipment) -> set[str]:
    """Return the numbers of a report as they are compared."""
    return {normalize_number(each.tracking_number) for each in one.parcels} - {""}


@dataclass(frozen=True, slots=True)
class _Report:
    parcel: IncomingParcel
    tracking: Tracking


def number_parcels(
    book: Book, carriers: CarrierBook, shipment: Shipment, one: IncomingShipment
) -> None:
    """Bring a shipment's parcels in line with a report.

    A number that is known stays where it is; a new one goes to a parcel whose own is not reported
    any more, in their order, else to a parcel of its own. Numbers are never taken away: what a
    platform leaves out later may still be on its way.
    """
    reports = [_Report(each, _track(carriers, each)) for each in one.parcels[:MAX_PARCELS]]
    if not reports and not book.parcels[shipment.id]:
        reports = [_Report(IncomingParcel(), carriers.track(""))]
    known = list(book.parcels[shipment.id])
    keys = {report.tracking.tracking_key for report in reports} - {""}
    replaceable = [each for each in known if each.tracking_key not in keys]
    for report in reports:
        fields = {**report.tracking.fields(), "service_level": one.service_level[:100]}
        same = next(
            (
                each
                for each in known
                if each.tracking_key and each.tracking_key == report.tracking.tracking_key
            ),
            None,
        )
        if same is None and replaceable:
            same = replaceable.pop(0)
        if same is None:
            _add(book, shipment, fields)
        elif report.tracking.tracking_key or not same.tracking_key:
            _change(book, shipment, same, fields)


def _track(carriers: CarrierBook, one: IncomingParcel) -> Tracking:
    """Read a reported number; one that can't be any is left out, the parcel stays."""
    url = one.tracking_url if one.tracking_url.startswith(("https://", "http://")) else ""
    name = one.carrier_name.strip()[:100]
    try:
        return carriers.track(one.tracking_number, name=name, url=url[:1000])
    except Invalid:
        return carriers.track("", name=name, url=url[:1000])


def _add(book: Book, shipment: Shipment, fields: dict[str, Any]) -> None:
    made = book.add_parcel(shipment, **fields)
    if shipment.state == SHIPPED:
        made.shipped_at = shipment.shipped_at
        tell_number_changed(book, shipment, made, "")


def _change(book: Book, shipment: Shipment, parcel: Parcel, fields: dict[str, Any]) -> None:
    """Take over what the report knows; where it is silent, ours stands."""
    before = parcel.tracking_number
    changed = {n for n, v in fields.items() if v and getattr(parcel, n) != v}
    for name in changed:
        setattr(parcel, name, fields[name])
    if not changed:
        return
    book.changed_parcels[parcel.id] = parcel
    if shipment.state == SHIPPED and changed & {"tracking_number", "carrier"}:
        tell_number_changed(book, shipment, parcel, before)


def tell_number_changed(book: Book, shipment: Shipment, parcel: Parcel, before: str) -> None:
    """Publish, once the book is written, that a parcel that left has another number."""
    order = book.orders[shipment.order_id]
    book.tell(
        order.id,
        TrackingNumberChanged(
            parcel.id,
            shipment.id,
            order.id,
            order.customer_id,
            parcel.carrier,
            parcel.tracking_number,
            before,
        ),
    )
