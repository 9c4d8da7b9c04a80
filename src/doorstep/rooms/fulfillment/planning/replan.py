"""Bring shipments in line with their orders: the one place that plans.

It looks at how things stand now, not at what happened: the same events in any order, or twice,
end the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.fulfillment.book import Book, open_book
from doorstep.rooms.fulfillment.contracts import ShipmentSource, ShipmentState
from doorstep.rooms.fulfillment.events import ShipmentCanceled, ShipmentCreated
from doorstep.rooms.fulfillment.models import Shipment
from doorstep.rooms.fulfillment.planning.leaving import leave
from doorstep.rooms.fulfillment.rules.planning import Planned, Standing, plan
from doorstep.rooms.fulfillment.rules.states import HERE, OPEN, PACKED, SHIPPED
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders.contracts import HoldReason, OrderState, OrderToShip

Held = Mapping[UUID, Sequence[tuple[UUID, int]]]
# What makes a packed parcel wrong when it changes.
_PACKED_IN = frozenset({"lines", "shipping_address", "shipping_method"})


def replan(
    order_ids: Iterable[UUID],
    *,
    changed: Mapping[UUID, Collection[str]] | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Plan orders again in one set, in the caller's transaction.

    :param changed: order → which of its fields are new: packed shipments are marked by it.
    """
    book = open_book(order_ids, by=by, at=at)
    bring_in_line(book, changed=changed or {})
    book.save()


def bring_in_line(book: Book, *, changed: Mapping[UUID, Collection[str]] | None = None) -> None:
    """Plan all orders of a book; saving it is the caller's."""
    held = _held(book)
    for order in book.orders.values():
        match order.state:
            case OrderState.CANCELED:
                for one in book.of(order.id, HERE):
                    cancel(book, one)
            case OrderState.SHIPPED if order.is_shipped_here:
                for one in book.of(order.id, HERE):
                    cancel(book, one)  # nothing of it is needed any more
            case OrderState.SHIPPED:
                _close(book, order)
            case OrderState.READY | OrderState.ON_HOLD:
                _take_back(book, order)
                _mark(book, order, (changed or {}).get(order.id, ()))
                _plan(book, order, held)
                _settle_states(book, order)


def _held(book: Book) -> Held:
    """Read where the pieces of open orders lie (one query)."""
    lines = [
        line.id
        for order in book.orders.values()
        if order.state in (OrderState.READY, OrderState.ON_HOLD)
        for line in order.lines
        if line.quantity
    ]
    if not lines:
        return {}
    shares = inventory.held_pieces([f"order_line:{line}" for line in lines])
    return {
        line: [
            (share.location_id, share.quantity) for share in shares.get(f"order_line:{line}", ())
        ]
        for line in lines
    }


def cancel(book: Book, shipment: Shipment, *, was_shipped: bool = False) -> None:
    """Call a shipment off; its lines stay for the record."""
    shipment.state = ShipmentState.CANCELED
    shipment.canceled_at, shipment.canceled_by = book.at, book.by.key
    shipment.hold_words, shipment.order_changed_at = "", None
    book.touch(shipment)
    if was_shipped:
        book.recount.add(shipment.order_id)
    order = book.orders[shipment.order_id]
    book.tell(
        order.id,
        ShipmentCanceled(shipment.id, order.id, order.customer_id, shipment.number, was_shipped),
    )


def is_without_details(shipment: Shipment) -> bool:
    """Tell whether all we know of a shipment is that the platform calls its order shipped."""
    return shipment.source == ShipmentSource.PLATFORM and not shipment.external_id


def _close(book: Book, order: OrderToShip) -> None:
    """Follow a platform that says everything went out: what is open left, with no details."""
    for one in book.of(order.id, HERE):
        if one.state != PACKED:
            one.source = ShipmentSource.PLATFORM
        leave(book, one, shipped_at=order.fulfilled_at or book.at)
    gone = book.shipped(order.id)
    rest = {
        line.id: line.quantity - gone.get(line.id, 0)
        for line in order.lines
        if line.quantity > gone.get(line.id, 0)
    }
    # Orders that had left when they reached us have no shipments, and no need of any.
    if rest and book.shipments[order.id]:
        made = book.add(order.id, rest, source=str(ShipmentSource.PLATFORM))
        leave(book, made, shipped_at=order.fulfilled_at or book.at)


