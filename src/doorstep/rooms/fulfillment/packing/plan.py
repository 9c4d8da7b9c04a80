"""How shipments are best packed, worked out for many at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.errors import NotFound
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.catalog.contracts import VariantInfo
from doorstep.rooms.fulfillment.contracts import (
    BoxInfo,
    PackedThing,
    PackingInstruction,
    PackingPlan,
    PlannedParcel,
    Size,
)
from doorstep.rooms.fulfillment.models import Shipment, ShipmentLine
from doorstep.rooms.fulfillment.models.packing import PlannedExtra
from doorstep.rooms.fulfillment.packing.effects import fill_places
from doorstep.rooms.fulfillment.packing.extras import OPEN, decided, planned_extras
from doorstep.rooms.fulfillment.packing.matching import Matches, match_rules
from doorstep.rooms.fulfillment.packing.reading import (
    get_handling,
    get_packing_options,
    get_variant_handling,
    list_boxes,
)
from doorstep.rooms.fulfillment.packing.shapes import PackingOptions, PackingRuleInfo
from doorstep.rooms.fulfillment.rules.boxes import Parcel, Piece, pack
from doorstep.rooms.fulfillment.rules.handling import Handling
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import LineView, OrderDetail
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

# Above it boxes are not worked out: nobody packs so many pieces by a proposal.
MOST_PIECES = 1_000
# Stands for whatever the packer takes where a store has named no boxes.
_ANYTHING = BoxInfo(UUID(int=0), "", Size(10**6, 10**6, 10**6), 10**9, 0, False, True)


def get_packing_plan(shipment_id: UUID, *, at: datetime) -> PackingPlan:
    """Return how a shipment is best packed. :raises NotFound: there is none in this store."""
    found = get_packing_plans([shipment_id], at=at)
    if shipment_id not in found:
        raise NotFound("There is no such shipment.")
    return found[shipment_id]


def get_packing_plans(shipment_ids: Collection[UUID], *, at: datetime) -> dict[UUID, PackingPlan]:
    """Return how shipments are best packed; unknown ids are left out.

    Only reads. The number of queries does not grow with the number of shipments.

    :param at: the moment that relative dates in rules count from.
    """
    shipments = list(Shipment.objects.filter(id__in=list(set(shipment_ids))))
    if not shipments:
        return {}
    table = _lay_table(shipments, at)
    return {shipment.id: _Plan(table, shipment).made() for shipment in shipments}


def get_packed_things(
    shipment_ids: Collection[UUID], *, at: datetime
) -> dict[UUID, tuple[PackedThing, ...]]:
    """Return what goes into shipments, extras last; unknown ids are left out."""
    shipments = list(Shipment.objects.filter(id__in=list(set(shipment_ids))))
    if not shipments:
        return {}
    table = _lay_table(shipments, at)
    plans = {shipment.id: _Plan(table, shipment) for shipment in shipments}
    return {key: (*plan.things, *plan.extras) for key, plan in plans.items()}


@dataclass(frozen=True)
class _Table:
    """Everything that plans of some shipments are made from."""

    store: StoreInfo
    options: PackingOptions
    boxes: list[BoxInfo]
    handling: Mapping[str, Handling]
    orders: Mapping[UUID, OrderDetail]
    lines: Mapping[UUID, list[ShipmentLine]]
    extras: Mapping[UUID, list[PlannedExtra]]
    decided: set[UUID]
    variants: Mapping[UUID, VariantInfo]
    classes: Mapping[UUID, tuple[str, ...]]
    matches: Matches


def _lay_table(shipments: Sequence[Shipment], at: datetime) -> _Table:
    store = stores.get_store()
    ids = [shipment.id for shipment in shipments]
    lines: dict[UUID, list[ShipmentLine]] = defaultdict(list)
    for row in ShipmentLine.objects.filter(shipment_id__in=ids).order_by("id"):
        lines[row.shipment_id].append(row)
    of_order = orders.get_orders({shipment.order_id for shipment in shipments})
    extras = planned_extras(ids)
    wanted = {line.variant_id for order in of_order.values() for line in order.lines}
    wanted |= {extra.variant_id for found in extras.values() for extra in found}
    variant_ids = [one for one in wanted if one is not None]
    return _Table(
        store=store,
        options=get_packing_options(),
        boxes=list_boxes(),
        handling=get_handling(),
        orders=of_order,
        lines=lines,
        extras=extras,
        decided=decided(ids),
        variants=catalog.get_variants(variant_ids),
        classes=get_variant_handling(variant_ids),
        matches=match_rules(
            of_order,
            [row.order_line_id for found in lines.values() for row in found],
            at=at,
            zone=ZoneInfo(store.timezone),
        ),
    )


class _Plan:
    """The plan of one shipment, from what lies on the table."""

    def __init__(self, table: _Table, shipment: Shipment) -> None:
        self.table, self.shipment = table, shipment
        self.order = table.orders[shipment.order_id]
        self.order_rules = table.matches.of_order.get(shipment.order_id, [])
        known = {line.id: line for line in self.order.lines}
        rows = [row for row in table.lines.get(shipment.id, ()) if row.order_line_id in known]
        rows.sort(key=lambda row: known[row.order_line_id].position)
        self.things = [self._line_thing(known[row.order_line_id], row.quantity) for row in rows]
        self.extras = [self._extra_thing(one) for one in table.extras.get(shipment.id, ())]
        self.rules = table.matches.of_shipment(
            shipment.order_id, [row.order_line_id for row in rows]
        )
        self.warnings: list[str] = []

    def made(self) -> PackingPlan:
        """Put the plan together."""
        order, effects = self.order, [rule.effects for rule in self.rules]
        is_premium = any(one.is_premium for one in effects) or self._is_above_threshold()
        parcels = self._parcels(is_premium)
        if self.shipment.state in OPEN and not self._is_decided():
            self.warnings.append("Samples are still being chosen: look again in a moment.")
        return PackingPlan(
            parcels=parcels,
            instructions=self._for_all(),
            note_prompt="\n".join(
                self._prompt(one.note_prompt) for one in effects if one.note_prompt
            ),
            extras=tuple(self.extras),
            is_premium=is_premium,
            is_gift=order.is_gift,
            gift_message=order.gift_message,
            gift_wrap=order.gift_wrap or any(one.gift_wrap for one in effects),
            hides_prices=order.is_gift or order.gift_receipt,
            warnings=tuple(self.warnings),
        )

    def _is_decided(self) -> bool:
        asks = any(rule.effects.samples or rule.effects.bonus for rule in self.rules)
        return not asks or self.shipment.is_test or self.shipment.id in self.table.decided

    def _is_above_threshold(self) -> bool:
        """Tell whether the order is premium by its total (in the store's own currency only)."""
        limit, summary = self.table.options.premium_from_minor, self.order.summary
        return (
            limit is not None
            and summary.currency == self.table.store.currency
            and summary.total_minor >= limit
        )

    def _prompt(self, text: str) -> str:
        address, name = self.order.shipping_address, self.order.summary.shopper_name
        return fill_places(
            text,
            {
                "first name": name.split()[0] if name.strip() else "",
                "recipient": address.name if address else name,
                "order number": self.order.summary.number,
                "store": self.table.store.name,
            },
        )

    def _line_thing(self, line: LineView, quantity: int) -> PackedThing:
        variant = self.table.variants.get(line.variant_id) if line.variant_id else None
        rules = self.table.matches.of_line.get(line.id, ())
        classes = {str(one) for rule in rules for one in rule.effects.handling_classes}
        if line.variant_id:
            classes |= set(self.table.classes.get(line.variant_id, ()))
        weight = line.weight_grams
        if weight is None and variant is not None:
            weight = variant.weight_grams
        return PackedThing(
            order_line_id=line.id,
            variant_id=line.variant_id,
            title=line.title,
            variant_title=line.variant_title,
            options=line.options,
            properties=line.properties,
            sku=line.sku,
            quantity=quantity,
            image_url=line.image_url or (variant.image_url if variant else ""),
            weight_grams=weight,
            barcode=variant.barcode if variant else "",
            handling_classes=tuple(sorted(classes)),
        )

    def _extra_thing(self, extra: PlannedExtra) -> PackedThing:
        variant = self.table.variants[extra.variant_id]
        return PackedThing(
            order_line_id=None,
            variant_id=extra.variant_id,
            title=variant.product_title,
            variant_title=variant.title,
            options=variant.options,
            properties=(),
            sku=variant.sku,
            quantity=extra.quantity,
            image_url=variant.image_url,
            weight_grams=variant.weight_grams,
            barcode=variant.barcode,
            extra=extra.kind,
            handling_classes=self.table.classes.get(extra.variant_id, ()),
        )

    def _parcels(self, is_premium: bool) -> tuple[PlannedParcel, ...]:
        things = [*self.things, *self.extras]
        if not things:
            return ()
        if sum(thing.quantity for thing in things) > MOST_PIECES:
            self.warnings.append("So many pieces: take the boxes you need.")
            whole = Parcel(None, ())
            return (self._parcel(whole, Counter({n: t.quantity for n, t in enumerate(things)})),)
        pieces = []
        for key, thing in enumerate(things):
            pieces += [self._piece(key, thing)] * thing.quantity
        if any(box.is_active for box in self.table.boxes):
            parcels = pack(pieces, self.table.boxes, prefers_premium=is_premium)
        else:  # nothing to choose from: as few parcels as what must go apart allows
            parcels = [replace(parcel, box=None) for parcel in pack(pieces, [_ANYTHING])]
        self._warn(things, parcels, is_premium)
        return tuple(
            self._parcel(parcel, Counter(piece.key for piece in parcel.pieces))
            for parcel in parcels
        )

    def _piece(self, key: int, thing: PackedThing) -> Piece:
        variant = self.table.variants.get(thing.variant_id) if thing.variant_id else None
        sides = variant.size_mm if variant else None
        size = Size(*sides) if sides else None
        return Piece(key, size, thing.weight_grams, frozenset(thing.handling_classes))

    def _parcel(self, parcel: Parcel, pieces: Mapping[int, int]) -> PlannedParcel:
        all_things = [*self.things, *self.extras]
        things = tuple(
            replace(all_things[key], quantity=quantity) for key, quantity in sorted(pieces.items())
        )
        return PlannedParcel(
            box=parcel.box,
            things=things,
            weight_grams=parcel.weight_grams if parcel.pieces else None,
            instructions=self._for_things(things),
        )

    def _for_things(self, things: Sequence[PackedThing]) -> tuple[PackingInstruction, ...]:
        classes = dict.fromkeys(one for thing in things for one in thing.handling_classes)
        rules: dict[UUID, PackingRuleInfo] = {}
        for thing in things:
            if thing.order_line_id:
                found = self.table.matches.of_line.get(thing.order_line_id, ())
                rules |= {rule.id: rule for rule in found}
        return self._instructions(classes, list(rules.values()))

    def _for_all(self) -> tuple[PackingInstruction, ...]:
        classes = dict.fromkeys(
            str(one) for rule in self.order_rules for one in rule.effects.handling_classes
        )
        return self._instructions(classes, self.order_rules)

    def _instructions(
        self, classes: Collection[str], rules: Sequence[PackingRuleInfo]
    ) -> tuple[PackingInstruction, ...]:
        found = [self.table.handling[one] for one in classes]
        return tuple(
            PackingInstruction(
                cause=str(one.handling_class),
                container=one.container,
                infill=one.infill,
                cold_packs=one.cold_packs,
                is_insured=one.is_insured,
                carrier_note=one.carrier_note,
                words=one.words,
            )
            for one in found
        ) + tuple(
            PackingInstruction(
                cause=rule.name,
                container=rule.effects.container,
                infill=rule.effects.infill,
                cold_packs=rule.effects.cold_packs,
                is_insured=rule.effects.is_insured,
                carrier_note=rule.effects.carrier_note,
                words=rule.effects.words,
            )
            for rule in rules
            if rule.effects.asks_for_care
        )

    def _warn(
        self, things: Sequence[PackedThing], parcels: Sequence[Parcel], is_premium: bool
    ) -> None:
        """Say what the proposal does not know."""
        unsized = [t.title for n, t in enumerate(things) if self._piece(n, t).size is None]
        if unsized and self.table.boxes:
            self.warnings.append(
                f"Size not known: {_names(unsized)}. The box is chosen by weight only."
            )
        unweighed = [thing.title for thing in things if thing.weight_grams is None]
        if unweighed:
            self.warnings.append(f"Weight not known: {_names(unweighed)}. Weigh the parcel.")
        if not any(box.is_active for box in self.table.boxes):
            self.warnings.append("No boxes are set up yet: add yours in the settings, Packing.")
        elif any(parcel.box is None for parcel in parcels):
            self.warnings.append("Some of it fits none of your boxes.")
        if is_premium and not any(p.box.is_premium for p in parcels if p.box is not None):
            self.warnings.append("A premium order, and no premium box that fits.")


def _names(titles: Sequence[str]) -> str:
    names = list(dict.fromkeys(titles))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
