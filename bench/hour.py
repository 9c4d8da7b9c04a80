"""bench-hour: one worker under steady work for an hour; does its memory grow?

``N=`` people a second (20) enter a journey "message, wait a minute, message" for ``MINUTES=`` (60);
a real ``doorstep worker`` does the steps, renders in four languages, asks the gate and sends over
SMTP to a server of the benchmark's own. The first quarter is warm-up. The value is what the
straight line (least squares) through the memory of the rest rises in an hour, in MB; the baseline
is the memory at the end of the warm-up. No mail may be missing at the end.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psutil

from bench import harness, swallow
from bench.crowd import make_people, make_store

WARM_UP = 0.25
MESSAGES = 2  # each person gets


def main() -> None:
    """Keep one worker busy, look at its memory every few seconds, and report."""
    rate = harness.size(20)
    seconds = 60 * float(os.environ.get("MINUTES") or 60)
    with tempfile.TemporaryDirectory(prefix="doorstep-hour-") as name, harness.fresh_database():
        folder = Path(name)
        store_id = make_store(datetime.now(UTC))
        make_people(store_id, people := int(rate * seconds), datetime.now(UTC))
        port = harness.free_port()
        server = harness.start("bench.swallow", str(port), str(folder))
        harness.wait_for_port(port)
        _open(store_id, port)
        with harness.worker(folder) as watch:
            seen = _work(store_id, people, rate, seconds, watch.pid)
            _drain(folder, people * MESSAGES)
            peak = watch.peak_mb()
        harness.stop(server)
    later = [(at, mb) for at, mb in seen if at >= WARM_UP * seconds]
    slope = statistics.linear_regression(*zip(*later, strict=True)).slope * 3600
    harness.say(f"{people:,} people; {_curve(seen)}")
    harness.report(
        "hour", n=people, value=slope, unit="MB more in an hour", baseline=later[0][1], peak=peak
    )


def _open(store_id: UUID, port: int) -> None:
    """Connect the mail server and publish the journey."""
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.journeys import api
    from doorstep.rooms.messaging import api as messaging
    from doorstep.rooms.messaging.contracts import Channel

    at, by = datetime.now(UTC), Actor("user", "1", "Ines", role="owner")
    message = {"type": "message", "template": "vip_thanks", "purpose": "service"}
    definition = {
        "format": 1,
        "name": "Benchmark",
        "trigger": {"type": "event", "event": "orders.order_placed"},
        "first": "hello",
        "steps": {
            "hello": {**message, "next": "pause"},
            "pause": {"type": "wait", "for": {"minutes": 1}, "next": "again"},
            "again": {**message, "next": None},
        },
    }
    with store_scope(store_id):
        messaging.connect_sender(
            channel=Channel.EMAIL,
            provider="smtp",
            settings={"host": "127.0.0.1", "port": str(port), "security": "none"},
            from_address="hello@fernandkettle.example",
            from_name="Fern & Kettle",
            by=by,
            at=at,
        )
        journey = api.create_journey(name="Benchmark", by=by, at=at)
        api.save_draft(journey_id=journey, definition=definition, revision=1, by=by, at=at)
        api.publish_journey(journey_id=journey, revision=2, by=by, at=at)


def _work(
    store_id: UUID, people: int, rate: int, seconds: float, worker: int
) -> list[tuple[float, float]]:
    """Let people in at an even pace; return the worker's memory (MB) by seconds since the start."""
    from django.db import connection, transaction

    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.journeys.enrolling import Entrant, enroll
    from doorstep.rooms.journeys.versions import open_versions

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_customer ORDER BY id")
        ids = [row[0] for row in cursor.fetchall()]
    process, seen, entered = psutil.Process(worker), [], 0
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds or entered < people:
        due = min(people, int(passed * rate) + 1)
        with store_scope(store_id), transaction.atomic():
            entrants = [Entrant(one, "bench") for one in ids[entered:due]]
            enroll(open_versions(store_id)[0], entrants, at=datetime.now(UTC))
        entered = due
        seen.append((passed, process.memory_info().rss / 1e6))
        time.sleep(min(5.0, seconds / 100))
    return seen


def _drain(folder: Path, mails: int) -> None:
    harness.wait_until(
        lambda: swallow.count_arrivals(folder) >= mails, seconds=300, what="the last mail"
    )
    assert swallow.count_arrivals(folder) == mails, "a mail came twice"


def _curve(seen: Sequence[tuple[float, float]]) -> str:
    tenths = [seen[len(seen) * nth // 10] for nth in range(10)] + [seen[-1]]
    return ", ".join(f"{at / 60:.0f} min {mb:.0f} MB" for at, mb in tenths)


if __name__ == "__main__":
    main()
