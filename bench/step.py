"""bench-step: one due step for everybody: gate decided, message written, next wait set.

A journey "wait, message, wait" with N people due at its first wait. Two worker processes do the
step as ``doorstep worker`` does it; beside it the same rows are written by bare SQL in two
processes (INSERT of N messages with all their indexes, UPDATE of N enrollments), which is the
least any engine could do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bench import harness
from bench.crowd import make_people, make_store

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
WORKERS = 2


def main() -> None:
    people = harness.size(1_000_000)
    with harness.fresh_database():
        store_id = make_store(AT)
        harness.say(f"making {people:,} customers …")
        make_people(store_id, people, AT)
        from django.db import connections

        _publish(store_id)
        harness.say("enrolling …")
        entered = _enroll(store_id)
        bare = _run(_bare)
        _undo_bare()
        connections.close_all()
        harness.say("doing the step …")
        started = time.perf_counter()
        peaks, moved = [], 0
        with ProcessPoolExecutor(WORKERS) as pool:
            for done, peak in pool.map(_work, [AT + timedelta(days=3)] * WORKERS):
                moved += done
                peaks.append(peak)
        seconds = time.perf_counter() - started
        _check(people, moved)
        harness.say(
            f"{seconds:.1f} s; bare SQL {bare:.1f} s, so {seconds / bare:.2f} times; "
            f"enrolled before: {people / entered:,.0f}/s"
        )
        harness.report(
            "step",
            n=people,
            value=people / seconds,
            unit="people/s",
            baseline=people / bare,
            peak=max(peaks),
        )


def _publish(store_id: UUID) -> None:
    from doorstep.kernel.actors import Actor
    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.journeys import api

    by = Actor("user", "1", "Ines", role="owner")
    wait = {"type": "wait", "for": {"days": 3}}
    steps = {
        "first": {**wait, "next": "hello"},
        "hello": {
            "type": "message", "template": "thank_you", "purpose": "service", "next": "second",
        },
        "second": {**wait, "next": None},
    }  # fmt: skip
    definition = {
        "format": 1,
        "name": "Benchmark",
        "trigger": {"type": "event", "event": "orders.order_placed"},
        "first": "first",
        "steps": steps,
    }
    with store_scope(store_id):
        journey = api.create_journey(name="Benchmark", by=by, at=AT)
        api.save_draft(journey_id=journey, definition=definition, revision=1, by=by, at=AT)
        api.publish_journey(journey_id=journey, revision=2, by=by, at=AT)


def _enroll(store_id: UUID) -> float:
    """Enroll everybody as a trigger would; return the seconds."""
    from django.db import connection, transaction

    from doorstep.kernel.tenancy import store_scope
    from doorstep.rooms.journeys.enrolling import Entrant, enroll
    from doorstep.rooms.journeys.versions import open_versions

    started, after = time.perf_counter(), None
    with store_scope(store_id):
        version = open_versions(store_id)[0]
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    """
                    SELECT id FROM customers_customer WHERE store_id = %s
                      AND (%s::uuid IS NULL OR id > %s) ORDER BY id LIMIT 10000
                    """,
                    [store_id, after, after],
                )
                ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                break
            after = ids[-1]
            with transaction.atomic():
                enroll(version, [Entrant(one, "bench") for one in ids], at=AT)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return time.perf_counter() - started


def _work(at: datetime) -> tuple[int, float]:
    """Be one worker: do sets until nothing is due; return people and peak memory."""
    import resource

    import django

    django.setup()
    from doorstep.kernel.worker import look_for_garbage_seldom
    from doorstep.rooms.journeys.stepping.run import advance_due

    look_for_garbage_seldom()
    moved = idle = 0
    while idle < 5:
        done = advance_due(at=at)
        moved += done
        if not done:
            idle += 1
            time.sleep(0.02)  # what is left is in the other worker's hands
    return moved, round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _run(do: Callable[[int], None]) -> float:
    """Let two processes do half each; return the seconds."""
    from django.db import connections

    connections.close_all()
    harness.say("the same rows by bare SQL …")
    started = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(do, range(WORKERS)))
    return time.perf_counter() - started


def _bare(half: int) -> None:
    """Write the step's rows with constants for everything that would have to be decided."""
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM journeys_journeyversion LIMIT 1")
        version = cursor.fetchone()[0]
        cursor.execute(
            """
            CREATE TEMPORARY TABLE bench_half AS SELECT id FROM journeys_enrollment
            WHERE ('x' || right(id::text, 1))::bit(4)::int %% 2 = %s
            """,
            [half],
        )
        cursor.execute(
            """
            INSERT INTO messaging_message
                (id, store_id, customer_id, kind, purpose, channel, requested_channel, cause,
                 subject_ref, to_address, address_key, to_name, locale, context, sales_channel,
                 topic, priority, is_test, status, status_words, due_at, attempts, failures,
                 lost_leases, claimed_by, provider, provider_message_id, message_id_header,
                 created_at, created_by)
            SELECT gen_random_uuid(), c.store_id, c.id, 'thank_you', 'service', 'email', '',
                   'bare:' || e.id, '', c.email, lower(c.email), c.name, 'en', '{}', '', '', 50,
                   false, 'queued', '', %s, 0, 0, 0, '', '', '', 'bare' || e.id, %s, 'bench'
            FROM bench_half b JOIN journeys_enrollment e ON e.id = b.id
            JOIN customers_customer c ON c.id = e.customer_id
            """,
            [AT, AT],
        )
        cursor.execute(
            """
            UPDATE journeys_enrollment SET step = 'second', visit = visit + 2, due_at = due_at
            FROM bench_half b WHERE b.id = journeys_enrollment.id AND version_id = %s
            """,
            [version],
        )


def _undo_bare() -> None:
    """Take the bare rows back, and the room they took."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_message CASCADE")
        cursor.execute("UPDATE journeys_enrollment SET step = 'first', visit = 0")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (FULL, ANALYZE) journeys_enrollment")


def _check(people: int, moved: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM messaging_message),
                   (SELECT count(*) FROM journeys_enrollment WHERE step = 'second'),
                   (SELECT count(*) FROM journeys_passage)
            """
        )
        found = cursor.fetchone()
    if found != (people, people, people) or moved != people:
        sys.exit(f"wrong: {moved} moved, messages, people and passages are {found}")


if __name__ == "__main__":
    main()
