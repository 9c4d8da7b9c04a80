"""bench-events: events published and taken by two workers through a batch handler, exactly once.

Baseline: the rows that the handler writes, inserted raw in sets of the same size by one
connection, without any log around them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench import harness

PER_TRANSACTION = 100
AT = datetime(2026, 11, 20, tzinfo=UTC)


def register() -> None:
    """Register the event and the handler that writes one row for each."""
    from django.db import connection

    from doorstep.kernel.events import registry
    from doorstep.kernel.events.registry import Recorded, event, handles

    registry._handlers.clear()  # only the log itself is measured, not what the rooms do with it
    globals()["Ping"] = event("bench.pinged")(Ping)

    @handles(Ping, name="bench.write", start="beginning")
    def write(batch: Sequence[Recorded]) -> None:
        with connection.cursor() as cursor:
            insert_rows(cursor, [r.event.number for r in batch], [r.key for r in batch])


@dataclass(frozen=True, slots=True)
class Ping:
    """Something happened (benchmark only)."""

    number: int
    text: str


def insert_rows(cursor: Any, numbers: list[int], keys: list[str]) -> None:
    """Write one row per number: what the handler does, and the baseline."""
    cursor.execute(
        "INSERT INTO bench_effect (number, key) SELECT * FROM unnest(%s::bigint[], %s::text[])",
        [numbers, keys],
    )


def work() -> None:
    """Be one worker: sequence and handle until told to stop."""
    import django

    django.setup()
    register()
    from doorstep.kernel.events import lanes

    while True:
        if not lanes.run_once():
            time.sleep(0.005)


def publish_all(n: int) -> None:
    """Publish ``n`` events for 1,000 customers, 100 a transaction."""
    from django.db import transaction

    from doorstep.kernel.actors import Actor
    from doorstep.kernel.events.publish import EventDraft, publish_many
    from doorstep.kernel.ids import new_id
    from doorstep.kernel.tenancy import store_scope

    by = Actor.system("bench")
    with store_scope(new_id()):
        for first in range(0, n, PER_TRANSACTION):
            with transaction.atomic():
                publish_many(
                    [
                        EventDraft(Ping(i, "a cup of tea"), f"customer-{i % 1000}", AT, by)
                        for i in range(first, min(first + PER_TRANSACTION, n))
                    ]
                )


def main() -> None:
    n = harness.size(200_000)
    with harness.fresh_database():
        from django.db import connection

        register()
        from doorstep.kernel.events import lanes

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_effect (number bigint, key text)")
            began = time.perf_counter()
            for first in range(0, n, PER_TRANSACTION):
                numbers = list(range(first, min(first + PER_TRANSACTION, n)))
                insert_rows(cursor, numbers, [f"customer-{i % 1000}" for i in numbers])
            baseline = n / (time.perf_counter() - began)
            harness.say(f"bare inserts: {baseline:,.0f}/s")
            cursor.execute("TRUNCATE bench_effect")
        lanes.ensure_cursors()
        workers = [harness.start("bench.events", "work") for _ in range(2)]
        time.sleep(2)  # let them start: their start is not what is measured

        began = time.perf_counter()
        publish_all(n)
        harness.say(f"published after {time.perf_counter() - began:.1f} s")
        with connection.cursor() as cursor:
            done = 0
            while done < n:
                time.sleep(0.02)
                cursor.execute("SELECT count(*) FROM bench_effect")
                done = cursor.fetchone()[0]
            seconds = time.perf_counter() - began
            cursor.execute("SELECT count(DISTINCT number), count(*) FROM bench_effect")
            assert cursor.fetchone() == (n, n), "an event was lost or taken twice"
        for worker in workers:
            harness.stop(worker)
        harness.report("events", n=n, value=n / seconds, unit="events/s", baseline=baseline)


if __name__ == "__main__":
    work() if sys.argv[1:] == ["work"] else main()
