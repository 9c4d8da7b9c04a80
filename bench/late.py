"""bench-late: which of a million open parcels are late, stalled or lost, and which no longer.

Every open parcel is judged in one check; one in a hundred is late, one in a hundred stalled, one
in two hundred lost by then. The value is the seconds of the first check, which finds them all,
raises the alarms and publishes their events; a second check, which finds nothing new, is told on
the way. Baseline: the same rows read once and compared with one instant, without any rule.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench import harness
from bench.cloning import clone, numbered_id

PER_SHIPMENT = 200
CARRIERS = ("dhl", "ups", "fedex", "dpd", "gls", "usps", "postnl", "hermes", "bpost", "correos")
SOME_NUMBER = "JD0146000123"


def main() -> None:
    """Fill the tables, check, and report."""
    count = harness.size(1_000_000)
    with harness.fresh_database():
        from bench.shop import open_shop
        from doorstep.kernel.tenancy import store_scope
        from doorstep.rooms.tracking.clocks.sweep import check_store

        at = datetime.now(UTC)
        shop = open_shop(with_stock=False)
        with store_scope(shop.store_id):
            harness.say(f"making {count:,} open parcels …")
            _fill(shop.store_id, count, at)
            _set_clocks(at)
        harness.say("checking …")
        started = time.perf_counter()
        found = check_store(shop.store_id, at=at)
        seconds = time.perf_counter() - started
        harness.say(f"first check: {seconds:.2f} s, {found}")
        _must_be_right(shop.store_id, count, at)
        started = time.perf_counter()
        again = check_store(shop.store_id, at=at)
        harness.say(f"second check: {time.perf_counter() - started:.2f} s, {again}")
        assert not again.changed, again
        harness.report(
            "late",
            n=count,
            value=seconds,
            unit="s for one check of all open parcels",
            baseline=_bare(shop.store_id, at),
        )


def _fill(store_id: UUID, count: int, at: datetime) -> None:
    from django.db import connection

    from doorstep.rooms.fulfillment.models import Parcel, Shipment
    from doorstep.rooms.tracking.models import Tracker

    order_id, parcel, tracker = _one_of_each(store_id, at)
    shipments = -(-count // PER_SHIPMENT)
    clone(
        Shipment,
        parcel.shipment_id,
        shipments,
        {"id": numbered_id(1), "nth": "1 + row_nth", "number": "'#1042-' || (1 + row_nth)"},
    )
    of_shipment = numbered_id(1).replace("row_nth", f"(1 + (row_nth - 1) / {PER_SHIPMENT})")
    position = f"1 + (row_nth - 1) % {PER_SHIPMENT}"
    clone(
        Parcel,
        parcel.id,
        count,
        {"id": numbered_id(2), "shipment_id": of_shipment, "position": position},
    )
    names = ", ".join(f"'{name}'" for name in CARRIERS)
    # By the thousands: 10 late, 10 stalled, 5 lost, and the rest is on its way as it should be.
    part = "row_nth % 1000"
    clone(
        Tracker,
        tracker.id,
        count,
        {
            "id": numbered_id(3),
            "parcel_id": numbered_id(2),
            "shipment_id": of_shipment,
            "carrier": f"(ARRAY[{names}])[1 + row_nth % {len(CARRIERS)}]",
            "tracking_number": "'JD' || lpad(row_nth::text, 14, '0')",
            "promised_to": f"t.promised_to + CASE WHEN {part} < 10 THEN -6 ELSE (row_nth % 5)::int END",
            "last_news_at": f"""t.last_news_at - make_interval(mins => (row_nth % 600)::int)
                                - make_interval(days => CASE WHEN {part} BETWEEN 10 AND 19 THEN 8
                                                WHEN {part} BETWEEN 20 AND 24 THEN 60 ELSE 0 END)""",
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) tracking_tracker")
    assert order_id


def _one_of_each(store_id: UUID, at: datetime) -> tuple[UUID, Any, Any]:
    """Make one order with one shipped parcel; the others are like it."""
    from bench.shop import order
    from doorstep.connectors.base.contracts import NormalizeContext, OrderReceived
    from doorstep.connectors.base.registry import get_connector
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.ids import new_id
    from doorstep.rooms.fulfillment.models import Parcel, Shipment
    from doorstep.rooms.orders import api as orders
    from doorstep.rooms.tracking.models import Tracker

    by = Actor.system("bench")
    outcomes = get_connector("shopify").normalize(order(1, at), "orders/create", NormalizeContext())
    incoming = [one.order for one in outcomes if isinstance(one, OrderReceived)]
    order_id = orders.record_orders(
        incoming, sales_channel="shopify", connection_id=None, by=by, at=at
    )[0].order_id
    shipped_at = at - timedelta(days=62)
    shipment = Shipment.objects.create(
        id=new_id(),
        store_id=store_id,
        order_id=order_id,
        nth=1,
        number="#1042-1",
        number_key="10421",
        state="shipped",
        shipped_at=shipped_at,
        shipped_by=by.key,
        created_at=shipped_at,
        created_by=by.key,
    )
    parcel = Parcel.objects.create(
        id=new_id(), store_id=store_id, shipment=shipment, position=PER_SHIPMENT + 1,
        shipped_at=shipped_at, created_at=shipped_at,
    )  # fmt: skip
    tracker = Tracker.objects.create(
        id=new_id(),
        store_id=store_id,
        parcel=parcel,
        shipment=shipment,
        order_id=order_id,
        carrier="dhl",
        tracking_number=SOME_NUMBER,
        zone="Europe/Berlin",
        shipped_at=shipped_at,
        promised_to=(at + timedelta(days=2)).date(),
        created_at=shipped_at,
        status="in_transit",
        status_at=at - timedelta(hours=4),
        first_scan_at=at - timedelta(hours=20),
        last_news_at=at - timedelta(hours=4),
    )
    return order_id, parcel, tracker


def _set_clocks(at: datetime) -> None:
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.tracking.clocks.settings import set_clocks
    from doorstep.rooms.tracking.contracts import Clocks

    clocks = [Clocks(), Clocks("ups", stalled_hours=72), Clocks("dpd", "express", late_hours=2)]
    set_clocks(clocks=clocks, by=Actor.system("bench"), at=at)


def _must_be_right(store_id: UUID, count: int, at: datetime) -> None:
    """Count the alarms as the numbers were laid out, and their events. :raises AssertionError:"""
    from django.db import connection

    def numbers(low: int, high: int) -> int:
        return sum(1 for nth in range(1, count + 1) if low <= nth % 1000 <= high)

    late, stalled, lost = numbers(0, 9), numbers(10, 24), numbers(20, 24)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(late_since), count(stalled_since), count(lost_since)"
            " FROM tracking_tracker WHERE store_id = %s",
            [store_id],
        )
        assert cursor.fetchone() == (late, stalled, lost)
        cursor.execute(
            "SELECT count(*) FROM kernel_outbox WHERE name = ANY(%s)",
            [["tracking.parcel_late", "tracking.parcel_stalled", "tracking.parcel_lost"]],
        )
        assert cursor.fetchone() == (late + stalled + lost,)


def _bare(store_id: UUID, at: datetime) -> float:
    """Return the seconds of reading the same rows once."""
    from django.db import connection

    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM tracking_tracker"
            " WHERE store_id = %s AND is_open AND last_news_at < %s AND promised_to < %s",
            [store_id, at, at.date()],
        )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
