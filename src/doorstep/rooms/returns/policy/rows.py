"""Lines of orders with all that a policy may ask, loaded in a fixed number of queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.instants import read_instants_fast
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

_LINES = """
    SELECT line.id, line.order_id, line.quantity, line.sku, line.title, line.variant_title,
        line.total_minor, CASE WHEN placed.taxes_included THEN 0 ELSE line.tax_minor END,
        line.discount_minor, line.is_gift_card, line.requires_shipping,
        line.removed_at IS NOT NULL, line.shipped_quantity, line.variant_id,
        placed.placed_at, placed.canceled_at IS NOT NULL, placed.is_history, placed.currency,
        placed.total_minor, placed.sales_channel, placed.country_code,
        coalesce(placed.shipping_address ->> 'region', ''), placed.customer_id, placed.is_gift,
        coalesce(nullif(placed.locale, ''), person.locale, ''), placed.delivery_to_date,
        placed.fulfilled_at, placed.tags::text, coalesce(product.tags, '[]'::jsonb)::text,
        person.tags, placed.number
    FROM orders_orderline line
    JOIN orders_order placed ON placed.id = line.order_id
    LEFT JOIN catalog_variant variant ON variant.id = line.variant_id
    LEFT JOIN catalog_product product ON product.id = variant.product_id
    LEFT JOIN customers_customer person ON person.id = placed.customer_id
    WHERE line.store_id = %s AND {chosen}
    ORDER BY placed.placed_at DESC, placed.id, line.position
"""
# What surrounds the lines comes in one round trip: on a busy machine it is the waiting that costs.
# Parcel lines have no index by order line: from the orders' shipments down.
_PARCELS = """
    SELECT 'parcel', sent.order_id, packed.order_line_id, coalesce(packed.quantity, 0)::bigint,
        parcel.id, tracker.delivered_at, tracker.estimate_to,
        coalesce(parcel.shipped_at, tracker.shipped_at), tracker.first_scan_at IS NOT NULL
    FROM fulfillment_shipment sent
    JOIN fulfillment_parcel parcel ON parcel.shipment_id = sent.id
    LEFT JOIN tracking_tracker tracker
        ON tracker.parcel_id = parcel.id AND tracker.canceled_at IS NULL
    LEFT JOIN fulfillment_parcelline packed
        ON packed.parcel_id = parcel.id AND packed.order_line_id IS NOT NULL
    WHERE sent.store_id = %(store)s AND sent.order_id = ANY(%(orders)s::uuid[])
        AND sent.state <> 'canceled'
"""
# What our own returns take, and what the platform gave money back for; the greater of both, as a
# platform reports the refunds we asked it for.
_TAKEN = """
    SELECT 'taken', NULL::uuid, line_id, max(pieces)::bigint,
        NULL::uuid, NULL::timestamptz, NULL::date, NULL::timestamptz, false
    FROM (
        SELECT back_line.order_line_id AS line_id, sum(back_line.claimed) AS pieces
        FROM returns_returnauthorization back
        JOIN returns_returnline back_line ON back_line.authorization_id = back.id
        WHERE back.store_id = %(store)s AND back.order_id = ANY(%(orders)s::uuid[])
        GROUP BY back_line.order_line_id
        UNION ALL
        SELECT given_line.line_id, sum(given_line.quantity)
        FROM orders_refund given
        JOIN orders_refundline given_line ON given_line.refund_id = given.id
        WHERE given.store_id = %(store)s AND given.order_id = ANY(%(orders)s::uuid[])
        GROUP BY given_line.line_id
    ) taken GROUP BY line_id
"""
# What customers ordered, and asked back by the policy.
_HISTORY = """
    SELECT 'ordered', customer_id, NULL::uuid, 0::bigint,
        NULL::uuid, placed_at, NULL::date, NULL::timestamptz, false
    FROM orders_order
    WHERE store_id = %(store)s AND customer_id = ANY(%(people)s::uuid[])
        AND canceled_at IS NULL AND NOT is_test
    UNION ALL
    SELECT 'returned', placed.customer_id, NULL::uuid, 0::bigint,
        NULL::uuid, back.requested_at, NULL::date, NULL::timestamptz, false
    FROM returns_returnauthorization back
    JOIN orders_order placed ON placed.id = back.order_id
    WHERE back.store_id = %(store)s AND placed.customer_id = ANY(%(people)s::uuid[])
        AND back.state NOT IN ('declined', 'canceled') AND back.kind = 'voluntary'
