"""bench-enroll: everybody in a segment enters a journey.

A segment of N members (nobody tagged "wholesale", so 98 of 100 customers) is built, a journey with
"who is in it already enters" is published, and the worker's loop enrolls set after set. The value
is the seconds of that; baseline: the same rows by one bare INSERT … SELECT.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import UUID

from bench import harness
from bench.crowd import make_people, make_store

CONDITION = {"none": [{"fact": "customer.tags", "op": "contains", "value": "wholesale"}]}


def main() -> None:
    """Fill the tables, enroll, and report."""
    members = harness.size(1_000_000)
    at = datetime.now(UTC)
    with harness.fresh_database():
        from doorstep.kernel.tenancy import store_scope

        store_id = make_store(at)
        people = members * 50 // 49
        harness.say(f"making {people:,} customers …")
        make_people(store_id, people, at)
        with store_scope(store_id):
            segment_id = _segment(at)
            _publish(segment_id, at)
        harness.say("enrolling …")
        started = time.perf_counter()
        read = _fill()
        seconds = time.perf_counter() - started
        bare = _bare(read)
        harness.report(
            "enroll", n=read, value=seconds, unit="s for everybody of a segment", baseline=bare
        )


def _segment(at: datetime) -> UUID:
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.audiences import api as audiences

    by = Actor("user", "1", "Ines", role="owner")
    made = audiences.create_segment(name="Everybody", condition=CONDITION, by=by, at=at)
    started = time.perf_counter()
    while audiences.run_builds(at):
        pass
    harness.say(f"the segment took {time.perf_counter() - started:.1f} s to build")
    return made.id


def _publish(segment_id: UUID, at: datetime) -> None:
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.journeys import api

    by = Actor("user", "1", "Ines", role="owner")
    definition = {
        "format": 1,
        "name": "Benchmark",
        "trigger": {"type": "segment", "segment": str(segment_id), "include_members": True},
        "holdout_percent": 10,
        "first": "pause",
        "steps": {"pause": {"type": "wait", "for": {"days": 3}, "next": None}},
    }
    journey = api.create_journey(name="Benchmark", by=by, at=at)
    api.save_draft(journey_id=journey, definition=definition, revision=1, by=by, at=at)
    api.publish_journey(journey_id=journey, revision=2, by=by, at=at)


def _fill() -> int:
    from doorstep.rooms.journeys.filling import fill

    read = 0
    while done := fill(at=datetime.now(UTC)):
        read += done
    return read


def _bare(expected: int) -> float:
    """Write the same rows once more into a copy of the table with all its indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journeys_enrollment")
        assert cursor.fetchone()[0] == expected
        cursor.execute("CREATE TABLE bench_enrollment (LIKE journeys_enrollment INCLUDING ALL)")
        started = time.perf_counter()
        cursor.execute("INSERT INTO bench_enrollment SELECT * FROM journeys_enrollment")
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
