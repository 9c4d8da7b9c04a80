"""bench-webhooks: a burst of carriers' webhooks, one step each, accepted over HTTP and applied.

Signed AfterShip webhooks for shipped parcels come shuffled, a tenth of them twice (half of those
as the very same event, half under a new event id), through ``POST /hooks/<id>`` of the real web
process while the worker is down; then ``WORKERS`` workers (1 unless set) take up what is stored.
The value is deliveries applied per second by the workers alone; p99 is how long the sender waited
for its 200. Afterwards every accepted body is stored, none failed, and every parcel stands where
its steps say. Baseline: the rows of the same steps, inserted bare.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import harness, load, tracking

CONNECTIONS = 16
PATIENCE_SECONDS = 5  # platforms give up on what answers later
SECRET = "burst-secret-0123456789"
# AfterShip's tag and subtag of each step that `tracking.JOURNEYS` has.
WORDS = {
    ("info_received", ""): ("InfoReceived", "InfoReceived_001"),
    ("in_transit", "departed"): ("InTransit", "InTransit_007"),
    ("in_transit", "arrived"): ("InTransit", "InTransit_003"),
    ("out_for_delivery", ""): ("OutForDelivery", "OutForDelivery_001"),
    ("attempt_failed", "nobody_home"): ("AttemptFail", "AttemptFail_002"),
    ("available_for_pickup", ""): ("AvailableForPickup", "AvailableForPickup_001"),
    ("exception", "customs_held"): ("Exception", "Exception_004"),
    ("exception", "weather"): ("Exception", "Exception_005"),
    ("exception", "damaged"): ("Exception", "Exception_012"),
    ("delivered", ""): ("Delivered", "Delivered_001"),
    ("delivered", "signed"): ("Delivered", "Delivered_003"),
    ("returned", "returning"): ("Exception", "Exception_010"),
}


def main() -> None:
    n, workers = harness.size(10_000), int(os.environ.get("WORKERS") or 1)
    with tempfile.TemporaryDirectory(prefix="doorstep-webhooks-") as name, harness.fresh_database():
        events, expected = tracking.make_events(n, datetime.now(UTC) - timedelta(days=3))
        harness.say(f"{n:,} webhooks about {len(expected):,} parcels")
        store_id, _ = tracking.ship_parcels(sorted(expected))
        _settle()
        hook = _connect(store_id)
        stored, waits = _send(Path(name), list(_bodies(events)), hook)
        seconds, peak = _apply(Path(name), stored, workers)
        tracking.check(store_id, events, expected)
        harness.say(f"{stored:,} stored, applied at {stored / seconds:,.0f}/s")
        baseline = n / tracking.insert_bare(store_id)
    harness.report(
        "webhooks", n=n, value=stored / seconds, unit="deliveries/s", baseline=baseline,
        p99_ms=harness.p99(waits), peak=peak,
    )  # fmt: skip


def _settle() -> None:
    """Handle what making the parcels has published: those orders' mails are no part of it."""
    from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle

    ensure_cursors()
    run_until_idle()


def _connect(store_id: Any) -> str:
    from doorstep.connectors.base import api as connectors
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.tenancy import store_scope

    by = Actor.system("bench")
    with store_scope(store_id):
        made = connectors.connect_shop(
            kind="aftership", name="AfterShip", secret=SECRET, by=by, at=datetime.now(UTC)
        )
    return made.hook_path


def _bodies(events: list[tracking.Event]) -> Iterator[bytes]:
    """Build the bodies; what is told again keeps its event id every other time."""
    ids: dict[tracking.Event, int] = {}
    for nth, event in enumerate(events):
        number = nth if nth % 2 else ids.setdefault(event, nth)
        tag, subtag = WORDS[event.status, event.substatus]
        step = {
            "slug": "dhl", "checkpoint_time": event.at.isoformat(), "city": "Leipzig",
            "country_iso3": "DEU", "tag": tag, "subtag": subtag, "raw_tag": tag[:2].upper(),
            "message": f"The parcel is {event.status.replace('_', ' ')}",
        }  # fmt: skip
        parcel = {
            "id": event.number, "tracking_number": event.number, "slug": "dhl", "tag": tag,
            "subtag": subtag, "title": event.number, "checkpoints": [step],
        }  # fmt: skip
        told = {"event": "tracking_update", "event_id": f"evt_{number:012d}", "msg": parcel}
        yield json.dumps(told).encode()


def _send(folder: Path, bodies: list[bytes], hook: str) -> tuple[int, list[float]]:
    """Send the burst; returns how many bodies are kept and each answer's milliseconds."""
    from django.db import connection

    with harness.web(folder) as web:
        path = folder / "burst"
        load.write_requests(path, (_request(body, hook, web.port) for body in bodies))
        answers = load.run(web.port, path, connections=CONNECTIONS)
    refused = [one.status for one in answers if one.status != 200]
    assert not refused, f"{len(refused)} were refused, the first with {refused[0]}"
    seconds = max(one.sent + one.seconds for one in answers) - answers[0].sent
    slowest = max(one.seconds for one in answers)
    harness.say(f"accepted at {len(bodies) / seconds:,.0f}/s, the slowest after {slowest:.2f} s")
    assert slowest < PATIENCE_SECONDS, "the sender would have given up"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM connectors_base_delivery")
        stored: int = cursor.fetchone()[0]
    assert stored == len({json.loads(body)["event_id"] for body in bodies}), "some are lost"
    return stored, [one.seconds * 1000 for one in answers]


def _request(body: bytes, hook: str, port: int) -> bytes:
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    return (
        f"POST {hook} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"aftership-hmac-sha256: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def _apply(folder: Path, stored: int, workers: int) -> tuple[float, float]:
    """Let workers take up everything; returns the seconds from the first set to the last."""
    from django.db import connection

    def count_done() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM connectors_base_delivery WHERE status='processed'")
            done: int = cursor.fetchone()[0]
            return done

    with contextlib.ExitStack() as stack:
        # A worker's start (imports, connections) is not what a burst costs: none is due yet.
        _postpone(hours=1)
        watches = [stack.enter_context(harness.worker(folder)) for _ in range(workers)]
        began = time.perf_counter()
        _postpone(hours=0)
        harness.wait_until(lambda: count_done() >= stored, seconds=300, what="all being applied")
        seconds = time.perf_counter() - began
        peak = max(watch.peak_mb() for watch in watches)
    return seconds, peak


def _postpone(*, hours: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_base_delivery SET next_attempt_at = now() + %s * interval '1 hour'",
            [hours],
        )


if __name__ == "__main__":
    main()