"""


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """When a customer ordered, and asked for returns; in no order."""

    orders: list[datetime] = field(default_factory=list)
    returns: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class LineRow:
    """One line of an order with what surrounds it; money in the order's currency.

    :ivar tax_on_top_minor: tax that prices leave out; 0 where they have it in.
    :ivar delivered_on: the store's day on which the last of its pieces arrived, or by all that is
        known should have (``is_estimated``); None while none is there.
    :ivar arrived: how many of its pieces are there.
    :ivar expected_on: when it should arrive, for what has not.
    :ivar taken: how many of its pieces are back, on their way, or given money for already.
    """

    line_id: UUID
    order_id: UUID
    quantity: int
    sku: str
    title: str
    variant_title: str
    total_minor: int
    tax_on_top_minor: int
    discount_minor: int
    is_gift_card: bool
    requires_shipping: bool
    is_removed: bool
    shipped_quantity: int
    variant_id: UUID | None
    placed_at: datetime
    is_canceled: bool
    is_history: bool
    currency: str
    order_total_minor: int
    channel: str
    country_code: str
    region: str
    customer_id: UUID | None
    is_gift: bool
    locale: str
    delivery_to_date: date | None
    fulfilled_at: datetime | None
    order_tags: frozenset[str]
    product_tags: frozenset[str]
    customer_tags: frozenset[str]
    order_number: str
    ordered_on: date = date.min
    delivered_on: date | None = None
    is_estimated: bool = False
    arrived: int = 0
    expected_on: date | None = None
    history: CustomerHistory | None = None
    taken: int = 0

    @property
    def unit_paid_minor(self) -> int:
        """What one piece cost after discounts, rounded down."""
        return self.total_minor // self.quantity


@dataclass(frozen=True, slots=True)
class _Parcel:
    line_id: UUID | None
    quantity: int
    delivered_at: datetime | None
    estimate_to: date | None
    shipped_at: datetime | None
    is_scanned: bool


@lru_cache(maxsize=4096)
def _tags(text: str) -> frozenset[str]:
    return frozenset(str(tag) for tag in json.loads(text))


def load_rows(
    *,
    order_ids: Collection[UUID] = (),
    line_ids: Collection[UUID] = (),
    at: datetime,
    with_history: bool = False,
    with_taken: bool = False,
    store: StoreInfo | None = None,
    store_id: UUID | None = None,
) -> dict[UUID, LineRow]:
    """Load lines by order or by line, of one store only, as they stood at ``at``; two queries.

    :param with_history: also what their customers did before.
    :param with_taken: also what of them is back, on its way, or given money for.
    :param store: where it was read already; else of ``store_id``, else the store in scope.
    """
    of = store.id if store else store_id or current_store_id()
    rows = _read_lines(of, order_ids, line_ids)
    if not rows:
        return {}
    store = store or stores.get_store(of)
    around = _read_around(rows, store.id, with_history=with_history, with_taken=with_taken)
    _add_deliveries(rows, around, store, at)
    for row in rows.values():
        row.taken = around.taken.get(row.line_id, 0)
        if with_history and row.customer_id is not None:
            row.history = around.people[row.customer_id]
    return rows


def _read_lines(
    store_id: UUID, order_ids: Collection[UUID], line_ids: Collection[UUID]
) -> dict[UUID, LineRow]:
    column, ids = ("line.id", line_ids) if line_ids else ("line.order_id", order_ids)
    if not ids:
        return {}
    found = {}
    with connection.cursor() as cursor:
        read_instants_fast(cursor)
        cursor.execute(
            _LINES.replace("{chosen}", f"{column} = ANY(%s::uuid[])"), [store_id, list(ids)]
        )
        for values in cursor.fetchall():
            *cells, order_tags, product_tags, person_tags, number = values
            cells += [_tags(order_tags), _tags(product_tags), frozenset(person_tags or ()), number]
            found[values[0]] = LineRow(*cells)
    return found


@dataclass(slots=True)
class _Around:
    """What surrounds some lines."""

    by_line: dict[UUID, list[_Parcel]]
    by_order: dict[UUID, dict[UUID, _Parcel]]
    people: dict[UUID, CustomerHistory]
    taken: dict[UUID, int]


def _read_around(
    rows: dict[UUID, LineRow], store_id: UUID, *, with_history: bool, with_taken: bool
) -> _Around:
    people = {row.customer_id for row in rows.values()} - {None} if with_history else set()
    parts = [_PARCELS]
    parts += [_TAKEN] if with_taken else []
    parts += [_HISTORY] if people else []
    found = _Around(
        defaultdict(list), defaultdict(dict), {one: CustomerHistory() for one in people if one}, {}
    )
    orders = list({row.order_id for row in rows.values()})
    with connection.cursor() as cursor:
        read_instants_fast(cursor)
        cursor.execute(
            " UNION ALL ".join(parts),
            {"store": store_id, "orders": orders, "people": list(people)},
        )
        for what, whose, line_id, pieces, parcel_id, moment, *rest in cursor.fetchall():
            if what == "ordered":
                found.people[whose].orders.append(moment)
            elif what == "returned":
                found.people[whose].returns.append(moment)
            elif what == "taken":
                found.taken[line_id] = pieces
            else:
                parcel = _Parcel(line_id, pieces, moment, *rest)
                found.by_order[whose][parcel_id] = parcel
                if line_id is not None:
                    found.by_line[line_id].append(parcel)
    return found


def _add_deliveries(
    rows: dict[UUID, LineRow], around: _Around, store: StoreInfo, at: datetime
) -> None:
    zone = ZoneInfo(store.timezone)
    for row in rows.values():
        row.ordered_on = row.placed_at.astimezone(zone).date()
        parcels = around.by_line.get(row.line_id)
        if parcels is None:  # what the platform sent without saying what is in it
            whole = around.by_order.get(row.order_id, {}).values()
            parcels = [_of_order(parcel, row) for parcel in whole if parcel.line_id is None]
        _settle_delivery(row, parcels, store, zone, at)


def _of_order(parcel: _Parcel, row: LineRow) -> _Parcel:
    return _Parcel(
        row.line_id,
        row.quantity,
        parcel.delivered_at,
        parcel.estimate_to,
        parcel.shipped_at,
        parcel.is_scanned,
    )


def _settle_delivery(
    row: LineRow, parcels: list[_Parcel], store: StoreInfo, zone: ZoneInfo, at: datetime
) -> None:
    """Work out when a line's pieces arrived, and how many of them are there at ``at``."""
    today = at.astimezone(zone).date()
    if not row.requires_shipping:
        row.delivered_on, row.arrived = row.ordered_on, row.quantity
        return
    if not parcels:
        _estimate_whole(row, store, zone, today)
        return
    days: list[date] = []
    for parcel, day, is_estimated in _arrivals(row, parcels, store, zone, at):
        if day is not None and day <= today:
            days.append(day)
            row.arrived += parcel.quantity
            row.is_estimated = row.is_estimated or is_estimated
        elif day is not None:
            row.expected_on = max(day, row.expected_on or day)
    row.arrived = min(row.arrived, row.quantity)
    row.delivered_on = max(days, default=None)
    row.expected_on = row.expected_on or row.delivery_to_date


