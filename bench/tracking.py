"""bench-tracking: carriers' steps in any order, taken in over HTTP in bulk and applied.

The steps of some 20,000 shipped parcels are shuffled, a tenth of them sent twice, 500 reports a
request. A request is answered when its parcels are up to date, so the time of the answers is the
time end to end. Afterwards every parcel's state is compared with what its journey was made to be.
Baseline: the rows of the same steps, inserted bare in sets of the same size.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import harness, load

PER_REQUEST = 500
CONNECTIONS = 2
# Steps of a journey, and where it leaves the parcel. What comes after the end must change nothing.
_ON = ("in_transit", "departed"), ("in_transit", "arrived")
_OUT = ("out_for_delivery", "")
JOURNEYS: tuple[tuple[tuple[tuple[str, str], ...], tuple[str, str]], ...] = (
    ((("info_received", ""), *_ON, _OUT, ("delivered", "signed")), ("delivered", "signed")),
    ((*_ON, _OUT, ("delivered", "")), ("delivered", "")),
    ((("info_received", ""), *_ON, _OUT), _OUT),
    ((*_ON, _OUT, ("attempt_failed", "nobody_home")), ("attempt_failed", "nobody_home")),
    ((*_ON, ("exception", "customs_held")), ("exception", "customs_held")),
    ((*_ON, ("exception", "weather"), _OUT, ("delivered", "")), ("delivered", "")),
    ((*_ON, ("delivered", ""), ("exception", "damaged")), ("delivered", "")),
    ((*_ON, ("delivered", ""), ("returned", "returning")), ("returned", "returning")),
    ((*_ON, ("info_received", "")), ("in_transit", "arrived")),
    ((*_ON, ("available_for_pickup", ""), ("delivered", "")), ("delivered", "")),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One step of one parcel, as it is sent."""

    number: str
    at: datetime
    status: str
    substatus: str


def main() -> None:
    n = harness.size(100_000)
    with tempfile.TemporaryDirectory(prefix="doorstep-tracking-") as name, harness.fresh_database():
        events, expected = make_events(n, datetime.now(UTC) - timedelta(days=3))
        harness.say(f"{len(events):,} steps of {len(expected):,} parcels")
        store_id, key = ship_parcels(sorted(expected))
        seconds, waits, peak = send(Path(name), events, key)
        check(store_id, events, expected)
        harness.say(f"{n / seconds:,.0f} steps/s")
        baseline = n / insert_bare(store_id)
    harness.report(
        "tracking", n=n, value=n / seconds, unit="events/s", baseline=baseline,
        p99_ms=harness.p99(waits), peak=peak,
    )  # fmt: skip


def make_events(n: int, left: datetime) -> tuple[list[Event], dict[str, tuple[str, str]]]:
    """Return ``n`` shuffled steps, a tenth of them duplicates, and where each parcel ends."""
    chance = random.Random(5)
    steps: list[Event] = []
    expected = {}
    unique = n - n // 10
    while len(steps) < unique:
        journey, end = chance.choice(JOURNEYS)
        if len(journey) > unique - len(steps):
            journey = (_ON[0],) * (unique - len(steps))
            end = _ON[0]
        number = f"00340434{len(expected):012d}"
        at = left + timedelta(minutes=chance.randrange(600))
        for status, substatus in journey:
            steps.append(Event(number, at, status, substatus))
            at += timedelta(minutes=chance.randrange(30, 600))
        expected[number] = end
    events = steps + chance.sample(steps, n - unique)
    chance.shuffle(events)
    return events, expected


