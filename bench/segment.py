"""bench-segment: a segment of five clauses over a million customers and five million orders.

The clauses: two orders or more in 90 days, over 100 EUR spent in a year, of some countries, not
tagged as wholesale, and no order for 30 days. The value is the seconds of the compiled statement,
the baseline the same question in SQL written by hand. Told on the way: the first build (members
found and written), the check that finds nothing to repair, and a customer's membership after an
order, from the log to the event that says so; its 99th percentile is ``p99_ms``.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from bench import harness
from bench.cloning import clone, numbered_id

PER_CUSTOMER = 5
COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "BE", "ES", "IT", "SE", "US")
WANTED = ("DE", "AT", "CH", "NL")
SINGLE = 300
TWO_YEARS = 2 * 365 * 24 * 3600
CONDITION: dict[str, Any] = {
    "all": [
        {"fact": "customer.orders", "op": "gte", "value": 2, "within": {"last": {"days": 90}}},
        {
            "fact": "customer.spent",
            "op": "gt",
            "value": {"amount_minor": 10_000, "currency": "EUR"},
            "within": {"last": {"years": 1}},
        },
        {"fact": "customer.country", "op": "in", "value": list(WANTED)},
        {"none": [{"fact": "customer.tags", "op": "contains", "value": "wholesale"}]},
        {"fact": "customer.last_order_at", "op": "lt", "value": {"from_now": {"days": -30}}},
    ]
}
_BY_HAND = """
    SELECT count(*) FROM customers_customer c
    JOIN (
        SELECT customer_id FROM orders_order
        WHERE store_id = %(store)s AND canceled_at IS NULL AND NOT is_test
          AND placed_at > %(year)s AND placed_at <= %(at)s
        GROUP BY customer_id
        HAVING count(*) FILTER (WHERE placed_at > %(quarter)s) >= 2
           AND sum(total_minor - refunded_minor) FILTER (WHERE currency = 'EUR') > 10000
           AND max(placed_at) < %(month)s
    ) o ON o.customer_id = c.id
    WHERE c.store_id = %(store)s AND c.merged_into_id IS NULL AND c.erased_at IS NULL
      AND c.country_code = ANY(%(countries)s) AND NOT c.tags @> ARRAY['wholesale']
