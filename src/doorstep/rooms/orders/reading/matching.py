"""How many real orders a rule would have met: replay of a condition over history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.conditions.api import Condition, compile_sql
from doorstep.kernel.tenancy import current_store_id

# {condition}: a compiled condition; every value in it is a bound parameter.
_MET = {
    "order": "SELECT met.id FROM ({condition}) met",
    "line": """
        SELECT line.order_id FROM orders_orderline line
        JOIN ({condition}) met ON met.id = line.id WHERE line.removed_at IS NULL
    """,
}
_COUNT = """
    SELECT count(*), count(*) FILTER (WHERE o.id IN ({met})) FROM orders_order o
    WHERE o.store_id = %s AND o.placed_at > %s AND o.placed_at <= %s
      AND o.canceled_at IS NULL AND NOT o.is_test
"""


@dataclass(frozen=True, slots=True)
class MatchCount:
    """Of so many orders, so many meet a condition."""

    orders: int
    matching: int


def count_matching_orders(
    condition: Condition, *, since: datetime, at: datetime, zone: ZoneInfo
) -> MatchCount:
    """Count the orders placed in a span that a condition about orders or their lines meets.

    One statement whatever the number of orders. An order meets a condition about lines when one
    of its lines does. Test orders and canceled ones are left out.

    :raises ValueError: the condition is about something else.
    """
    store_id = current_store_id()
    met = _MET.get(condition.subject.name)
    if met is None:
        raise ValueError(f"orders are not matched by a condition about {condition.subject.name}")
    compiled = compile_sql(condition, at=at, zone=zone, store_id=store_id)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT.format(met=met.format(condition=compiled.sql)),
            [*compiled.params, store_id, since, at],
        )
        orders, matching = cursor.fetchone()
    return MatchCount(orders, matching)
