"""Rows as the contracts other rooms and pages see: a set at a time, a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from uuid import UUID

from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.fulfillment.contracts import (
    PackedThing,
    ParcelView,
    ShipmentState,
    ShipmentSummary,
)
from doorstep.rooms.fulfillment.models import Label, Parcel, ParcelLine, Shipment, ShipmentLine
from doorstep.rooms.fulfillment.packing.reading import get_variant_handling
from doorstep.rooms.fulfillment.rules.carriers import carrier_name
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import LineToShip, OrderToShip

_HERE = (ShipmentState.TO_PACK, ShipmentState.ON_HOLD, ShipmentState.PACKED)


class Reader:
    """Some shipments with all that is shown of them."""

    def __init__(self, shipments: Sequence[Shipment]) -> None:
        self.shipments = shipments
        self._ids = [one.id for one in shipments]

    @cached_property
    def orders(self) -> dict[UUID, OrderToShip]:
        """Their orders."""
        return orders.get_orders_to_ship({one.order_id for one in self.shipments})

    @cached_property
    def order_lines(self) -> dict[UUID, LineToShip]:
        """The orders' lines by id."""
        return {line.id: line for order in self.orders.values() for line in order.lines}

    @cached_property
    def lines(self) -> dict[UUID, dict[UUID, int]]:
        """Pieces per shipment and order line, in the order's order."""
        found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
        for row in ShipmentLine.objects.filter(shipment_id__in=self._ids):
            found[row.shipment_id][row.order_line_id] = row.quantity
        place = {line: nth for nth, line in enumerate(self.order_lines)}
        return {
            key: dict(sorted(of_one.items(), key=lambda pair: place.get(pair[0], 0)))
            for key, of_one in found.items()
        }

    @cached_property
    def parcels(self) -> dict[UUID, list[Parcel]]:
        """Parcels per shipment, by position."""
        found: dict[UUID, list[Parcel]] = defaultdict(list)
        for row in Parcel.objects.filter(shipment_id__in=self._ids).order_by("position"):
            found[row.shipment_id].append(row)
        return found

    @cached_property
    def contents(self) -> dict[UUID, list[ParcelLine]]:
        """What lies in each parcel."""
        found: dict[UUID, list[ParcelLine]] = defaultdict(list)
        rows = ParcelLine.objects.filter(
            parcel_id__in=[one.id for of_one in self.parcels.values() for one in of_one]
        )
        place = {line: nth for nth, line in enumerate(self.order_lines)}
        for row in rows:
            found[row.parcel_id].append(row)
        for of_one in found.values():
            of_one.sort(key=lambda row: (_place(row, place), row.id))
        return found

    @cached_property
    def _labeled(self) -> set[UUID | None]:
        rows = Label.objects.filter(shipment_id__in=self._ids, state="made")
        return set(rows.values_list("parcel_id", flat=True))

    @cached_property
    def variants(self) -> dict[UUID, VariantInfo]:
        """The things behind lines and extras."""
        wanted = {line.variant_id for line in self.order_lines.values()}
        wanted |= {row.variant_id for of_one in self.contents.values() for row in of_one}
        return dict(catalog.get_variants([one for one in wanted if one is not None]))

    @cached_property
    def handling(self) -> dict[UUID, tuple[str, ...]]:
        """Handling classes of variants."""
        wanted = {line.variant_id for line in self.order_lines.values()}
        return get_variant_handling([one for one in wanted if one is not None])

    @cached_property
    def _locations(self) -> dict[UUID, str]:
        return {one.id: one.name for one in inventory.list_locations()}

    # -- contracts ----------------------------------------------------------------------------

    def summary(self, one: Shipment) -> ShipmentSummary:
        """Return a shipment as a list shows it."""
        order, lines = self.orders[one.order_id], self.lines.get(one.id, {})
        known = (self.order_lines.get(line) for line in lines)
        classes = {
            each
            for line in known
            if line is not None and line.variant_id is not None
            for each in self.handling.get(line.variant_id, ())
        }
        is_late = one.missed_at is not None and one.state in _HERE
        return ShipmentSummary(
            id=one.id,
            number=one.number,
            order_id=one.order_id,
            order_number=order.number,
            customer_id=order.customer_id,
            recipient_name=one.recipient_name,
            country_code=one.country_code,
            state=one.state,
            source=one.source,
            location_id=one.location_id,
            location_name=self._locations.get(one.location_id, "") if one.location_id else "",
            shipping_method=one.shipping_method,
            ship_by_date=one.ship_by_date,
            is_late=is_late,
            is_at_risk=one.at_risk_at is not None
            and one.state == ShipmentState.TO_PACK
            and not is_late,
            piece_count=sum(lines.values()),
            parcel_count=len(self.parcels.get(one.id, ())),
            handling_classes=tuple(sorted(classes)),
            is_gift=order.is_gift,
            created_at=one.created_at,
            packed_at=one.packed_at,
            shipped_at=one.shipped_at,
        )

    def things(self, one: Shipment) -> tuple[PackedThing, ...]:
        """Return what a shipment holds."""
        return tuple(
            self._thing(self.order_lines[line], pieces)
            for line, pieces in self.lines.get(one.id, {}).items()
            if line in self.order_lines
        )

    def parcel_views(self, one: Shipment) -> list[ParcelView]:
        """Return a shipment's parcels."""
        return [self._parcel(one, parcel) for parcel in self.parcels.get(one.id, ())]

    def _parcel(self, one: Shipment, parcel: Parcel) -> ParcelView:
        return ParcelView(
            id=parcel.id,
            shipment_id=one.id,
            order_id=one.order_id,
            customer_id=self.orders[one.order_id].customer_id,
            position=parcel.position,
            box_name=parcel.box_name,
            weight_grams=parcel.weight_grams,
            carrier=parcel.carrier,
            carrier_name=parcel.carrier_name
            or (carrier_name(parcel.carrier) if parcel.carrier else ""),
            service_level=parcel.service_level,
            tracking_number=parcel.tracking_number,
            tracking_url=parcel.tracking_url,
            has_label=parcel.id in self._labeled,
            shipped_at=parcel.shipped_at,
            things=self._inside(one, parcel),
        )

    def _inside(self, one: Shipment, parcel: Parcel) -> tuple[PackedThing, ...]:
        """Return what lies in a parcel; platforms do not say, but with one parcel it is plain."""
        rows = self.contents.get(parcel.id, [])
        if not rows and len(self.parcels[one.id]) == 1:
            return self.things(one)
        return tuple(self._things_of(rows))

    def _things_of(self, rows: Iterable[ParcelLine]) -> Iterable[PackedThing]:
        for row in rows:
            if row.order_line_id is not None and row.order_line_id in self.order_lines:
                yield self._thing(self.order_lines[row.order_line_id], row.quantity)
            elif row.variant_id is not None and row.variant_id in self.variants:
                yield _extra(self.variants[row.variant_id], row.quantity, row.extra)

    def _thing(self, line: LineToShip, pieces: int) -> PackedThing:
        variant = self.variants.get(line.variant_id) if line.variant_id else None
        return PackedThing(
            order_line_id=line.id,
            variant_id=line.variant_id,
            title=line.title,
            variant_title=line.variant_title,
            options=line.options,
            properties=line.properties,
            sku=line.sku,
            quantity=pieces,
            image_url=line.image_url or (variant.image_url if variant else ""),
            weight_grams=line.weight_grams or (variant.weight_grams if variant else None),
            barcode=variant.barcode if variant else "",
            handling_classes=self.handling.get(line.variant_id, ()) if line.variant_id else (),
        )


def _place(row: ParcelLine, places: dict[UUID, int]) -> int:
    """Return where a thing stands: as on the order, what was not ordered last."""
    known = places.get(row.order_line_id) if row.order_line_id else None
    return len(places) if known is None else known


def _extra(variant: VariantInfo, pieces: int, kind: str) -> PackedThing:
    return PackedThing(
        order_line_id=None,
        variant_id=variant.id,
        title=variant.product_title,
        variant_title=variant.title,
        options=tuple((name, value) for name, value in variant.options),
        properties=(),
        sku=variant.sku,
        quantity=pieces,
        image_url=variant.image_url,
        weight_grams=variant.weight_grams,
        barcode=variant.barcode,
        extra=kind,
    )
