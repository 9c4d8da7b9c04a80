"""bench-policyreplay: a policy of thirty rules tried on a year of past orders.

Every line is asked about under the new version and under the live one. The value is the seconds
from asking to the result with its lines kept; baseline: the same lines read once.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bench import harness
from bench.eligibility import DAYS, fill, publish_thirty

LINES = 2


def main() -> None:
    """Fill the tables, run, and report."""
    count = harness.size(100_000)
    with harness.fresh_database():
        from bench.shop import open_shop
        from doorstep.kernel.tenancy import store_scope

        at = datetime.now(UTC)
        shop = open_shop(with_stock=False)
        with store_scope(shop.store_id):
            harness.say(f"making {count:,} orders of a year …")
            fill(count, at, LINES)
            bare = _read()
            seconds = _run(count, at)
        harness.report(
            "policyreplay", n=count, value=seconds, unit="s for a year of orders", baseline=bare
        )


def _read() -> float:
    from django.db import connection

    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, order_id, total_minor FROM orders_orderline")
        cursor.fetchall()
    return time.perf_counter() - started


def _run(count: int, at: datetime) -> float:
    """Ask for a replay and let the worker's loop do it."""
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.returns import api
    from doorstep.rooms.returns.policy.replay.running import work_off_replays

    by = Actor("user", "1", "Ines", role="owner")
    api.list_versions(at=at)  # the default stands first: it is what the thirty compare with
    version_id = publish_thirty(at + timedelta(seconds=1))
    started, worked = time.perf_counter(), time.process_time()
    replay_id = api.begin_replay(
        version_id=version_id, since=at - timedelta(days=DAYS + 1), until=at, by=by, at=at
    )
    while work_off_replays():
        pass
    seconds = time.perf_counter() - started
    worked = time.process_time() - worked
    harness.say(f"processor time {worked:.1f} s, PostgreSQL's not in")
    replay = api.get_replay(replay_id)
    assert replay.state == "done", replay.problem
    assert replay.orders_done == replay.orders_total >= count, replay
    for side, found in replay.totals["assumed"].items():
        if side in ("new", "current"):
            accepted, lines = found.get("accepted", 0), found["lines"]
            harness.say(f"{side}: {accepted:,} of {lines:,} lines accepted")
    return seconds


if __name__ == "__main__":
    main()
