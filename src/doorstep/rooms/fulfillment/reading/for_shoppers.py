"""What of an order has been packed or sent, for its shopper's page.

That page is the one most asked for, and whoever shows it has the order at hand: so the names and
pictures of things come from there, and one query is all it takes, however many parcels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.tallies import Tally
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.fulfillment.contracts import OrderParcels, PackedThing, ParcelView
from doorstep.rooms.fulfillment.rules.carriers import carrier_name
from doorstep.rooms.orders.contracts import LineView, ShopperOrder

# A row for each line of each parcel; then, without a parcel, for each line of each shipment.
_SENT = """
SELECT p.id, p.shipment_id, p.position, p.box_name, p.weight_grams, p.carrier, p.carrier_name,
       p.service_level, p.tracking_number, p.tracking_url, p.shipped_at,
       l.order_line_id, l.quantity, s.order_id, s.nth, l.id AS packed_id
FROM fulfillment_shipment s
JOIN fulfillment_parcel p ON p.shipment_id = s.id
LEFT JOIN fulfillment_parcelline l ON l.parcel_id = p.id AND l.order_line_id IS NOT NULL
WHERE s.store_id = %(store)s AND s.order_id = ANY(%(orders)s) AND s.state IN ('packed', 'shipped')
UNION ALL
SELECT NULL, s.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       l.order_line_id, l.quantity, s.order_id, s.nth, l.id
FROM fulfillment_shipment s
LEFT JOIN fulfillment_shipmentline l ON l.shipment_id = s.id
WHERE s.store_id = %(store)s AND s.order_id = ANY(%(orders)s) AND s.state IN ('packed', 'shipped')
ORDER BY nth, position, id, packed_id
"""


# Shipments whose parcels are shown; ``%(order)s`` is the order's id.
SENT_OF_ORDER = Tally(
    "SELECT count(*) FROM fulfillment_shipment"
    " WHERE store_id = %(store)s AND order_id = %(order)s AND state IN ('packed', 'shipped')"
)


def list_parcels_for_shopper(order: ShopperOrder) -> OrderParcels:
    """Return the packed and sent parcels of an order, and how many pieces of each line they hold.

    Samples and gifts of the store are not among their things: they are a surprise. Where a platform
    did not say what lies in which of several parcels, their things are empty, and yet counted.
    """
    return list_parcels_for_shoppers([order])[order.id]


def list_parcels_for_shoppers(orders: Collection[ShopperOrder]) -> dict[UUID, OrderParcels]:
    """Return what is packed or sent of each order, as :func:`list_parcels_for_shopper` does."""
    with connection.cursor() as cursor:
        keys: dict[str, Any] = {
            "store": current_store_id(),
            "orders": [order.id for order in orders],
        }
        cursor.execute(_SENT, keys)
        found = cursor.fetchall()
    of_order: dict[UUID, list[tuple[Any, ...]]] = {order.id: [] for order in orders}
    for *row, order_id, _nth, _packed_id in found:
        of_order[order_id].append(tuple(row))
    return {order.id: _parcels(order, of_order[order.id]) for order in orders}


def _parcels(order: ShopperOrder, found: Sequence[tuple[Any, ...]]) -> OrderParcels:
    rows = [row for row in found if row[0] is not None]
    whole: dict[UUID, Counter[UUID]] = {}
    for parcel_id, shipment_id, *_nothing, line_id, quantity in found:
        if parcel_id is not None:
            continue
        of_one = whole.setdefault(shipment_id, Counter())
        if line_id is not None:
            of_one[line_id] += quantity
    gone = sum(whole.values(), Counter[UUID]())
    lines = {line.id: line for line in order.lines}
    return OrderParcels(tuple(_views(order, rows, whole, lines)), dict(gone))


def _views(
    order: ShopperOrder,
    rows: Sequence[tuple[Any, ...]],
    whole: Mapping[UUID, Counter[UUID]],
    lines: Mapping[UUID, LineView],
) -> Iterator[ParcelView]:
    heads: dict[UUID, tuple[Any, ...]] = {}
    inside: dict[UUID, Counter[UUID]] = {}
    of_shipment: Counter[UUID] = Counter()
    for *head, line_id, quantity in rows:
        if head[0] not in heads:
            heads[head[0]] = tuple(head)
            inside[head[0]] = Counter()
            of_shipment[head[1]] += 1
        if line_id is not None:
            inside[head[0]][line_id] += quantity
    for key, head_row in heads.items():
        shipment_id, carrier, named = head_row[1], head_row[5], head_row[6]
        contents = inside[key]
        if not contents and of_shipment[shipment_id] == 1:
            contents = whole.get(shipment_id, contents)
        yield ParcelView(
            id=key,
            shipment_id=shipment_id,
            order_id=order.id,
            customer_id=order.customer_id,
            position=head_row[2],
            box_name=head_row[3],
            weight_grams=head_row[4],
            carrier=carrier,
            carrier_name=named or (carrier_name(carrier) if carrier else ""),
            service_level=head_row[7],
            tracking_number=head_row[8],
            tracking_url=head_row[9],
            has_label=False,  # of no use to a shopper
            shipped_at=head_row[10],
            things=tuple(
                _thing(lines[line_id], quantity)
                for line_id, quantity in contents.items()
                if line_id in lines
            ),
        )


def _thing(line: LineView, quantity: int) -> PackedThing:
    return PackedThing(
        order_line_id=line.id,
        variant_id=line.variant_id,
        title=line.title,
        variant_title=line.variant_title,
        options=line.options,
        properties=line.properties,
        sku=line.sku,
        quantity=quantity,
        image_url=line.image_url,
    )
