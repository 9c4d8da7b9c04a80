"""bench-eligibility: may the lines of one order come back, under a policy of thirty rules?

One order of three lines after another, each asked about with its full trace, as the shopper's page
does. The value is the slowest in a hundred; baseline: reading the orders' summaries.
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
LINES = 3
_COUNTRIES = ("DE", "AT", "FR", "ES", "IT", "US", "GB", "NL")
_TAGS = ("tea", "kettles", "sale", "ceramics", "books", "plants", "clearance", "limited")


def thirty_rules() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return thirty (condition, effects) as shops have them, each of two comparisons."""

    def where(name: str, op: str, value: Any) -> dict[str, Any]:
        return {"fact": f"return_line.{name}", "op": op, "value": value}

    def money(minor: int) -> dict[str, Any]:
        return {"amount_minor": minor, "currency": "EUR"}

    found = []
    for nth in range(30):
        country = where("country", "in", [_COUNTRIES[nth % 8], _COUNTRIES[(nth + 3) % 8]])
        others = (
            where("product_tags", "contains_any", [_TAGS[nth % 8], _TAGS[(nth + 2) % 8]]),
            where("price", "gte", money(1_000 + nth * 700)),
            where("days_since_delivery", "gte", nth * 3),
            where("customer_orders", "gte", 2 + nth % 5),
            where("discount_percent", "gte", 20 + nth),
            where("order_month", "eq", 1 + nth % 12),
        )
        effects = (
            {"window": {"days": 20 + nth, "start": "delivery"}},
            {"offers": [{"outcome": "refund", "fee_percent": nth}, {"outcome": "store_credit"}]},
            {"label": {"payer": "shopper", "fee_minor": 300 + nth}},
            {"approval": "review"},
            {"keep_below_minor": 500 + nth * 10},
            {"final_sale": False},
        )
        found.append(({"all": [country, others[nth % 6]]}, effects[nth % 6]))
    return found


def publish_thirty(at: datetime) -> UUID:
    """Publish the policy of thirty rules for all orders; returns the version's id."""
    from doorstep.kernel.actors import Actor
    from doorstep.rooms.returns import api

    by = Actor("user", "1", "Ines", role="owner")
    draft = api.begin_policy(by=by, at=at)
    for nth, (condition, effects) in enumerate(thirty_rules()):
        api.save_policy_rule(name=f"Rule {nth}", condition=condition, effects=effects, by=by, at=at)
    for rule in api.get_version(draft.id).rules:
        if not rule.name.startswith("Rule "):  # those of the default would make it 32
            api.delete_policy_rule(rule_id=rule.id, by=by, at=at)
    return api.publish_policy(covers_past=True, by=by, at=at).id


def fill(count: int, at: datetime, lines: int = LINES) -> None:
    """Make delivered past orders of some hundred customers, spread over a year."""
    from django.apps import apps
    from django.db import connection

    from doorstep.rooms.customers.models import Customer

    order_model = apps.get_model("orders", "Order")
    line_model = apps.get_model("orders", "OrderLine")
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
    countries = ", ".join(f"'{one}'" for one in _COUNTRIES)
    clone(
        order_model,
        order.id,
        count,
        {
            "id": numbered_id(2),
            "external_id": "'b-' || row_nth",
            "customer_id": numbered_id(1).replace("row_nth", buyer),
            "placed_at": placed,
            "country_code": f"(ARRAY[{countries}])[1 + row_nth % 8]",
            "fulfilled_at": f"{placed} + interval '1 day'",
            "search_text": "''",
        },
    )
    template = line_model.objects.filter(order_id=order.id).first()
    assert template is not None
    for nth in range(lines):
        paid = f"(900 + (hashint8(row_nth * {lines} + {nth}) & 2147483647) % 12000)"
        clone(
            line_model,
            template.id,
            count,
            {
                "id": numbered_id(3 + nth),
                "order_id": numbered_id(2),
                "position": str(nth),
                "external_id": f"'l-{nth}'",
                "quantity": "1",
                "unit_price_minor": paid,
                "discount_minor": "0",
                "tax_minor": "0",
                "total_minor": paid,
                "shipped_quantity": "1",
            },
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) customers_customer, orders_order, orders_orderline")


def main() -> None:
    """Fill the tables, ask, and report."""
    count = harness.size(2_000)
    with harness.fresh_database():
        from bench.shop import open_shop
        from doorstep.kernel.tenancy import store_scope

        at = datetime.now(UTC)
        shop = open_shop(with_stock=False)
        with store_scope(shop.store_id):
            harness.say(f"making {count:,} orders …")
            fill(count, at - timedelta(seconds=1))
            publish_thirty(at)
            bare, seconds, rules = _ask(count, at + timedelta(minutes=1))
            queries = _queries(at + timedelta(minutes=1))
        harness.say(f"median {_share(seconds, 50) * 1000:.2f} ms, {rules} steps in a trace")
        harness.say(f"{queries} queries an answer")
        assert rules >= 30, rules
        harness.report(
            "eligibility",
            n=count,
            value=_share(seconds, 99) * 1000,
            unit="ms per order, p99",
            baseline=bare * 1000,
        )


def _ask(count: int, at: datetime) -> tuple[float, list[float], int]:
    """Return the seconds to read a summary (p99), those of every answer, and steps of a trace."""
    from doorstep.rooms.orders import api as orders
    from doorstep.rooms.returns import api

    ids = [UUID(f"00000002-0000-7000-8000-{nth:012x}") for nth in range(1, count + 1)]
    bare, seconds, rules = [], [], 0
    for order_id in ids[:50]:  # the first ones open connections and fill caches
        api.decide([order_id], at=at)
    processor = 0.0
    for order_id in ids:
        started = time.perf_counter()
        orders.get_summaries([order_id])
        bare.append(time.perf_counter() - started)
        started, worked = time.perf_counter(), time.process_time()
        answers = api.decide([order_id], at=at)
        processor += time.process_time() - worked
        seconds.append(time.perf_counter() - started)
        assert len(answers) == LINES
        rules = max(rules, *(len(one.trace) for one in answers.values()))
    harness.say(f"processor time {processor / count * 1000:.2f} ms an answer, PostgreSQL's not in")
    return _share(bare, 99), seconds, rules


def _queries(at: datetime) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from doorstep.rooms.returns import api

    with CaptureQueriesContext(connection) as found:
        api.decide([UUID(f"00000002-0000-7000-8000-{1:012x}")], at=at)
    return len(found)


def _share(seconds: list[float], percent: int) -> float:
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)]


if __name__ == "__main__":
    main()
