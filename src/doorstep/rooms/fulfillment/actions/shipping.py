"""Hand over to the carrier, and mend tracking numbers before and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.fulfillment.actions.loading import CarrierBook
from doorstep.rooms.fulfillment.book import open_book_of
from doorstep.rooms.fulfillment.contracts import ParcelView, ShipmentDetail, ShippingOutcome
from doorstep.rooms.fulfillment.models import Parcel
from doorstep.rooms.fulfillment.planning.leaving import leave
from doorstep.rooms.fulfillment.planning.numbers import tell_number_changed
from doorstep.rooms.fulfillment.reading.details import get_parcels, get_shipment
from doorstep.rooms.fulfillment.rules.states import (
    CANCELED,
    SHIPPED,
    check,
    why_not_shippable,
)
from doorstep.rooms.orders.contracts import OrderState

MAX_AT_ONCE = 500


@action("fulfillment.ship_shipments", permission="shipments.change",
        summary="Hand packed shipments to the carrier")  # fmt: skip
def ship_shipments(
    *, shipment_ids: Sequence[UUID], by: Actor, at: datetime
) -> tuple[ShippingOutcome, ...]:
    """Let shipments leave: "the carrier took these". What can't leave is named, the rest goes.

    Stock is taken off the shelves, and orders of which nothing is left become shipped. What has
    left already is left alone, so the same list twice does nothing twice.

    :raises NotFound: one of them is not in this store.
    :raises Invalid: more than 500 at once.
    """
    wanted = list(dict.fromkeys(shipment_ids))
    if len(wanted) > MAX_AT_ONCE:
        raise Invalid(f"At most {MAX_AT_ONCE} shipments at once.", field="shipment_ids")
    book = open_book_of(wanted, by=by, at=at)
    outcomes = []
    for shipment_id in wanted:
        one = book.find(shipment_id)
        if one.state == SHIPPED:
            outcomes.append(ShippingOutcome(one.id, one.number, True, ""))
            continue
        problem = why_not_shippable(
            one.number, one.state, one.hold_words, order_changed=one.order_changed_at is not None
        )
        if not problem and book.orders[one.order_id].state == OrderState.CANCELED:
            # Canceled a moment ago; planning has not come to it yet.
            problem = f"The order of {one.number} was canceled. Take it out of the pile."
        if not problem:
            leave(book, one, shipped_at=at)
        outcomes.append(ShippingOutcome(one.id, one.number, not problem, problem))
    book.save()
    audit.note(
        subject="shipments",
        changes={"shipped": [None, [one.number for one in outcomes if one.is_shipped]]},
    )
    return tuple(outcomes)


@action("fulfillment.ship_shipment", permission="shipments.change",
        summary="Hand a packed shipment to the carrier")  # fmt: skip
def ship_shipment(*, shipment_id: UUID, by: Actor, at: datetime) -> ShipmentDetail:
    """Let one shipment leave; one that has left already is answered as it is.

    :raises Conflict: it can't leave, in words.
    """
    [outcome] = ship_shipments(shipment_ids=[shipment_id], by=by, at=at)
    check(outcome.problem)
    return get_shipment(shipment_id)


@action("fulfillment.set_tracking_number", permission="shipments.change",
        summary="Set a parcel's tracking number")  # fmt: skip
def set_tracking_number(
    *,
    parcel_id: UUID,
    tracking_number: str,
    carrier: str = "",
    service_level: str | None = None,
    by: Actor,
    at: datetime,
) -> ParcelView:
    """Give a parcel its tracking number, or another one; ``""`` takes it away.

    :param carrier: "" takes the carrier that the number is of, else the one it had.
    :raises NotFound: no such parcel.
    :raises Conflict: its shipment was canceled.
    :raises Invalid: not a number, or a carrier nobody knows.
    """
    shipment_id = Parcel.objects.filter(id=parcel_id).values_list("shipment_id", flat=True).first()
    if shipment_id is None:
        raise NotFound("There is no such parcel.")
    book = open_book_of([shipment_id], by=by, at=at)
    shipment = book.find(shipment_id)
    parcel = next((one for one in book.parcels[shipment_id] if one.id == parcel_id), None)
    if parcel is None:  # the shipment was opened again in between
        raise NotFound("There is no such parcel.")
    if shipment.state == CANCELED:
        raise Conflict(f"{shipment.number} was canceled.")
    carriers = CarrierBook()
    tracking = carriers.track(tracking_number, carriers.check(carrier))
    if not tracking.carrier:
        tracking = carriers.track(tracking_number, parcel.carrier)
    before, fields = parcel.tracking_number, tracking.fields()
    if service_level is not None:
        fields["service_level"] = service_level.strip()[:100]
    changed = {n: [getattr(parcel, n), v] for n, v in fields.items() if getattr(parcel, n) != v}
    for name, value in fields.items():
        setattr(parcel, name, value)
    if changed:
        book.changed_parcels[parcel.id] = parcel
    if shipment.state == SHIPPED and changed.keys() & {"tracking_number", "carrier"}:
        tell_number_changed(book, shipment, parcel, before)
    book.save()
    audit.note(
        subject=f"order:{shipment.order_id}",
        changes={"tracking_number": [before, parcel.tracking_number]},
    )
    return get_parcels([parcel_id])[parcel_id]
