"""bench-flood: a journey's trigger fires for everybody within moments, and nobody is lost.

N customers change (200,000), all of them published as fast as the log takes it, while one worker
reads the log with every handler there is, and a live journey starts at that event. Everybody must
be in it exactly once at the end; one missing or doubled makes the run fail. The value is the events
a second from the first that was published to the last that was heard; the memory is the worker's.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from uuid import UUID

from bench import harness
from bench.crowd import make_people, make_store

SET = 2_000
PATIENCE = 1_800.0  # seconds


def work() -> None:
    """Be the worker: hand the log to all handlers until told to stop."""
    import django

    django.setup()
    from doorstep.kernel.events import lanes

    lanes.ensure_cursors()
    while True:
        if not lanes.run_once():
            time.sleep(0.01)


def main() -> None:
    """Publish, listen, count, and report."""
    n = harness.size(200_000)
    at = datetime.now(UTC)
    with harness.fresh_database():
        from doorstep.kernel.events import lanes
        from doorstep.kernel.tenancy import store_scope

        store_id = make_store(at)
        make_people(store_id, n, at)
        with store_scope(store_id):
            journey = _publish_journey(at)
        lanes.ensure_cursors()
        lanes.run_until_idle()
        worker = harness.start("bench.flood", "worker")
        watch = harness.Watch(worker.pid)
        began = time.perf_counter()
        with store_scope(store_id):
            _fire(store_id, n, at)
        harness.say(f"{n:,} published after {time.perf_counter() - began:.0f} s")
        entered = _wait(journey, n)
        seconds = time.perf_counter() - began
        time.sleep(2)  # one too many would come now
        entered, people = _inside(journey)
        watch.end()
        harness.stop(worker)
        harness.say(f"{entered:,} ways of {people:,} people after {seconds:.0f} s")
        harness.report(
            "flood", n=n, value=n / seconds, unit="events/s published and heard", baseline=None,
            peak=watch.peak_mb(),
        )  # fmt: skip
        if (entered, people) != (n, n):
            sys.exit(1)


def _publish_journey(at: datetime) -> UUID:
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.journeys import api as journeys

    by = Actor("user", "1", "Ines", role="owner")
    made = journeys.create_journey(name="Flood", by=by, at=at)
    definition = {
        "format": 1,
        "name": "Flood",
        "subject": "customer",
        "trigger": {"type": "event", "event": "customers.customer_changed"},
        "reentry": {"mode": "never"},
        "first": "pause",
        "steps": {"pause": {"type": "wait", "for": {"days": 30}, "next": None}},
    }
    revision = journeys.save_draft(journey_id=made, definition=definition, revision=1, by=by, at=at)
    journeys.publish_journey(journey_id=made, revision=revision, by=by, at=at)
    return made


def _fire(store_id: UUID, n: int, at: datetime) -> None:
    from django.db import connection, transaction

    from doorstep.kernel.actors import Actor
    from doorstep.kernel.events.publish import EventDraft, publish_many
    from doorstep.rooms.customers.events import CustomerChanged

    by = Actor.system("bench")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM customers_customer WHERE store_id = %s", [store_id])
        people = [row[0] for row in cursor.fetchall()]
    for first in range(0, n, SET):
        with transaction.atomic():
            publish_many(
                [
                    EventDraft(CustomerChanged(one, ["tags"]), one, at, by, f"customer:{one}")
                    for one in people[first : first + SET]
                ]
            )


def _wait(journey: UUID, n: int) -> int:
    until = time.monotonic() + PATIENCE
    while (entered := _inside(journey)[0]) < n and time.monotonic() < until:
        time.sleep(0.5)
    return entered


def _inside(journey: UUID) -> tuple[int, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT customer_id) FROM journeys_enrollment"
            " WHERE journey_id = %s",
            [journey],
        )
        found: tuple[int, int] = cursor.fetchone()
        return found


if __name__ == "__main__":
    work() if sys.argv[1:] == ["worker"] else main()
