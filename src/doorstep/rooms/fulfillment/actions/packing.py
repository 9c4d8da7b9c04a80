"""At the packing table: pick, pack, split, open again, confirm, call off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.rooms.fulfillment.actions.loading import CarrierBook
from doorstep.rooms.fulfillment.book import Book, is_open, open_book, open_book_of
from doorstep.rooms.fulfillment.contracts import (
    ExtraKind,
    ParcelContents,
    ShipmentDetail,
    ShipmentState,
)
from doorstep.rooms.fulfillment.events import ShipmentPacked
from doorstep.rooms.fulfillment.models import Box, Label, Parcel, ParcelLine, PlannedExtra, Shipment
from doorstep.rooms.fulfillment.planning.replan import bring_in_line, cancel, say_created
from doorstep.rooms.fulfillment.planning.unpacking import unpack
from doorstep.rooms.fulfillment.reading.details import get_shipment
from doorstep.rooms.fulfillment.rules.states import OPEN, check, why_not_packable
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders.contracts import HoldReason, OrderState

MAX_PARCELS = 100
MAX_REASON = 500
MAX_GRAMS = 1_000_000


@action(
    "fulfillment.pick_shipments", permission="shipments.change", summary="Mark shipments as picked"
)
def pick_shipments(*, shipment_ids: Sequence[UUID], by: Actor, at: datetime) -> int:
    """Note that the pieces of shipments were fetched from the shelves; return how many are new.

    Those that are picked already stay so.

    :raises NotFound: one of them is not in this store.
    :raises Conflict: one of them waits, or is not to be packed any more.
    """
    book = open_book_of(shipment_ids, by=by, at=at)
    found = [book.find(one) for one in dict.fromkeys(shipment_ids)]
    for one in found:
        check(why_not_packable(one.number, one.state, one.hold_words))
    fresh = [one for one in found if one.picked_at is None]
    for one in fresh:
        one.picked_at, one.picked_by = at, by.key
        book.touch(one)
    book.save()
    audit.note(subject="shipments", changes={"picked": [None, [one.number for one in fresh]]})
    return len(fresh)


@action("fulfillment.pack_shipment", permission="shipments.change", summary="Pack a shipment",
        undo="fulfillment.reopen_shipment")  # fmt: skip
def pack_shipment(
    *,
    shipment_id: UUID,
    parcels: Sequence[ParcelContents],
    leave_rest: bool = False,
    by: Actor,
    at: datetime,
) -> ShipmentDetail:
    """Close a shipment with what was put into its parcels.

    The same packed twice is packed once: a second click answers as the first.

    :param leave_rest: what is in no parcel stays as a shipment of its own; else every piece must
        be in one.
    :raises Conflict: it waits, was canceled, or somebody packed it differently.
    :raises Invalid: pieces that are not in it, too many, or some left out.
    """
    book = open_book_of([shipment_id], by=by, at=at)
    shipment = book.find(shipment_id)
    if shipment.state == ShipmentState.PACKED and _is_packed_so(book, shipment, parcels):
        return get_shipment(shipment_id)
    check(why_not_packable(shipment.number, shipment.state, shipment.hold_words))
    rest = _count(book.lines[shipment.id], parcels, leave_rest=leave_rest)
    if rest:
        _part(book, shipment, rest)
    _fill(book, shipment, parcels)
    _close(book, shipment)
    book.save()
    audit.note(subject=f"order:{shipment.order_id}", changes={"packed": [None, shipment.number]})
    return get_shipment(shipment_id)


def _count(
    wanted: Mapping[UUID, int], parcels: Sequence[ParcelContents], *, leave_rest: bool
) -> dict[UUID, int]:
    """Return what no parcel holds. :raises Invalid: see ``pack_shipment``."""
    if not 1 <= len(parcels) <= MAX_PARCELS:
        raise Invalid(f"Pack between 1 and {MAX_PARCELS} parcels.", field="parcels")
    rest = dict(wanted)
    for nth, parcel in enumerate(parcels):
        where = f"parcels.{nth}"
        if not parcel.contents:
            raise Invalid("There is nothing in this parcel.", field=where)
        if parcel.weight_grams is not None and not 0 < parcel.weight_grams <= MAX_GRAMS:
            raise Invalid("A weight is between 1 g and 1000 kg.", field=f"{where}.weight_grams")
        for line, pieces in parcel.contents.items():
            if line not in rest or pieces < 1:
                raise Invalid("This is not in the shipment.", field=f"{where}.contents.{line}")
            if pieces > rest[line]:
                raise Invalid(
                    "More pieces than the shipment has left of it.",
                    field=f"{where}.contents.{line}",
                )
            rest[line] -= pieces
    left = {line: pieces for line, pieces in rest.items() if pieces}
    if left and not leave_rest:
        raise Invalid(
            f"{sum(left.values())} pieces are in no parcel. Put them in, or leave them for"
            " another shipment.",
            field="parcels",
        )
    return left


def _is_packed_so(book: Book, shipment: Shipment, parcels: Sequence[ParcelContents]) -> bool:
    known = book.parcels[shipment.id]
    rows = ParcelLine.objects.filter(parcel__in=[one.id for one in known])
    packed: dict[UUID, dict[UUID, int]] = {one.id: {} for one in known}
    for row in rows:
        if row.order_line_id is not None:
            packed[row.parcel_id][row.order_line_id] = row.quantity
    return [packed[one.id] for one in known] == [dict(one.contents) for one in parcels]


def _part(book: Book, shipment: Shipment, rest: Mapping[UUID, int]) -> Shipment:
    """Move pieces into a shipment of their own, beside the first."""
    stays = {line: n - rest.get(line, 0) for line, n in book.lines[shipment.id].items()}
    book.set_lines(shipment, {line: n for line, n in stays.items() if n})
    shipment.is_manual = True
    book.touch(shipment)
    made = book.add(
        shipment.order_id,
        dict(rest),
        location_id=shipment.location_id,
        is_manual=True,
        ignores_stock=shipment.ignores_stock,
        state=str(shipment.state),
        hold_words=shipment.hold_words,
    )
    say_created(book, made)
    return made


def _fill(book: Book, shipment: Shipment, parcels: Sequence[ParcelContents]) -> None:
    carriers = CarrierBook()
    boxes = dict(
        Box.objects.filter(id__in=[one.box_id for one in parcels if one.box_id]).values_list(
            "id", "name"
        )
    )
    kinds = dict(
        PlannedExtra.objects.filter(shipment_id=shipment.id).values_list("variant_id", "kind")
    )
    usual, level = carriers.choose(shipment.shipping_method)
    for nth, one in enumerate(parcels):
        if one.box_id and one.box_id not in boxes:
            raise Invalid("There is no such box.", field=f"parcels.{nth}.box_id")
        code = carriers.check(one.carrier, f"parcels.{nth}.carrier")
        tracking = carriers.track(one.tracking_number, code)
        if not tracking.carrier and usual:
            tracking = carriers.track(one.tracking_number, usual)
        parcel = book.add_parcel(
            shipment,
            one.contents,
            box_name=boxes.get(one.box_id, "") if one.box_id else "",
            weight_grams=one.weight_grams,
            service_level=one.service_level.strip()[:100]
            or (level if tracking.carrier == usual else ""),
            **tracking.fields(),
        )
        _put_extras(book, parcel, one.extras, kinds, f"parcels.{nth}.extras")


def _put_extras(
    book: Book,
    parcel: Parcel,
    extras: Mapping[UUID, int],
    kinds: Mapping[UUID, str],
    field: str,
) -> None:
    for variant, pieces in extras.items():
        if variant not in kinds or not 1 <= pieces <= 1000:
            raise Invalid("This is not planned for the shipment.", field=f"{field}.{variant}")
        kind = ExtraKind(kinds[variant]).value
        book.put_in(parcel, variant_id=variant, extra=kind, quantity=pieces)


def _close(book: Book, shipment: Shipment) -> None:
    shipment.state = ShipmentState.PACKED
    shipment.packed_at, shipment.packed_by = book.at, book.by.key
    shipment.order_changed_at = None
    book.touch(shipment)
    order = book.orders[shipment.order_id]
    parcel_ids = [one.id for one in book.parcels[shipment.id]]
    fact = ShipmentPacked(shipment.id, order.id, order.customer_id, shipment.number, parcel_ids)
    book.tell(order.id, fact)


@action("fulfillment.reopen_shipment", permission="shipments.change",
        summary="Open a packed shipment again")  # fmt: skip
def reopen_shipment(
    *, shipment_id: UUID, reason: str = "", by: Actor, at: datetime
) -> ShipmentDetail:
    """Take a packed shipment out of its parcels: it is packed anew, or canceled.

    :raises Conflict: it is not packed (any more), or a label was bought that is still valid.
    """
    book = open_book_of([shipment_id], by=by, at=at)
    shipment = book.find(shipment_id)
    if is_open(shipment):
        return get_shipment(shipment_id)  # the second click of two
    if shipment.state != ShipmentState.PACKED:
        raise Conflict(f"{shipment.number} is not here any more: it can't be opened again.")
    bought = Label.objects.filter(
        parcel_id__in=[one.id for one in book.parcels[shipment.id]],
        state__in=["requested", "made"],
    )
    if bought.exists():
        raise Conflict("A label was bought for this shipment. Void it first.")
    reason = reason.strip()[:MAX_REASON]
    unpack(book, shipment, reason)
    bring_in_line(book)
    book.save()
    audit.note(
        subject=f"order:{shipment.order_id}",
        changes={"reopened": [None, shipment.number], "reason": [None, reason]},
    )
    return get_shipment(shipment_id)


@action("fulfillment.confirm_packed", permission="shipments.change",
        summary="Confirm a packed shipment after its order was changed")  # fmt: skip
def confirm_packed(*, shipment_id: UUID, by: Actor, at: datetime) -> ShipmentDetail:
    """Say that a shipment is right as it is packed, although its order was changed later.

    :raises Conflict: it is not packed.
    """
    book = open_book_of([shipment_id], by=by, at=at)
    shipment = book.find(shipment_id)
    if shipment.state != ShipmentState.PACKED:
        raise Conflict(f"{shipment.number} is not packed.")
    shipment.order_changed_at = None
    book.touch(shipment)
    book.save()
    audit.note(subject=f"order:{shipment.order_id}", changes={"confirmed": [None, shipment.number]})
    return get_shipment(shipment_id)


@action("fulfillment.split_shipment", permission="shipments.change",
        summary="Send part of a shipment later", undo="fulfillment.cancel_shipment")  # fmt: skip
def split_shipment(
    *, shipment_id: UUID, later: Mapping[UUID, int], by: Actor, at: datetime
) -> ShipmentDetail:
    """Move pieces into a shipment of their own; returns the new one.

    :param later: order line → pieces that go later.
    :raises Invalid: pieces that are not in it, or all of them, or none.
    :raises Conflict: it is not to be packed any more.
    """
    book = open_book_of([shipment_id], by=by, at=at)
    shipment = book.find(shipment_id)
    if not is_open(shipment):
        check(why_not_packable(shipment.number, shipment.state, shipment.hold_words))
    here = book.lines[shipment.id]
    moved = {line: pieces for line, pieces in later.items() if pieces}
    for line, pieces in moved.items():
        if not 0 < pieces <= here.get(line, 0):
            raise Invalid("The shipment does not have so many of it.", field=f"later.{line}")
    if not moved or sum(moved.values()) == sum(here.values()):
        raise Invalid("Send some of it now and some later.", field="later")
    made = _part(book, shipment, moved)
    book.save()
    audit.note(
        subject=f"order:{shipment.order_id}",
        changes={"split": [shipment.number, made.number]},
    )
    return get_shipment(made.id)


@action("fulfillment.ship_available", permission="shipments.change",
        summary="Send what is there of an order that waits for stock")  # fmt: skip
def ship_available(*, order_id: UUID, by: Actor, at: datetime) -> ShipmentDetail:
    """Plan a shipment with what is reserved of an order on hold for stock; the rest waits.

    :raises NotFound: no such order.
    :raises Conflict: it waits for something else too, or nothing of it is there.
    """
    book = open_book([order_id], by=by, at=at)
    order = book.orders.get(order_id)
    if order is None:
        raise NotFound("There is no such order.")
    if order.state != OrderState.ON_HOLD:
        raise Conflict("This order does not wait for stock.")
    if set(order.hold_reasons) != {HoldReason.OUT_OF_STOCK}:
        raise Conflict(f"This order waits for more than stock. {order.hold_words}")
    made = _plan_available(book, order_id)
    book.save()
    audit.note(subject=f"order:{order_id}", changes={"ship_available": [None, made.number]})
    return get_shipment(made.id)


def _plan_available(book: Book, order_id: UUID) -> Shipment:
    """Make a shipment of what is held, at the place that holds most; what waits is let go of."""
    order = book.orders[order_id]
    for one in book.of(order_id, OPEN):
        if not one.ignores_stock:
            cancel(book, one)
    taken: dict[UUID, int] = {}
    for one in book.of(order_id, {*OPEN, ShipmentState.PACKED}):
        for key, pieces in book.lines[one.id].items():
            taken[key] = taken.get(key, 0) + pieces
    shares = inventory.held_pieces([f"order_line:{line.id}" for line in order.lines])
    missing = {line.id: line.quantity - line.shipped_quantity for line in order.lines}
    lines: dict[UUID, int] = {}
    places: dict[UUID, int] = {}
    for line in order.lines:
        held = shares.get(f"order_line:{line.id}", ())
        there = min(sum(s.quantity for s in held), missing[line.id]) - taken.get(line.id, 0)
        if there > 0:
            lines[line.id] = there
            for share in held:
                places[share.location_id] = places.get(share.location_id, 0) + share.quantity
    if not lines:
        raise Conflict("Nothing of this order is there yet.")
    place = max(places, key=lambda one: places[one])
    made = book.add(order_id, lines, location_id=place, is_manual=True, ignores_stock=True)
    say_created(book, made)
    return made


@action("fulfillment.cancel_shipment", permission="shipments.change",
        summary="Let a shipment go with another one of its order")  # fmt: skip
def cancel_shipment(*, shipment_id: UUID, by: Actor, at: datetime) -> ShipmentDetail:
    """Undo a split: the pieces go with another open shipment of the order, which is returned.

    Shipments always cover what an order has still to send. What shall not go out at all is
    canceled or held at the order.

    :raises Conflict: it is not open, or the only one.
    """
    book = open_book_of([shipment_id], by=by, at=at)
    shipment = book.find(shipment_id)
    others = [one for one in book.of(shipment.order_id, OPEN) if one.id != shipment.id]
    if not is_open(shipment):
        raise Conflict(f"{shipment.number} is not open. Only what is not packed can be moved.")
    if not others:
        raise Conflict(
            f"{shipment.number} is all that is left of its order. Cancel or hold the order to keep"
            " it here."
        )
    target = next((one for one in others if one.location_id == shipment.location_id), others[0])
    joined = dict(book.lines[target.id])
    for line, pieces in book.lines[shipment.id].items():
        joined[line] = joined.get(line, 0) + pieces
    book.set_lines(target, joined)
    cancel(book, shipment)
    book.save()
    audit.note(
        subject=f"order:{shipment.order_id}", changes={"canceled": [shipment.number, target.number]}
    )
    return get_shipment(target.id)