def ship_parcels(numbers: list[str]) -> tuple[Any, str]:
    """Make a store whose parcels of these numbers have left; returns it and a key of its API."""
    from django.db import connection, transaction

    from doorstep.kernel.actors import Actor
    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.fulfillment import api as fulfillment
    from doorstep.rooms.stores import api as stores
    from doorstep.rooms.tracking.recording.shipments import Shipped, follow_parcels

    at, by = datetime.now(UTC), Actor.system("bench")
    store = stores.create_store(
        slug="fern-and-kettle", name="Fern & Kettle", currency="EUR",
        timezone="Europe/Berlin", country_code="DE", at=at,
    )  # fmt: skip
    with store_scope(store.id):
        made = stores.create_api_key(name="bench", scopes=["parcels.change"], by=by, at=at)
        began = time.perf_counter()
        for first in range(0, len(numbers), 1_000):
            _record_orders(numbers[first : first + 1_000], at, by)
        with connection.cursor() as cursor:
            cursor.execute(_SHIPMENTS, {"store": store.id, "left": at - timedelta(days=3)})
            cursor.execute(_PARCELS, {"store": store.id})
            parcel_ids = [row[0] for row in cursor.fetchall()]
        for first in range(0, len(parcel_ids), 1_000):
            parcels = fulfillment.get_parcels(parcel_ids[first : first + 1_000])
            with transaction.atomic():
                follow_parcels([Shipped(one, True) for one in parcels.values()], (), by=by, at=at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        harness.say(f"{len(parcel_ids):,} parcels left after {time.perf_counter() - began:.0f} s")
    return store.id, made.secret


# The parcels' way through packing is another benchmark's; the rows are what it leaves behind.
_SHIPMENTS = """
    INSERT INTO fulfillment_shipment (id, store_id, order_id, nth, number, number_key, state,
        source, sales_channel, external_id, shipping_method, country_code, recipient_name,
        hold_words, is_manual, ignores_stock, is_test, is_history, search_text, created_at,
        created_by, picked_by, packed_at, packed_by, shipped_at, shipped_by, canceled_by)
    SELECT gen_random_uuid(), store_id, id, 1, number || '-1', number, 'shipped', 'own', '', '', '',
        'DE', '', '', false, false, false, false, '', %(left)s, 'system:bench', '', %(left)s,
        'system:bench', %(left)s, 'system:bench', ''
    FROM orders_order WHERE store_id = %(store)s
"""
_PARCELS = """
    INSERT INTO fulfillment_parcel (id, store_id, shipment_id, position, box_name, carrier,
        carrier_name, service_level, tracking_number, tracking_key, tracking_url, shipped_at,
        created_at)
    SELECT gen_random_uuid(), s.store_id, s.id, 1, '', 'dhl', 'DHL', '', o.external_id,
        o.external_id, '', s.shipped_at, s.created_at
    FROM fulfillment_shipment s JOIN orders_order o ON o.id = s.order_id
    WHERE s.store_id = %(store)s RETURNING id
"""


def _record_orders(numbers: list[str], at: datetime, by: Any) -> None:
    from doorstep.rooms.orders import api as orders
    from doorstep.rooms.orders.contracts import (
        FinancialStatus,
        IncomingAddress,
        IncomingLine,
        IncomingOrder,
        IncomingPerson,
        LineAmounts,
        OrderTotals,
    )

    home = IncomingAddress("Maya", "", "Kastanienallee 12", "", "Berlin", "", "10435", "DE")
    orders.record_orders(
        [
            IncomingOrder(
                external_id=number, number=f"#{number}", currency="EUR",
                placed_at=at - timedelta(days=4), version_at=at,
                totals=OrderTotals(1000, 0, 0, 0, 1000),
                lines=(IncomingLine("1", "Tea", 1, LineAmounts(1000, 0, 0, 1000)),),
                taxes_included=True, financial_status=FinancialStatus.PAID,
                person=IncomingPerson(email=f"{number}@example.com"), shipping_address=home,
            )
            for number in numbers
        ],
        sales_channel="bench", connection_id=None, by=by, at=at - timedelta(days=4),
    )  # fmt: skip


def send(folder: Path, events: list[Event], key: str) -> tuple[float, list[float], float]:
    """Send all steps; returns the seconds it took, each answer's milliseconds, and the memory."""
    with harness.web(folder) as web:
        path = folder / "reports"
        load.write_requests(path, _requests(events, key, web.port))
        answers = load.run(web.port, path, connections=CONNECTIONS)
        peak = web.peak_mb()
    refused = [one.status for one in answers if one.status != 200]
    assert not refused, f"{len(refused)} were refused, the first with {refused[0]}"
    seconds = max(one.sent + one.seconds for one in answers) - answers[0].sent
    return seconds, [one.seconds * 1000 for one in answers], peak


def _requests(events: list[Event], key: str, port: int) -> Iterator[bytes]:
    for first in range(0, len(events), PER_REQUEST):
        reports = [
            {
                "tracking_number": one.number,
                "carrier": "dhl",
                "checkpoints": [
                    {
                        "occurred_at": one.at.isoformat(),
                        "status": one.status,
                        "substatus": one.substatus,
                        "code": one.status[:2].upper(),
                        "description": f"The parcel is {one.status.replace('_', ' ')}",
                        "city": "Leipzig",
                        "country_code": "DE",
                    }
                ],
            }
            for one in events[first : first + PER_REQUEST]
        ]
        body = json.dumps({"source": "dhl", "reports": reports}).encode()
        yield (
            f"POST /api/v1/tracking-reports HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def check(store_id: Any, events: list[Event], expected: dict[str, tuple[str, str]]) -> None:
    """Make sure that every step is kept once and every parcel ends as its journey does."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tracking_checkpoint WHERE store_id = %s", [store_id])
        kept = cursor.fetchone()[0]
        cursor.execute(
            "SELECT tracking_number, status, substatus FROM tracking_tracker WHERE store_id = %s",
            [store_id],
        )
        found = {number: (status, substatus) for number, status, substatus in cursor.fetchall()}
    minutes = {(e.number, e.at.replace(second=0, microsecond=0), e.status) for e in events}
    assert kept == len(minutes), f"{kept:,} steps are kept of {len(minutes):,}"
    wrong = [number for number, end in expected.items() if found.get(number) != end]
    assert not wrong, f"{len(wrong):,} parcels stand wrong, one of them {wrong[0]}"
    assert len(found) == len(expected), "there are trackers that no parcel has"


def insert_bare(store_id: Any) -> float:
    """Insert the same rows into a table of the same shape; returns the seconds it took."""
    from django.db import connection

    from doorstep.kernel.columns import as_columns

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_bare (LIKE tracking_checkpoint INCLUDING ALL)")
        cursor.execute(
            "SELECT column_name, format_type(a.atttypid, -1) FROM information_schema.columns c "
            "JOIN pg_attribute a ON a.attname = column_name "
            "AND a.attrelid = 'tracking_checkpoint'::regclass "
            "WHERE table_name = 'tracking_checkpoint' ORDER BY ordinal_position"
        )
        types = [(name, "text" if kind == "jsonb" else kind) for name, kind in cursor.fetchall()]
        texts = ", ".join(f"{name}::text" for name, _ in types)
        cursor.execute(
            f"SELECT {texts} FROM tracking_checkpoint WHERE store_id = %s",
            [store_id],
        )
        rows = cursor.fetchall()
        arrays = ", ".join(f"%s::{kind}[]" for _, kind in types)
        columns = ", ".join(name for name, _ in types)
        values = ", ".join("raw::jsonb" if name == "raw" else name for name, _ in types)
        statement = (
            f"INSERT INTO bench_bare ({columns}) SELECT {values} "
            f"FROM unnest({arrays}) AS v({columns})"
        )
        began = time.perf_counter()
        for first in range(0, len(rows), PER_REQUEST):
            cursor.execute(statement, as_columns(rows[first : first + PER_REQUEST], len(types)))
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
