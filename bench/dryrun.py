"""bench-dryrun: a journey of four steps over one year of orders.

Order placed, two weeks later a question (bought twice?), a message to some, a wait for the next
order, a message to who did not come back. Every order of the year is an entrance. The value is the
seconds from asking to the result with its lines kept; baseline: the same orders read once.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bench import harness
from bench.cloning import clone, numbered_id
from bench.segment import one_order

DAYS = 365
STEPS: dict[str, Any] = {
    "pause": {"type": "wait", "for": {"days": 14}, "next": "twice"},
    "twice": {
        "type": "branch",
        "if": {"fact": "customer.orders", "op": "gte", "value": 2},
        "yes": "thanks",
        "no": "again",
    },
    "thanks": {
        "type": "message", "template": "thank_you", "purpose": "service", "next": "again",
    },
    "again": {
        "type": "wait", "event": "orders.order_placed", "days": 60, "next": None,
        "otherwise": "nudge",
    },
    "nudge": {"type": "message", "template": "second_order_nudge", "purpose": "service",
              "next": None},
}  # fmt: skip


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
            _fill(count, at)
            bare = _read(at)
            seconds, result = _run(at)
        sent = sum(sum(day.values()) for day in result["days"].values())
        harness.say(f"{seconds:.1f} s: {result['entered']:,} entered, {sent:,} messages")
        assert result["entered"] > count * 0.3, result["entered"]
        harness.report(
            "dryrun", n=count, value=seconds, unit="s for a year of orders", baseline=bare
        )


def _fill(count: int, at: datetime) -> None:
    from django.db import connection

    from doorstep.rooms.customers.models import Customer
    from doorstep.rooms.orders.models import Order

    order = one_order(at)
    people = max(1, count * 6 // 10)
    clone(
        Customer, order.customer_id, people,
        {"id": numbered_id(1), "email": "'shopper-' || row_nth || '@example.com'"},
    )  # fmt: skip
    buyer = f"(1 + (hashint8(row_nth + 3) & 2147483647) % {people})"
    placed = (
        f"'{at.isoformat()}'::timestamptz - make_interval("
        f"secs => (hashint8(row_nth + 11) & 2147483647) % {DAYS * 86_400})"
    )
    clone(
        Order,
        order.id,
        count,
        {
            "id": numbered_id(2),
            "external_id": "'b-' || row_nth",
            "customer_id": numbered_id(1).replace("row_nth", buyer),
            "placed_at": placed,
            "search_text": "''",
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) customers_customer, orders_order")


def _read(at: datetime) -> float:
    from doorstep.rooms.orders import api as orders

    started = time.perf_counter()
    orders.list_placed(at - timedelta(days=DAYS), at)
    return time.perf_counter() - started


def _run(at: datetime) -> tuple[float, dict[str, Any]]:
    """Ask for a dry run and let the worker's loop do it."""
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.journeys import api
    from doorstep.rooms.journeys.dryrun.running import work_off_dry_runs

    by = Actor("user", "1", "Ines", role="owner")
    definition = {
        "format": 1,
        "name": "Come back",
        "subject": "order",
        "trigger": {"type": "event", "event": "orders.order_placed"},
        "reentry": {"mode": "always"},
        "first": "pause",
        "steps": STEPS,
    }
    journey_id: UUID = api.create_journey(name="Come back", by=by, at=at)
    api.save_draft(journey_id=journey_id, definition=definition, revision=1, by=by, at=at)
    started = time.perf_counter()
    run_id = api.ask_dry_run(
        journey_id=journey_id, since=at - timedelta(days=DAYS), until=at, by=by, at=at
    )
    work_off_dry_runs(at=datetime.now(UTC))
    seconds = time.perf_counter() - started
    run = api.get_dry_run(run_id)
    assert run.status == "done", run.problem
    assert run.result is not None
    return seconds, dict(run.result)


if __name__ == "__main__":
    main()
