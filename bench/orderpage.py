"""bench-orderpage: order pages over HTTP while 200,000 orders are in the database.

Random pages are asked for 50 times a second for half a minute; the value is the wait that one
page in a hundred exceeds. Three of five orders have left, in a parcel with six steps of its way.
Server (two processes), database and load share the machine. Baseline: the 99th percentile of a page of the same size that stands still, from the same
server at the same rate. ``SECONDS`` and ``RATE`` change length and load.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import harness, load, shop
from bench.cloning import clone, numbered_id

SHIPPED_PERCENT = 60
CONNECTIONS = 16
WARM_UP = 300
NUMBER = "00340434123456789012"
ORDER_MARK = 1  # of the ids of orders, by their number


def main() -> None:
    """Fill the tables, ask for pages, and report."""
    count = harness.size(200_000)
    rate, seconds = int(os.environ.get("RATE", 50)), int(os.environ.get("SECONDS", 30))
    with (
        tempfile.TemporaryDirectory(prefix="doorstep-orderpage-") as name,
        harness.fresh_database(),
    ):
        folder = Path(name)
        opened = shop.open_shop(with_stock=False)
        harness.say(f"making {count:,} orders …")
        _fill(opened.store_id, count)
        still = _measure_still(folder, rate, seconds)
        answers, peak = _measure(folder, opened.store_id, count, rate, seconds)
    waits = sorted(one.seconds * 1000 for one in answers)
    harness.say(f"median {waits[len(waits) // 2]:.1f} ms, longest {waits[-1]:.1f} ms")
    slowest = harness.p99(waits)
    assert slowest is not None
    harness.report(
        "orderpage", n=count, value=slowest, unit="ms at the 99th percentile", baseline=still,
        p99_ms=slowest, peak=peak,
    )  # fmt: skip


def _measure(
    folder: Path, store_id: UUID, count: int, rate: int, seconds: int
) -> tuple[list[load.Answer], float]:
    # One process for each of two cores.
    with harness.web(folder, DOORSTEP_WEB_PROCESSES="2", DOORSTEP_WEB_THREADS="4") as web:
        _drive(folder, _pages(store_id, count, WARM_UP, web.port), web.port, 0)
        answers = _drive(folder, _pages(store_id, count, rate * seconds, web.port), web.port, rate)
        return answers, web.peak_mb()


def _measure_still(folder: Path, rate: int, seconds: int) -> float:
    port = harness.free_port()
    server = harness.start("bench.still", str(port))
    harness.wait_for_port(port)
    _drive(folder, [_get("/", port)] * WARM_UP, port, 0)
    answers = _drive(folder, [_get("/", port)] * (rate * min(seconds, 10)), port, rate)
    harness.stop(server)
    slowest = harness.p99([one.seconds * 1000 for one in answers])
    assert slowest is not None
    return slowest


def _drive(folder: Path, requests: Any, port: int, rate: int) -> list[load.Answer]:
    path = folder / "pages.requests"
    load.write_requests(path, requests)
    answers = load.run(port, path, connections=CONNECTIONS, rate=rate)
    refused = [one.status for one in answers if one.status != 200]
    assert not refused, f"{len(refused)} were not shown, the first with {refused[0]}"
    return answers


def _pages(store_id: UUID, count: int, asked: int, port: int) -> Iterator[bytes]:
    from doorstep.rooms.orders import api as orders

    at, choice = datetime.now(UTC), random.Random(5)
    for _ in range(asked):
        order_id = UUID(f"{ORDER_MARK:08x}-0000-7000-8000-{choice.randint(1, count):012x}")
        yield _get(f"/o/{orders.order_page_token(store_id, order_id, at=at)}", port)


def _get(path: str, port: int) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n"
        "Accept-Encoding: gzip\r\nAccept-Language: de,en;q=0.7\r\n\r\n"
    ).encode()


def _fill(store_id: UUID, count: int) -> None:
    """Make one order that left, tracked, and so many like it; the last ones have not left."""
    from django.db import connection

    from doorstep.kernel.tenancy import store_scope

    with store_scope(store_id):
        order_id = _one_order()
    rows = _rows_of(order_id)
    marks = {row.id: mark for mark, row in enumerate(rows, start=ORDER_MARK)}
    assert marks[order_id] == ORDER_MARK
    shipped = count * SHIPPED_PERCENT // 100
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            # Copies of one sound set need no look at each foreign key: a third of the time.
            cursor.execute("SET session_replication_role = replica")
        for row in rows:
            left = type(row)._meta.app_label in {"fulfillment", "tracking"}
            clone(type(row), row.id, shipped if left else count, _changes(row, marks))
            harness.say(f"  {type(row)._meta.label_lower}")
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")


def _changes(row: Any, marks: dict[UUID, int]) -> dict[str, str]:
    """Give every id of the cloned set the number of its copy, and every name a new one."""
    changes = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, UUID) and value in marks:
            changes[field.column] = numbered_id(marks[value])
        elif field.column in {"external_id", "number", "number_key", "tracking_number"} and value:
            changes[field.column] = f"t.{field.column} || row_nth"
        elif field.column == "dedupe_key":
            changes[field.column] = "t.dedupe_key || row_nth"
    return changes


def _rows_of(order_id: UUID) -> list[Any]:
    """Return the order and all that hangs on it, parents first."""
    from doorstep.rooms.fulfillment.models import Parcel, ParcelLine, Shipment, ShipmentLine
    from doorstep.rooms.orders.models import Order, OrderCharge, OrderLine
    from doorstep.rooms.tracking.models import Checkpoint, Tracker, TrackingNumber

    rows: list[Any] = list(Order.all_stores.filter(id=order_id))
    rows += _all(OrderLine, order=order_id)
    rows += _all(OrderCharge, order=order_id)
    shipments = _all(Shipment, order=order_id)
    parcels = _all(Parcel, shipment__in=shipments)
    trackers = _all(Tracker, parcel__in=parcels)
    rows += [*shipments, *_all(ShipmentLine, shipment__in=shipments), *parcels]
    rows += [*_all(ParcelLine, parcel__in=parcels), *trackers]
    rows += _all(TrackingNumber, tracker__in=trackers)
    rows += _all(Checkpoint, tracker__in=trackers)
    return rows


def _all(model: Any, **narrowed: Any) -> list[Any]:
    return list(model.all_stores.filter(**narrowed))


def _one_order() -> UUID:
    """Record an order of three lines as Shopify brings it, send it, and hear of its way."""
    from doorstep.connectors.base.contracts import NormalizeContext, OrderReceived
    from doorstep.connectors.base.registry import get_connector
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.fulfillment import api as fulfillment
    from doorstep.rooms.fulfillment.contracts import IncomingParcel, IncomingShipment
    from doorstep.rooms.orders import api as orders
    from doorstep.rooms.tracking import api as tracking
    from doorstep.rooms.tracking.contracts import ReportedCheckpoint, TrackingReport
    from doorstep.rooms.tracking.recording.shipments import Shipped, follow_parcels

    at, by = datetime.now(UTC), Actor.system("bench")
    news = get_connector("shopify").normalize(
        shop.order(1, at), "orders/create", NormalizeContext()
    )
    [received] = [one.order for one in news if isinstance(one, OrderReceived)]
    [recorded] = orders.record_orders(
        [received], sales_channel="shopify", connection_id=None, by=by, at=at
    )
    parcel = IncomingParcel(NUMBER, "DHL", f"https://dhl.example/{NUMBER}")
    left_at = at - timedelta(days=3)
    sent = IncomingShipment("s-1", received.external_id, at, left_at, parcels=(parcel,))
    fulfillment.record_platform_shipments(
        [sent], sales_channel="shopify", connection_id=None, by=by, at=at
    )
    views = fulfillment.list_parcels_of_orders([recorded.order_id])[recorded.order_id]
    follow_parcels([Shipped(view) for view in views], fulfillment.list_carriers(), by=by, at=at)
    way = tuple(
        ReportedCheckpoint(
            at - timedelta(hours=hours), status, substatus, city=city, country_code="DE"
        )
        for hours, status, substatus, city in _way()
    )
    report = TrackingReport(
        "aftership", NUMBER, "dhl", way,
        estimated_from=at.date(), estimated_to=(at + timedelta(days=1)).date(),
    )  # fmt: skip
    [heard] = tracking.record_reports([report], by=by, at=at)
    assert (heard.order_id, heard.new_checkpoints) == (recorded.order_id, len(way)), heard
    return recorded.order_id


def _way() -> list[tuple[int, Any, Any, str]]:
    from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

    status, sub = TrackingStatus, Substatus
    return [
        (70, status.INFO_RECEIVED, sub.NONE, ""),
        (60, status.IN_TRANSIT, sub.PICKED_UP, "Berlin"),
        (50, status.IN_TRANSIT, sub.ARRIVED, "Berlin"),
        (40, status.IN_TRANSIT, sub.DEPARTED, "Berlin"),
        (20, status.IN_TRANSIT, sub.ARRIVED, "Leipzig"),
        (10, status.IN_TRANSIT, sub.DEPARTED, "Leipzig"),
    ]


if __name__ == "__main__":
    main()
