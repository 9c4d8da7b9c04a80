"""Dates that come from orders: the day something runs out, the anniversary of a first order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.journeys.dates.sources import (
    SET_SIZE,
    DateSource,
    Entrant,
    register_source,
)
from doorstep.rooms.stores.contracts import StoreInfo

MOST_PIECES = 24
"""More pieces of one thing in one order count as so many: nobody plans farther ahead."""

TOGETHER_DAYS = 14
"""What of one order runs out within so many days of the first is one reminder, not several."""

# A product runs out so many days after its last piece was delivered as one piece lasts, times the
# pieces. Walked from the few lengths of life a catalog knows to the days on which such parcels
# must have arrived, and from these by the index on deliveries: what a store sold over the years
# is never read. Of an order with something that runs out on the day, all that runs out is returned:
# what is reminded of together must be known.
_RUN_OUT = """
WITH lives AS (
    SELECT p.id AS product_id, p.run_out_days * pieces.n AS days, pieces.n
    FROM catalog_product p CROSS JOIN generate_series(1, %(most)s) AS pieces(n)
    WHERE p.store_id = %(store)s AND p.run_out_days IS NOT NULL
), arrivals AS (
    SELECT DISTINCT days, (%(day)s::date - days) AS arrived FROM lives
), candidates AS (
    SELECT DISTINCT t.order_id
    FROM arrivals a
    JOIN tracking_tracker t ON t.store_id = %(store)s
     AND t.delivered_at >= a.arrived::timestamp AT TIME ZONE %(zone)s
     AND t.delivered_at < (a.arrived + 1)::timestamp AT TIME ZONE %(zone)s
    WHERE t.order_id IS NOT NULL AND NOT t.is_history AND t.delivered_at <= %(at)s
), bought AS (
    SELECT o.id AS order_id, o.customer_id, o.placed_at, v.product_id,
           least(sum(l.quantity), %(most)s) AS pieces, array_agg(l.id) AS line_ids
    FROM candidates c
    JOIN orders_order o ON o.id = c.order_id
    JOIN orders_orderline l ON l.order_id = o.id AND l.removed_at IS NULL
    JOIN catalog_variant v ON v.id = l.variant_id
    JOIN catalog_product p ON p.id = v.product_id AND p.run_out_days IS NOT NULL
    WHERE o.store_id = %(store)s AND o.customer_id IS NOT NULL AND o.canceled_at IS NULL
      AND NOT o.is_history AND NOT o.is_test AND NOT o.is_gift AND o.erased_at IS NULL
    GROUP BY o.id, o.customer_id, o.placed_at, v.product_id
), delivered AS (
    SELECT b.order_id, b.customer_id, b.placed_at, b.product_id, b.pieces,
           max(t.delivered_at) AS delivered_at, bool_or(t.is_open) AS is_on_its_way
    FROM bought b
    JOIN fulfillment_parcelline pl ON pl.order_line_id = ANY(b.line_ids)
    JOIN tracking_tracker t ON t.parcel_id = pl.parcel_id AND t.canceled_at IS NULL
    GROUP BY b.order_id, b.customer_id, b.placed_at, b.product_id, b.pieces
), ends AS (
    SELECT d.*, (d.delivered_at AT TIME ZONE %(zone)s)::date + lives.days AS runs_out
    FROM delivered d
    JOIN lives ON lives.product_id = d.product_id AND lives.n = d.pieces
    WHERE NOT d.is_on_its_way
)
SELECT e.customer_id, e.order_id, array_agg(e.product_id::text ORDER BY e.runs_out, e.product_id),
       array_agg(e.runs_out ORDER BY e.runs_out, e.product_id),
       array_agg(e.delivered_at ORDER BY e.runs_out, e.product_id),
       array_agg(bought_again.at ORDER BY e.runs_out, e.product_id)