def _take_back(book: Book, order: OrderToShip) -> None:
    """Call off what left only because the platform had said so, and says so no more."""
    for one in book.of(order.id, {SHIPPED}):
        if is_without_details(one) and order.fulfilled_at is None:
            cancel(book, one, was_shipped=True)
    gone = book.shipped(order.id)
    if any(line.shipped_quantity != gone.get(line.id, 0) for line in order.lines):
        book.recount.add(order.id)


def _mark(book: Book, order: OrderToShip, changed: Collection[str]) -> None:
    """Mark what was packed before its order changed."""
    if _PACKED_IN.intersection(changed):
        for one in book.of(order.id, {PACKED}):
            one.order_changed_at = book.at
            book.touch(one)


def _plan(book: Book, order: OrderToShip, held: Held) -> None:
    here = book.of(order.id, HERE)
    if order.state == OrderState.ON_HOLD and not here:
        return
    gone = book.shipped(order.id)
    planned = plan(
        {line.id: line.quantity - gone.get(line.id, 0) for line in order.lines},
        [_standing(book, one) for one in here],
        held,
        may_add=order.state == OrderState.READY,
    )
    by_id = {one.id: one for one in here}
    for want in planned:
        if want.id is not None:
            _adjust(book, by_id[want.id], want)
        elif want.lines:
            made = book.add(order.id, want.lines, location_id=want.location_id)
            say_created(book, made)


def say_created(book: Book, shipment: Shipment) -> None:
    """Tell that a shipment is there to be packed."""
    order = book.orders[shipment.order_id]
    book.tell(
        order.id,
        ShipmentCreated(
            shipment.id,
            order.id,
            order.customer_id,
            shipment.number,
            shipment.location_id,
            shipment.ship_by_date,
        ),
    )


def _standing(book: Book, one: Shipment) -> Standing:
    return Standing(
        one.id,
        one.location_id,
        book.lines[one.id],
        is_fixed=one.state == PACKED,
        is_pinned=one.is_manual or one.picked_at is not None,
    )


def _adjust(book: Book, shipment: Shipment, want: Planned) -> None:
    if not want.lines:
        cancel(book, shipment)
        return
    book.set_lines(shipment, want.lines)
    if shipment.location_id != want.location_id:
        shipment.location_id = want.location_id
        book.touch(shipment)


def _settle_states(book: Book, order: OrderToShip) -> None:
    """Let what is here wait or go on with its order, and show what the order says now."""
    for one in book.of(order.id, HERE):
        words = order.hold_words if _holds(order, one) else ""
        state = one.state
        if state in OPEN:
            state = ShipmentState.ON_HOLD if words else ShipmentState.TO_PACK
        before = _shown(one)
        if one.state in OPEN:
            book.follow_order(one)
        one.state, one.hold_words = str(state), words
        if before != _shown(one):
            book.touch(one)


def _holds(order: OrderToShip, shipment: Shipment) -> bool:
    if order.state != OrderState.ON_HOLD:
        return False
    only_stock = set(order.hold_reasons) == {HoldReason.OUT_OF_STOCK}
    return not (shipment.ignores_stock and only_stock)


def _shown(one: Shipment) -> tuple[object, ...]:
    return (
        str(one.state),
        one.hold_words,
        one.shipping_method,
        one.country_code,
        one.recipient_name,
        one.ship_by_date,
    )


def changes_of(pairs: Iterable[tuple[UUID, Collection[str]]]) -> dict[UUID, set[str]]:
    """Gather which fields of which orders are new."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for order_id, names in pairs:
        found[order_id].update(names)
    return found
