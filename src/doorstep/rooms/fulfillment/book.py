"""A set of orders with their shipments, locked: what every change works on and writes as one.

Lock order, here and everywhere: orders (by id), then shipments (by id), then stock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import NotFound
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment.contracts import ShipmentSource, ShipmentState
from doorstep.rooms.fulfillment.models import (
    FulfillmentRules,
    Parcel,
    ParcelLine,
    Shipment,
    ShipmentLine,
)
from doorstep.rooms.fulfillment.rules.search import number_key, shipment_words
from doorstep.rooms.fulfillment.rules.states import OPEN, SHIPPED
from doorstep.rooms.fulfillment.rules.watching import at_risk_from, missed_from
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.api import Calendar
from doorstep.rooms.orders.contracts import OrderToShip, ShippedTotals

_WRITTEN = [
    "location",
    "state",
    "source",
    "sales_channel",
    "external_id",
    "version_at",
    "shipping_method",
    "ship_by_date",
    "new_ship_by_date",
    "country_code",
    "recipient_name",
    "hold_words",
    "is_manual",
    "ignores_stock",
    "search_text",
    *[f"{did}_{what}" for did in ("picked", "packed", "shipped", "canceled") for what in ("at", "by")],
    "order_changed_at",
    "at_risk_at",
    "missed_at",
    "watch_at",
]  # fmt: skip

_PARCEL_WRITTEN = [
    "carrier",
    "carrier_name",
    "service_level",
    "tracking_number",
    "tracking_key",
    "tracking_url",
    "shipped_at",
]

Fact = Callable[[bool], Any]  # told whether the order is gone whole, returns the event


@dataclass
class Book:
    """Orders and their shipments (by nth), and what is to be written and told of them."""

    orders: dict[UUID, OrderToShip]
    shipments: dict[UUID, list[Shipment]]
    lines: dict[UUID, dict[UUID, int]]  # shipment → order line → pieces
    by: Actor
    at: datetime
    new: list[Shipment] = field(default_factory=list)
    changed: dict[UUID, Shipment] = field(default_factory=dict)
    relined: set[UUID] = field(default_factory=set)
    new_parcels: list[Parcel] = field(default_factory=list)
    changed_parcels: dict[UUID, Parcel] = field(default_factory=dict)
    contents: list[ParcelLine] = field(default_factory=list)  # of new parcels
    recount: set[UUID] = field(default_factory=set)  # orders of which something left or came back
    facts: list[tuple[UUID, Fact]] = field(default_factory=list)

    @cached_property
    def calendar(self) -> Calendar:
        """The store's working days."""
        return orders.get_calendar()

    @cached_property
    def rules(self) -> FulfillmentRules:
        """The store's settings."""
        return FulfillmentRules.objects.first() or FulfillmentRules()

    @cached_property
    def parcels(self) -> dict[UUID, list[Parcel]]:
        """The parcels of the book's shipments, by their position (one query when needed)."""
        found: dict[UUID, list[Parcel]] = defaultdict(list)
        for one in Parcel.objects.filter(shipment_id__in=list(self.lines)).order_by("position"):
            found[one.shipment_id].append(one)
        return found

    def add_parcel(
        self, shipment: Shipment, contents: Mapping[UUID, int] | None = None, **fields: Any
    ) -> Parcel:
        """Add a parcel to a shipment, with these pieces of order lines."""
        here = self.parcels[shipment.id]
        made = Parcel(
            id=new_id(),
            store_id=current_store_id(),
            shipment_id=shipment.id,
            position=max((one.position for one in here), default=0) + 1,
            created_at=self.at,
            **fields,
        )
        here.append(made)
        self.new_parcels.append(made)
        for line, pieces in (contents or {}).items():
            self.put_in(made, order_line_id=line, quantity=pieces)
        return made

    def put_in(self, parcel: Parcel, **fields: Any) -> None:
        """Put something into a new parcel."""
        self.contents.append(
            ParcelLine(id=new_id(), store_id=current_store_id(), parcel_id=parcel.id, **fields)
        )

    def of(self, order_id: UUID, states: Collection[str]) -> list[Shipment]:
        """Return an order's shipments in these states."""
        return [one for one in self.shipments[order_id] if one.state in states]

    def find(self, shipment_id: UUID) -> Shipment:
        """Return a shipment of the book. :raises NotFound: there is none."""
        for of_order in self.shipments.values():
            for one in of_order:
                if one.id == shipment_id:
                    return one
        raise NotFound("There is no such shipment.")

    def add(self, order_id: UUID, lines: dict[UUID, int], **fields: Any) -> Shipment:
        """Add a shipment to pack (or as ``fields`` say) with these pieces."""
        order = self.orders[order_id]
        nth = max((one.nth for one in self.shipments[order_id]), default=0) + 1
        number = f"{order.number}-{nth}"
        made = Shipment(
            id=new_id(),
            store_id=current_store_id(),
            order_id=order_id,
            nth=nth,
            number=number,
            number_key=number_key(number),
            state=fields.pop("state", str(ShipmentState.TO_PACK)),
            source=fields.pop("source", str(ShipmentSource.OWN)),
            is_test=order.is_test,
            is_history=order.is_history,
            created_at=self.at,
            created_by=self.by.key,
            **fields,
        )
        self.follow_order(made)
        self.new.append(made)
        self.shipments[order_id].append(made)
        self.lines[made.id] = dict(lines)
        self.relined.add(made.id)
        return made

    def follow_order(self, shipment: Shipment) -> None:
        """Take over from the order what a shipment shows of it."""
        order = self.orders[shipment.order_id]
        address = order.shipping_address
        shipment.shipping_method = order.shipping_method
        shipment.country_code = order.country_code
        name = (address.name if address else "") or order.shopper_name
        shipment.recipient_name = "" if order.is_erased else name
        if shipment.ship_by_date != order.ship_by_date:
            shipment.ship_by_date = order.ship_by_date
            shipment.new_ship_by_date = shipment.at_risk_at = shipment.missed_at = None

    def touch(self, shipment: Shipment) -> None:
        """Note that a shipment's row is to be written."""
        self.changed[shipment.id] = shipment

    def set_lines(self, shipment: Shipment, lines: dict[UUID, int]) -> None:
        """Let a shipment hold exactly these pieces."""
        if lines != self.lines[shipment.id]:
            self.lines[shipment.id] = lines
            self.relined.add(shipment.id)
            self.touch(shipment)

    def tell(self, order_id: UUID, fact: Any) -> None:
        """Publish a fact once everything is written."""
        self.facts.append((order_id, lambda whole: fact))

    def shipped(self, order_id: UUID) -> dict[UUID, int]:
        """Sum up the pieces of each line that have left."""
        total: dict[UUID, int] = defaultdict(int)
        for one in self.of(order_id, {SHIPPED}):
            for line, pieces in self.lines[one.id].items():
                total[line] += pieces
        return total

    def watch(self, shipment: Shipment) -> None:
        """Set when the ship-by watch has to look at a shipment."""
        shipment.watch_at = self._watch_at(shipment)

    def _watch_at(self, one: Shipment) -> datetime | None:
        promised, waits = one.ship_by_date, one.state == ShipmentState.ON_HOLD or one.hold_words
        over = one.state in (ShipmentState.SHIPPED, ShipmentState.CANCELED)
        if promised is None or waits or over or one.missed_at or one.is_test or one.is_history:
            return None
        if one.state == ShipmentState.TO_PACK and one.at_risk_at is None:
            return at_risk_from(
                promised, one.created_at, self.calendar, cut_off_hour=self.rules.cut_off_hour
            )
        return missed_from(promised, self.calendar)

    # -- writing ------------------------------------------------------------------------------

    def save(self) -> dict[UUID, bool]:
        """Write everything, let the orders learn what left, publish; a few statements in all.

        :returns: for orders of which something left or came back: whether they are gone whole.
        """
        fresh = {one.id for one in self.new}
        changed = [one for key, one in self.changed.items() if key not in fresh]
        for one in [*self.new, *changed]:
            self.watch(one)
            one.search_text = self._words(one)
        Shipment.objects.bulk_create(self.new)
        if changed:
            Shipment.objects.bulk_update(changed, _WRITTEN)
        self._write_lines(fresh)
        self._write_parcels()
        whole = orders.record_shipped(self._totals(), by=self.by, at=self.at)
        publish_many([self._draft(key, fact, whole) for key, fact in self.facts])
        return whole

    def _write_parcels(self) -> None:
        Parcel.objects.bulk_create(self.new_parcels)
        ParcelLine.objects.bulk_create(self.contents)
        fresh = {one.id for one in self.new_parcels}
        changed = [one for key, one in self.changed_parcels.items() if key not in fresh]
        if changed:
            Parcel.objects.bulk_update(changed, _PARCEL_WRITTEN)

    def _write_lines(self, fresh: Collection[UUID]) -> None:
        known = self.relined - set(fresh)
        if known:
            ShipmentLine.objects.filter(shipment_id__in=known).delete()
        ShipmentLine.objects.bulk_create(
            [
                ShipmentLine(
                    id=new_id(),
                    store_id=current_store_id(),
                    shipment_id=shipment_id,
                    order_line_id=line,
                    quantity=pieces,
                )
                for shipment_id in sorted(self.relined)
                for line, pieces in self.lines[shipment_id].items()
            ]
        )

    def _words(self, one: Shipment) -> str:
        order = self.orders[one.order_id]
        skus = {line.id: line.sku for line in order.lines}
        return shipment_words(
            order_number=order.number,
            number=one.number,
            name=one.recipient_name,
            skus=[skus[line] for line in self.lines[one.id] if skus.get(line)],
        )

    def _totals(self) -> list[ShippedTotals]:
        told = []
        for order_id in sorted(self.recount):
            gone = sorted(self.of(order_id, {SHIPPED}), key=lambda one: one.shipped_at or self.at)
            totals = dict.fromkeys((line.id for line in self.orders[order_id].lines), 0)
            left_from: dict[UUID, UUID] = {}
            for one in gone:
                for line, pieces in self.lines[one.id].items():
                    totals[line] = totals.get(line, 0) + pieces
                    if one.location_id:
                        left_from[line] = one.location_id
            last = gone[-1].shipped_at if gone else self.at
            told.append(ShippedTotals(order_id, totals, last or self.at, left_from))
        return told

    def _draft(self, order_id: UUID, fact: Fact, whole: dict[UUID, bool]) -> EventDraft:
        order = self.orders[order_id]
        key = order.customer_id or order.id
        event = fact(whole.get(order_id, False))
        return EventDraft(event, key, self.at, self.by, f"order:{order.id}")