"""


def main() -> None:
    """Fill the tables, ask both ways, build, and follow events."""
    count = harness.size(1_000_000)
    with harness.fresh_database():
        from bench.shop import open_shop
        from doorstep.kernel.tenancy import store_scope

        at = datetime.now(UTC)
        shop = open_shop(with_stock=False)
        with store_scope(shop.store_id):
            harness.say(f"making {count:,} customers and {count * PER_CUSTOMER:,} orders …")
            _fill(count, at)
            by_hand, wanted = _by_hand(shop.store_id, at)
            compiled, found = _compiled(shop.store_id, at)
            harness.say(f"by hand {by_hand:.2f} s, compiled {compiled:.2f} s, {found:,} members")
            assert found == wanted, (found, wanted)
            _build(found, at)
            milliseconds = _follow(count, at)
        worst = harness.p99(milliseconds)
        harness.say(f"one customer after an order: {median(milliseconds):.1f} ms, p99 {worst} ms")
        harness.report(
            "segment",
            n=count,
            value=compiled,
            unit="s for one condition over all customers",
            baseline=by_hand,
            p99_ms=worst,
        )


def _fill(count: int, at: datetime) -> None:
    from django.db import connection

    from doorstep.rooms.customers.models import Customer
    from doorstep.rooms.orders.models import Order

    order = one_order(at)
    countries = ", ".join(f"'{code}'" for code in COUNTRIES)
    moment = f"'{at.isoformat()}'::timestamptz"
    chance = "(hashint8(row_nth) & 2147483647)"
    clone(
        Customer,
        order.customer_id,
        count,
        {
            "id": numbered_id(1),
            "email": "'shopper-' || row_nth || '@example.com'",
            "country_code": f"(ARRAY[{countries}])[1 + {chance} % {len(COUNTRIES)}]",
            "tags": f"CASE WHEN {chance} % 20 = 7 THEN ARRAY['wholesale'] ELSE ARRAY['tea'] END",
        },
    )
    harness.say("customers are there")
    amount = "(500 + (hashint8(row_nth + 7) & 2147483647) % 9500)"
    # Some buy often and some once: a quarter of the orders belongs to a sixteenth of the people.
    buyer = f"(1 + (CASE WHEN {chance} % 4 = 0 THEN {chance} / 4 % greatest(1, {count} / 16)"
    buyer += f" ELSE (hashint8(row_nth + 3) & 2147483647) % {count} END))"
    placed = (
        f"{moment} - make_interval(secs => (hashint8(row_nth + 11) & 2147483647) % {TWO_YEARS})"
    )
    clone(
        Order,
        order.id,
        count * PER_CUSTOMER,
        {
            "id": numbered_id(2),
            "external_id": "'b-' || row_nth",
            "customer_id": numbered_id(1).replace("row_nth", buyer),
            "subtotal_minor": amount,
            "total_minor": amount,
            "placed_at": placed,
            "search_text": "''",
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) customers_customer, orders_order")


def one_order(at: datetime) -> Any:
    """Make one order of one person; the others are like it."""
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.orders import api as orders
    from doorstep.rooms.orders.contracts import (
        IncomingLine,
        IncomingOrder,
        IncomingPerson,
        LineAmounts,
        OrderTotals,
    )
    from doorstep.rooms.orders.models import Order

    before = at - timedelta(days=800)
    bought = IncomingOrder(
        external_id="first",
        number="#1",
        currency="EUR",
        placed_at=before,
        version_at=before,
        totals=OrderTotals(1000, 0, 0, 0, 1000),
        lines=(IncomingLine("l", "Tea", 1, LineAmounts(1000, 0, 0, 1000)),),
        taxes_included=True,
        person=IncomingPerson(email="first@example.com", name="Maya Lindqvist"),
    )
    by = Actor.system("bench")
    [kept] = orders.record_orders(
        [bought], sales_channel="shopify", connection_id=None, mode="history", by=by, at=before
    )
    return Order.objects.get(id=kept.order_id)


def _by_hand(store_id: UUID, at: datetime) -> tuple[float, int]:
    from zoneinfo import ZoneInfo

    from doorstep.kernel.conditions.moments import Span, shift_instant

    zone = ZoneInfo("Europe/Berlin")
    values = {
        "store": store_id,
        "at": at,
        "year": shift_instant(at, Span(-1, "years"), zone),
        "quarter": shift_instant(at, Span(-90, "days"), zone),
        "month": shift_instant(at, Span(-30, "days"), zone),
        "countries": list(WANTED),
    }
    return _best(_BY_HAND, values)


def _compiled(store_id: UUID, at: datetime) -> tuple[float, int]:
    from doorstep.rooms.audiences.keeping.matching import matching, store_zone
    from doorstep.rooms.audiences.rules.asking import read_condition

    assert store_id
    found = matching(read_condition(CONDITION), at=at, zone=store_zone())
    return _best(f"SELECT count(*) FROM ({found.sql}) AS found", found.params)


def _best(statement: str, values: Any) -> tuple[float, int]:
    """Return the best of three runs in seconds, and the number found."""
    from django.db import connection

    seconds, number = [], 0
    for _ in range(3):
        started = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            number = cursor.fetchone()[0]
        seconds.append(time.perf_counter() - started)
    return min(seconds), number


def _build(members: int, at: datetime) -> None:
    """Make the segment, let the loop build it, and let the check find it right."""
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.events import lanes
    from doorstep.rooms.audiences import api

    lanes.ensure_cursors()
    by = Actor.system("bench")
    made = api.create_segment(name="Win back", condition=CONDITION, by=by, at=at)
    started = time.perf_counter()
    assert api.run_builds(at) == 1
    seconds = time.perf_counter() - started
    built = api.get_segment(made.id)
    assert built.member_count == members, (built.member_count, members)
    harness.say(f"first build: {seconds:.2f} s for {members:,} members")
    lanes.run_until_idle()
    api.check_segment(segment_id=made.id, by=by, at=at)
    started = time.perf_counter()
    while api.run_checks(at):
        lanes.run_until_idle()
    harness.say(f"check: {time.perf_counter() - started:.2f} s")
    assert api.get_segment(made.id).repaired == 0


def _follow(count: int, at: datetime) -> list[float]:
    """Return the milliseconds from a logged order to its buyer's membership, one by one."""
    from django.db import transaction

    from doorstep.kernel.actors import Actor
    from doorstep.kernel.events import lanes
    from doorstep.kernel.events.publish import publish
    from doorstep.kernel.events.registry import handler_named
    from doorstep.kernel.events.sequencer import sequence
    from doorstep.rooms.orders.events import OrderPlaced
    from doorstep.rooms.orders.models import Order

    handler, by = handler_named("audiences.follow_customers"), Actor.system("bench")
    lanes.run_until_idle()
    found = []
    for nth in range(1, SINGLE + 1):
        customer = UUID(f"00000001-0000-7000-8000-{1 + nth * 7919 % count:012x}")
        order = Order.objects.filter(customer=customer).first()
        if order is None:
            continue
        order.placed_at = at
        order.save(update_fields=["placed_at"])  # an order of today: nobody to win back any more
        with transaction.atomic():
            placed = OrderPlaced(order.id, customer, "#1", "shopify", "EUR", 1000, 1, "ready")
            publish(placed, key=customer, at=at, by=by, subject=f"order:{order.id}")
        sequence()
        started = time.perf_counter()
        taken = 0
        while not taken:  # half of the lanes at a time
            taken = lanes.run_handler(handler)
        found.append((time.perf_counter() - started) * 1000)
    return found


if __name__ == "__main__":
    main()