FROM ends e
LEFT JOIN LATERAL (
    SELECT min(later.placed_at) AS at FROM orders_order later
    JOIN orders_orderline again ON again.order_id = later.id AND again.removed_at IS NULL
    JOIN catalog_variant same ON same.id = again.variant_id AND same.product_id = e.product_id
    WHERE later.store_id = %(store)s AND later.customer_id = e.customer_id
      AND later.placed_at > e.placed_at AND later.placed_at <= %(at)s
      AND later.canceled_at IS NULL AND NOT later.is_test
) bought_again ON true
GROUP BY e.customer_id, e.order_id
HAVING bool_or(e.runs_out = %(day)s::date)
"""

# One look per past year at the day's orders; who had bought before that day is not new then.
_ANNIVERSARY = """
SELECT DISTINCT ON (o.customer_id) o.customer_id, spans.years
FROM unnest(%(years)s::int[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
     AS spans(years, starts_at, ends_at)
JOIN orders_order o ON o.store_id = %(store)s
 AND o.placed_at >= spans.starts_at AND o.placed_at < spans.ends_at
JOIN customers_customer c ON c.id = o.customer_id AND c.erased_at IS NULL
WHERE o.canceled_at IS NULL AND NOT o.is_test AND NOT EXISTS (
    SELECT 1 FROM orders_order earlier
    WHERE earlier.store_id = %(store)s AND earlier.customer_id = o.customer_id
      AND earlier.placed_at < spans.starts_at
      AND earlier.canceled_at IS NULL AND NOT earlier.is_test
)
ORDER BY o.customer_id, spans.years
"""
_MOST_YEARS = 30

_LAST_ORDER = """
SELECT DISTINCT o.customer_id FROM orders_order o
JOIN customers_customer c ON c.id = o.customer_id AND c.erased_at IS NULL
WHERE o.store_id = %(store)s AND o.placed_at >= %(start)s AND o.placed_at < %(end)s
  AND o.canceled_at IS NULL AND NOT o.is_test AND NOT EXISTS (
    SELECT 1 FROM orders_order later
    WHERE later.store_id = %(store)s AND later.customer_id = o.customer_id
      AND later.placed_at >= %(end)s AND later.placed_at <= %(at)s
      AND later.canceled_at IS NULL AND NOT later.is_test
  )
"""


def run_outs(store: StoreInfo, day: date, *, at: datetime) -> Iterator[Sequence[Entrant]]:
    """Yield whose purchase is used up on a day: delivery of the item plus what the pieces last.

    Each product of an order has its own day; those within two weeks of the first are named
    together, on the first one's day. Only the latest order of a product counts: who bought again is
    not reminded of the old one. Gifts are left out, as somebody else uses them up, and so is what
    is still on its way.
    """
    sql = {"most": MOST_PIECES, "store": store.id, "day": day, "zone": store.timezone, "at": at}
    for rows in _in_sets(_RUN_OUT, sql):
        found = []
        for customer_id, order_id, *columns in rows:
            items = [_RunsOut(*item) for item in zip(*columns, strict=True)]
            if products := _reminded_on(day, items, at):
                key = f"run_out:{order_id}:{day}"
                found.append(Entrant(customer_id, key, order_id, {"product_ids": products}))
        yield found


@dataclass(frozen=True, slots=True)
class _RunsOut:
    """A product of an order: the day it is used up, and from when to when that was known."""

    product_id: str
    day: date
    known_from: datetime  # its delivery
    known_until: datetime | None  # it was bought again


def _reminded_on(day: date, items: Sequence[_RunsOut], at: datetime) -> list[str]:
    """Return which products of one order are reminded of on a day, asked about at ``at``.

    :param items: by day. A reminder some days earlier took up what was known when it was asked
        about, so many days before: what came later has a day of its own.
    """
    left = list(items)
    while left and left[0].day <= day:
        first = left[0].day
        asked = at - (day - first)
        named = [
            one
            for one in left
            if one.day - first <= timedelta(days=TOGETHER_DAYS)
            and one.known_from <= asked
            and (one.known_until is None or one.known_until > asked)
        ]
        if left[0] not in named:
            left = left[1:]
        elif first == day:
            return [one.product_id for one in named]
        else:
            left = [one for one in left if one not in named]
    return []


def order_anniversaries(
    store: StoreInfo, day: date, *, at: datetime
) -> Iterator[Sequence[Entrant]]:
    """Yield who bought for the first time on this day of an earlier year."""
    years, starts, ends = [], [], []
    for ago in range(1, _MOST_YEARS + 1):
        for past in same_days(day, day.year - ago):
            years.append(ago)
            starts.append(start_of(past, store.timezone))
            ends.append(start_of(past + timedelta(days=1), store.timezone))
    sql = {"years": years, "starts": starts, "ends": ends, "store": store.id}
    for rows in _in_sets(_ANNIVERSARY, sql):
        yield [
            Entrant(customer_id, f"order_anniversary:{day.year}", data={"years": passed})
            for customer_id, passed in rows
        ]


def last_orders(store: StoreInfo, day: date, *, at: datetime) -> Iterator[Sequence[Entrant]]:
    """Yield who bought on a day and never since: asked half a year later, who has gone quiet."""
    start = start_of(day, store.timezone)
    end = start_of(day + timedelta(days=1), store.timezone)
    sql = {"store": store.id, "start": start, "end": end, "at": at}
    for rows in _in_sets(_LAST_ORDER, sql):
        yield [Entrant(customer_id, f"last_order:{day}") for (customer_id,) in rows]


def same_days(day: date, year: int) -> list[date]:
    """Return the days of another year whose anniversary is ``day``.

    Mostly one. 29 February is kept on the 28th in years without it, and has none of its own then.

    >>> same_days(date(2026, 2, 28), 2024)
    [datetime.date(2024, 2, 28), datetime.date(2024, 2, 29)]
    """
    try:
        found = [day.replace(year=year)]
    except ValueError:  # 29 February, and that year had none
        return []
    if (day.month, day.day) == (2, 28) and not _is_leap(day.year) and _is_leap(year):
        found.append(date(year, 2, 29))
    return found


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def start_of(day: date, zone: str) -> datetime:
    """Return the instant a day begins in a zone; where clocks jump over midnight, right after."""
    return datetime.combine(day, time(), ZoneInfo(zone))


def _in_sets(sql: str, values: dict[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Run one statement and hand its rows over in sets."""
    assert values["store"] == current_store_id()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(SET_SIZE):
            yield rows


register_source(
    DateSource(
        "run_out",
        "Run-out date",
        "The day what was bought is used up: delivery of the item plus the product’s days per"
        " piece, times the pieces. Each product has its own day; those within two weeks are named"
        " together. Ordering the product again starts it anew.",
        "order",
        run_outs,
    )
)
register_source(
    DateSource(
        "order_anniversary",
        "Anniversary of the first order",
        "The day of the year on which the customer bought for the first time.",
        "customer",
        order_anniversaries,
    )
)
register_source(
    DateSource(
        "last_order",
        "Latest order",
        "The day of the customer’s latest order. With 182 days after it: who bought nothing for"
        " half a year.",
        "customer",
        last_orders,
    )
)
