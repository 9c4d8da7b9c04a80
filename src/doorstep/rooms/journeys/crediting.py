"""Orders as they come: which message was the last before each, and which ways its buyer had gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_columns
from doorstep.kernel.events.registry import Recorded, handles
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.events import OrderPlaced

_CREDIT = """
    INSERT INTO journeys_messagecredit
        (store_id, order_id, message_id, batch_id, sent_at, ordered_at, was_clicked)
    SELECT %s, v.* FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::timestamptz[],
                               %s::timestamptz[], %s::bool[]) AS v
    ON CONFLICT (order_id) DO NOTHING
"""
# A person's ways by their index, each way's few passages by theirs.
_SPLIT = """
    INSERT INTO journeys_splitorder
        (store_id, journey_id, enrollment_id, order_id, step, arm, passed_at, ordered_at)
    SELECT e.store_id, e.journey_id, e.id, v.order_id, p.step, substr(p.outcome, 5), p.at, v.at
    FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS v(order_id, customer_id, at)
    JOIN journeys_enrollment e ON e.customer_id = v.customer_id AND e.store_id = %s
        AND e.order_id IS DISTINCT FROM v.order_id  -- what somebody came in with is not the next
    JOIN journeys_passage p ON p.enrollment_id = e.id AND p.outcome LIKE 'arm:%%'
        AND p.at <= v.at AND p.at > v.at - make_interval(days => %s)
    ON CONFLICT (order_id, enrollment_id, step) DO NOTHING
"""


@handles(OrderPlaced, name="journeys.order_credits", start="beginning")
def credit_orders(events: Sequence[Recorded]) -> None:
    """Keep what came before each order; four statements for any number of them.

    From the beginning of the log: what was sent and ordered before this was kept counts, too.
    """
    news = [e.event.order_id for e in events if not e.event.is_test]
    placed = orders.list_buyers(news) if news else []
    if placed:
        _credit_messages(placed)
        with connection.cursor() as cursor:
            longest = messaging.LONGEST_WINDOW.days
            cursor.execute(_SPLIT, [*as_columns(placed, 3), current_store_id(), longest])


def _credit_messages(placed: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    last = messaging.last_marketing([(customer_id, at) for _, customer_id, at in placed])
    rows = [
        [order_id, one.message_id, one.batch_id, one.sent_at, at, one.was_clicked]
        for (order_id, _, at), one in zip(placed, last, strict=True)
        if one is not None
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_CREDIT, [current_store_id(), *as_columns(rows, 6)])
