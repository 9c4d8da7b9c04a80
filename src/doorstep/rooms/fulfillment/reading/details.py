"""One shipment, some parcels, and what to fetch from the shelves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from doorstep.kernel.errors import NotFound
from doorstep.rooms.fulfillment.contracts import (
    PackedThing,
    ParcelView,
    PickRow,
    ShipmentDetail,
    ShipmentState,
)
from doorstep.rooms.fulfillment.models import Parcel, Shipment
from doorstep.rooms.fulfillment.reading.views import Reader


def get_shipment(shipment_id: UUID) -> ShipmentDetail:
    """Return a shipment with its lines and parcels. :raises NotFound: not in this store."""
    found = get_shipments([shipment_id])
    if shipment_id not in found:
        raise NotFound("There is no such shipment.")
    return found[shipment_id]


def get_shipments(shipment_ids: Collection[UUID]) -> dict[UUID, ShipmentDetail]:
    """Return shipments with their lines and parcels; unknown ids are left out.

    The number of queries does not depend on how many they are.
    """
    rows = list(Shipment.objects.filter(id__in=list(set(shipment_ids))))
    return {one.id: detail for one, detail in _details(rows)}


def list_shipments_of(order_ids: Collection[UUID]) -> dict[UUID, list[ShipmentDetail]]:
    """Return the shipments of orders, in the order they were planned; none are left out."""
    rows = list(Shipment.objects.filter(order_id__in=list(set(order_ids))).order_by("nth"))
    found: dict[UUID, list[ShipmentDetail]] = defaultdict(list)
    for one, detail in _details(rows):
        found[one.order_id].append(detail)
    return dict(found)


def _details(rows: Sequence[Shipment]) -> list[tuple[Shipment, ShipmentDetail]]:
    if not rows:
        return []
    reader = Reader(rows)
    return [
        (
            one,
            ShipmentDetail(
                summary=reader.summary(one),
                things=reader.things(one),
                parcels=tuple(reader.parcel_views(one)),
                hold_words=one.hold_words,
                order_changed_at=one.order_changed_at,
                picked_at=one.picked_at,
                picked_by=one.picked_by,
                packed_by=one.packed_by,
                canceled_at=one.canceled_at,
            ),
        )
        for one in rows
    ]


def get_parcels(parcel_ids: Collection[UUID]) -> dict[UUID, ParcelView]:
    """Return parcels with what is in them; unknown ids are left out. Constant queries."""
    wanted = set(parcel_ids)
    shipments = Parcel.objects.filter(id__in=list(wanted)).values("shipment_id")
    rows = list(Shipment.objects.filter(id__in=shipments))
    if not rows:
        return {}
    reader = Reader(rows)
    return {view.id: view for one in rows for view in reader.parcel_views(one) if view.id in wanted}


def list_parcels_of_orders(order_ids: Collection[UUID]) -> dict[UUID, list[ParcelView]]:
    """Return the parcels of orders that were not called off, oldest shipment first."""
    rows = list(
        Shipment.objects.filter(order_id__in=list(set(order_ids)))
        .exclude(state=ShipmentState.CANCELED)
        .order_by("nth")
    )
    found: dict[UUID, list[ParcelView]] = defaultdict(list)
    if rows:
        reader = Reader(rows)
        for one in rows:
            found[one.order_id] += reader.parcel_views(one)
    return {order_id: parcels for order_id, parcels in found.items() if parcels}


def pick_list(shipment_ids: Sequence[UUID]) -> list[PickRow]:
    """Sum up what to fetch from the shelves for shipments that are to be packed, by SKU.

    Things with wishes of their own (an engraving) are the same on the shelf.
    """
    found = get_shipments(shipment_ids)
    rows: dict[tuple[object, ...], list[tuple[str, PackedThing]]] = defaultdict(list)
    for shipment_id in dict.fromkeys(shipment_ids):
        detail = found.get(shipment_id)
        if detail is None or detail.summary.state != ShipmentState.TO_PACK:
            continue
        for thing in detail.things:
            key = thing.variant_id or (thing.sku, thing.title, thing.variant_title)
            rows[(key,)].append((detail.summary.number, thing))
    answer = [_pick_row(pairs) for pairs in rows.values()]
    return sorted(answer, key=lambda row: (row.sku, row.title, row.variant_title))


def _pick_row(pairs: Sequence[tuple[str, PackedThing]]) -> PickRow:
    first = pairs[0][1]
    return PickRow(
        variant_id=first.variant_id,
        sku=first.sku,
        title=first.title,
        variant_title=first.variant_title,
        quantity=sum(thing.quantity for _, thing in pairs),
        shipments=tuple(dict.fromkeys(number for number, _ in pairs)),
        handling_classes=first.handling_classes,
        image_url=first.image_url,
        barcode=first.barcode,
    )