def open_book(order_ids: Iterable[UUID], *, by: Actor, at: datetime) -> Book:
    """Lock orders and their shipments (six queries at most); call it within a transaction."""
    found = orders.get_orders_to_ship(list(order_ids), lock=True)
    book = Book(found, {key: [] for key in found}, {}, by, at)
    rows = Shipment.objects.select_for_update(no_key=True).filter(order_id__in=list(found))
    for one in rows.order_by("id"):
        book.shipments[one.order_id].append(one)
        book.lines[one.id] = {}
    for of_order in book.shipments.values():
        of_order.sort(key=lambda one: one.nth)
    for line in ShipmentLine.objects.filter(shipment_id__in=list(book.lines)):
        book.lines[line.shipment_id][line.order_line_id] = line.quantity
    return book


def open_book_of(shipment_ids: Collection[UUID], *, by: Actor, at: datetime) -> Book:
    """Lock shipments with their orders. :raises NotFound: one of them is not in this store."""
    wanted = set(shipment_ids)
    known = dict(Shipment.objects.filter(id__in=wanted).values_list("id", "order_id"))
    if wanted - set(known):
        raise NotFound("There is no such shipment.")
    return open_book(set(known.values()), by=by, at=at)


def is_open(shipment: Shipment) -> bool:
    """Tell whether a shipment is still to be packed."""
    return ShipmentState(shipment.state) in OPEN
