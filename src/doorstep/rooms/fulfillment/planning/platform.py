"""What platforms and partners report as sent, in sets, and how it meets what is planned here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.rooms.fulfillment.actions.loading import CarrierBook
from doorstep.rooms.fulfillment.book import Book, open_book
from doorstep.rooms.fulfillment.contracts import (
    IncomingShipment,
    ShipmentOutcome,
    ShipmentSource,
)
from doorstep.rooms.fulfillment.models import Shipment
from doorstep.rooms.fulfillment.planning.leaving import leave
from doorstep.rooms.fulfillment.planning.numbers import number_parcels, reported_keys
from doorstep.rooms.fulfillment.planning.replan import bring_in_line, cancel, is_without_details
from doorstep.rooms.fulfillment.planning.unpacking import unpack
from doorstep.rooms.fulfillment.rules.states import CANCELED, HERE, PACKED, SHIPPED
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import OrderToShip


def record_platform_shipments(
    incoming: Sequence[IncomingShipment],
    *,
    sales_channel: str,
    connection_id: UUID | None,
    by: Actor,
    at: datetime,
) -> list[ShipmentOutcome]:
    """Keep what a platform says was sent, changed or called off; answers in the order given.

    One platform id is one shipment, however often it is told; older versions change nothing. What
    we had planned or packed ourselves and the platform reports is one and the same shipment;
    where the pieces differ, they are taken from what is still open. Those whose order is not
    known yet are named so, for the caller to wait. The number of queries does not depend on how
    many they are.
    """
    del connection_id  # part of the door: who told stands in ``by``
    newest = _newest(incoming)
    ids = orders.find_order_ids(sales_channel, {one.order_external_id for one in newest.values()})
    with transaction.atomic():
        book = open_book(ids.values(), by=by, at=at)
        desk = _Desk(book, CarrierBook(), sales_channel)
        done: dict[str, tuple[UUID | None, bool]] = {}
        for key, one in sorted(newest.items(), key=lambda pair: (pair[1].shipped_at, pair[0])):
            order_id = ids.get(one.order_external_id)
            if order_id is not None:
                done[key] = desk.record(book.orders[order_id], one)
        if any(is_changed for _, is_changed in done.values()):
            bring_in_line(book)
            book.save()
    return [_outcome(one, newest, ids, done) for one in incoming]


def _newest(incoming: Sequence[IncomingShipment]) -> dict[str, IncomingShipment]:
    found: dict[str, IncomingShipment] = {}
    for one in incoming:
        known = found.get(one.external_id)
        if known is None or one.version_at >= known.version_at:
            found[one.external_id] = one
    return found


def _outcome(
    one: IncomingShipment,
    newest: Mapping[str, IncomingShipment],
    ids: Mapping[str, UUID],
    done: Mapping[str, tuple[UUID | None, bool]],
) -> ShipmentOutcome:
    shipment_id, is_changed = done.get(one.external_id, (None, False))
    return ShipmentOutcome(
        one.external_id,
        one.order_external_id,
        ids.get(one.order_external_id),
        shipment_id,
        is_changed and one is newest[one.external_id],
    )


@dataclass(frozen=True)
class _Desk:
    """One call: the book, the carriers, and whose ids these are."""

    book: Book
    carriers: CarrierBook
    sales_channel: str

    def record(self, order: OrderToShip, one: IncomingShipment) -> tuple[UUID | None, bool]:
        """Keep one; returns its shipment and whether something changed."""
        known = next(
            (
                each
                for each in self.book.shipments[order.id]
                if each.external_id == one.external_id and each.sales_channel == self.sales_channel
            ),
            None,
        )
        if known is not None:
            return known.id, self._update(order, known, one)
        if one.is_canceled:
            return None, False  # never heard of: nothing to call off
        met = self._meet(order, one)
        if met is None:
            lines = self._pieces(order, one, beside=None)
            if not lines:
                return None, False  # all of it is known to have left
            met = self.book.add(order.id, lines, source=str(ShipmentSource.PLATFORM))
            self._make_room(order, lines)
        self._identify(met, one)
        number_parcels(self.book, self.carriers, met, one)
        if met.state != SHIPPED:
            self._leave(met, one)
        return met.id, True

    def _make_room(self, order: OrderToShip, gone: Mapping[UUID, int]) -> None:
        """Open what was packed here of pieces that left elsewhere: it is packed without them.

        What is merely planned gives way when the order is planned again.
        """
        left = {line.id: line.ordered for line in order.lines}
        for each in self.book.of(order.id, {SHIPPED, PACKED}):
            for line, pieces in self.book.lines[each.id].items():
                left[line] -= pieces
        for line, pieces in gone.items():
            left[line] -= pieces
        for each in self.book.of(order.id, {PACKED}):
            here = self.book.lines[each.id]
            if any(left[line] < 0 for line in here):
                for line, pieces in here.items():
                    left[line] += pieces
                unpack(self.book, each, "Part of it was sent elsewhere.")

    def _identify(self, shipment: Shipment, one: IncomingShipment) -> None:
        shipment.sales_channel, shipment.external_id = self.sales_channel, one.external_id
        shipment.version_at = one.version_at
        self.book.touch(shipment)

    def _leave(self, shipment: Shipment, one: IncomingShipment) -> None:
        if shipment.state != PACKED:
            shipment.source = ShipmentSource.PLATFORM
        leave(self.book, shipment, shipped_at=one.shipped_at)

    def _update(self, order: OrderToShip, known: Shipment, one: IncomingShipment) -> bool:
        """Apply a later version of a known shipment."""
        if known.version_at is not None and one.version_at <= known.version_at:
            return False
        self._identify(known, one)
        if one.is_canceled:
            if known.state == SHIPPED:
                cancel(self.book, known, was_shipped=True)
            return True
        lines = self._pieces(order, one, beside=known)
        # Without lines the platform means what it meant before: all of it.
        if one.lines and lines and known.source == ShipmentSource.PLATFORM:
            self.book.set_lines(known, lines)
            self.book.recount.add(order.id)
            self._make_room(order, {})
        number_parcels(self.book, self.carriers, known, one)
        if known.state == CANCELED and self._fits(order, self.book.lines[known.id]):
            self._leave(known, one)
        return True

    def _pieces(
        self, order: OrderToShip, one: IncomingShipment, *, beside: Shipment | None
    ) -> dict[UUID, int]:
        """Return which pieces are meant, never more than were ordered and have not left yet."""
        gone = self.book.shipped(order.id)
        if beside is not None and beside.state == SHIPPED:
            for line, pieces in self.book.lines[beside.id].items():
                gone[line] -= pieces
        by_external = {line.external_id: line for line in order.lines}
        if not one.lines:
            wanted = {line.id: line.quantity for line in order.lines}
        else:
            wanted = {}
            for external_id, pieces in one.lines:
                named = by_external.get(external_id)
                if named is not None:
                    wanted[named.id] = wanted.get(named.id, 0) + pieces
        left = {line.id: max(line.ordered - gone.get(line.id, 0), 0) for line in order.lines}
        found = {line: min(pieces, left[line]) for line, pieces in wanted.items()}
        return {line: pieces for line, pieces in found.items() if pieces > 0}

    def _fits(self, order: OrderToShip, lines: Mapping[UUID, int]) -> bool:
        gone = self.book.shipped(order.id)
        ordered = {line.id: line.ordered for line in order.lines}
        return all(n + gone.get(line, 0) <= ordered.get(line, 0) for line, n in lines.items())

    # -- what we know of it already ------------------------------------------------------------

    def _meet(self, order: OrderToShip, one: IncomingShipment) -> Shipment | None:
        """Find the shipment of ours that the platform reports back, if it is one."""
        free = [each for each in self.book.shipments[order.id] if not each.external_id]
        for each in free:  # the same number is the same parcel
            keys = {parcel.tracking_key for parcel in self.book.parcels[each.id]} - {""}
            if each.state != CANCELED and keys & reported_keys(one):
                return each
        self._free_without_details(order, one, free)
        wanted = self._pieces(order, one, beside=None)
        for states in ({PACKED}, HERE):
            for each in free:
                if wanted and each.state in states and self.book.lines[each.id] == wanted:
                    return each
        if wanted:
            return None
        meant = self._meant(order, one)
        for each in free:
            if each.state == SHIPPED and self.book.lines[each.id] == meant:
                return each
        return None

    def _meant(self, order: OrderToShip, one: IncomingShipment) -> dict[UUID, int]:
        by_external = {line.external_id: line.id for line in order.lines}
        found: dict[UUID, int] = {}
        for external_id, pieces in one.lines:
            if external_id in by_external:
                line = by_external[external_id]
                found[line] = found.get(line, 0) + pieces
        return found or {line.id: line.quantity for line in order.lines if line.quantity}

    def _free_without_details(
        self, order: OrderToShip, one: IncomingShipment, free: Sequence[Shipment]
    ) -> None:
        """Let details take the place of "all of it went out": those pieces are named now."""
        meant = self._meant(order, one)
        for each in free:
            if each.state != SHIPPED or not is_without_details(each):
                continue
            here = self.book.lines[each.id]
            if here == meant:
                return  # the same: it only gets its name and numbers
            rest = {line: n - min(n, meant.get(line, 0)) for line, n in here.items()}
            kept = {line: n for line, n in rest.items() if n}
            for line, n in here.items():
                meant[line] = meant.get(line, 0) - (n - rest[line])
            if kept:
                self.book.set_lines(each, kept)
            else:
                cancel(self.book, each, was_shipped=True)
            self.book.recount.add(order.id)