def _arrivals(
    row: LineRow, parcels: list[_Parcel], store: StoreInfo, zone: ZoneInfo, at: datetime
) -> Iterator[tuple[_Parcel, date | None, bool]]:
    """Yield each parcel with the day it arrived or should, and whether that is an estimate.

    A parcel the carrier scanned and did not deliver is not there, however late it is; of one that
    no carrier ever told us about, its estimate is all there is.
    """
    for parcel in parcels:
        if parcel.delivered_at is not None and parcel.delivered_at <= at:
            yield parcel, parcel.delivered_at.astimezone(zone).date(), False
            continue
        expected = parcel.estimate_to
        if expected is None and parcel.shipped_at is not None:
            shipped = parcel.shipped_at.astimezone(zone).date()
            expected = shipped + timedelta(days=store.transit_days_max)
        today = at.astimezone(zone).date()
        if parcel.is_scanned and expected is not None and expected <= today:
            expected = None
        yield parcel, expected, True


def _estimate_whole(row: LineRow, store: StoreInfo, zone: ZoneInfo, today: date) -> None:
    """Estimate for orders whose shipping nobody recorded: those of the past, and of other tools."""
    row.is_estimated = True
    row.expected_on = row.delivery_to_date
    if not (row.is_history or row.fulfilled_at or row.shipped_quantity):
        return
    if row.fulfilled_at is not None:
        sent = row.fulfilled_at.astimezone(zone).date()
    else:
        sent = row.ordered_on + timedelta(days=store.production_days_max)
    day = row.delivery_to_date or sent + timedelta(days=store.transit_days_max)
    if day > today:
        row.expected_on = day
        return
    row.delivered_on, row.arrived = day, row.quantity
