"""What became of batches' messages, in numbers; and whose message came last before an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import BatchResults, LastMessage
from doorstep.rooms.messaging.models import MessageBatch

LONGEST_WINDOW = timedelta(days=30)  # further back no message is looked for


_OPEN = ("queued", "deferred", "sending")
_LEFT = ("sent", "delivered", "bounced", "complained")


def find_batches(keys: Sequence[str]) -> dict[str, UUID]:
    """Return the batches of these keys, where something was asked for."""
    rows = MessageBatch.objects.filter(key__in=list(keys))
    return dict(rows.values_list("key", "id"))


def batch_results(
    batch_ids: Sequence[UUID], *, with_reasons: bool = True
) -> dict[UUID, BatchResults]:
    """Return what became of each batch's messages: three queries however many there are.

    :param with_reasons: also why some were not sent, and how many of them a stop held back; lists
        leave that out, as it alone reads messages and not only indexes.
    """
    statuses = _statuses(batch_ids)
    looks = _looks(batch_ids)
    dropped = [one for one in batch_ids if with_reasons and statuses[one].get("dropped")]
    held = _held_back(dropped)
    return {one: _result(statuses[one], looks[one], held[one]) for one in batch_ids}


def _result(
    statuses: Mapping[str, int], looks: Mapping[str, int], held: Mapping[str, int]
) -> BatchResults:
    held = dict(held)
    return BatchResults(
        asked=sum(statuses.values()),
        waiting=sum(statuses.get(one, 0) for one in _OPEN),
        sent=sum(statuses.get(one, 0) for one in _LEFT),
        confirmed=statuses.get("delivered", 0) + statuses.get("complained", 0),
        bounced=statuses.get("bounced", 0),
        failed=statuses.get("failed", 0),
        complained=statuses.get("complained", 0),
        opened=looks.get("opened", 0),
        clicked=looks.get("clicked", 0),
        unsubscribed=looks.get("unsubscribed", 0),
        stopped=held.pop(_STOPPED, 0),
        held_back=held,
    )


# The batches are looked up first: what they hold is then counted in the indexes alone.
_OURS = """
    ARRAY(SELECT id FROM messaging_messagebatch WHERE id = ANY(%(ids)s::uuid[])
          AND store_id = %(store)s)
"""
_STATUSES = f"""
    SELECT batch_id, status, count(*) FROM messaging_message
    WHERE batch_id = ANY({_OURS}) GROUP BY batch_id, status
"""  # noqa: S608 (only constants are put into these texts)
# Each message counts once for each kind, however often somebody looks.
_LOOKS = f"""
    SELECT batch_id, kind, count(*) FROM (
        SELECT DISTINCT batch_id, kind, message_id FROM messaging_deliveryevent
        WHERE batch_id = ANY({_OURS}) AND NOT by_machine
          AND kind IN ('opened', 'clicked', 'unsubscribed')
    ) seen GROUP BY batch_id, kind
"""  # noqa: S608
_STOPPED = "stopped"
# What was refused when it was asked for has its verdict. What was refused later, when it was due,
# has a decision of its own; what has neither was stopped, or its person was erased.
_HELD_BACK = f"""
    SELECT m.batch_id, v.reason, count(*)
    FROM messaging_message m
    JOIN messaging_gateverdict v ON v.id = m.verdict_id AND v.outcome = 'drop'
    WHERE m.batch_id = ANY({_OURS}) AND m.status = 'dropped'
    GROUP BY m.batch_id, v.reason
    UNION ALL
    SELECT batch_id, reason, count(*) FROM (
        SELECT m.batch_id, coalesce(
            (SELECT d.reason FROM messaging_contactdecision d
             WHERE d.store_id = m.store_id AND d.message_id = m.id AND d.outcome = 'drop'
             ORDER BY d.at DESC LIMIT 1),
            CASE WHEN m.closed_at >= b.stopped_at THEN '{_STOPPED}' ELSE 'other' END) AS reason
        FROM messaging_message m
        JOIN messaging_messagebatch b ON b.id = m.batch_id
        LEFT JOIN messaging_gateverdict v ON v.id = m.verdict_id
        WHERE m.batch_id = ANY({_OURS}) AND m.status = 'dropped'
          AND v.outcome IS DISTINCT FROM 'drop'
    ) later GROUP BY batch_id, reason
"""  # noqa: S608


def _statuses(batch_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    return _grouped(_STATUSES, batch_ids)


def _looks(batch_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    return _grouped(_LOOKS, batch_ids)


def _held_back(batch_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    return _grouped(_HELD_BACK, batch_ids)


def _grouped(statement: str, batch_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Return batch -> name -> how many, of a statement that yields these three."""
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    if batch_ids:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"ids": as_array(batch_ids), "store": current_store_id()})
            for batch_id, name, count in cursor.fetchall():
                found[batch_id][name] = found[batch_id].get(name, 0) + count
    return found


# One probe into the slots' index for each; what bounced reached nobody.
_LAST = """
    SELECT v.nth, m.id, m.batch_id, m.sent_at, EXISTS (
        SELECT FROM messaging_deliveryevent d
        WHERE d.store_id = m.store_id AND d.message_id = m.id AND d.kind = 'clicked'
          AND NOT d.by_machine AND d.occurred_at <= v.at)
    FROM unnest(%(nth)s::int[], %(customers)s::uuid[], %(moments)s::timestamptz[])
        AS v(nth, customer_id, at)
    CROSS JOIN LATERAL (
        SELECT id, store_id, batch_id, sent_at FROM messaging_message
        WHERE store_id = %(store)s AND customer_id = v.customer_id AND purpose = 'marketing'
          AND status IN ('sent', 'delivered', 'complained') AND NOT is_test
          AND sent_at <= v.at AND sent_at > v.at - make_interval(days => %(longest)s)
        ORDER BY sent_at DESC LIMIT 1
    ) m
"""


def last_marketing(moments: Sequence[tuple[UUID, datetime]]) -> list[LastMessage | None]:
    """Return for each (customer, moment) the marketing message sent last before it, in order.

    Of any journey, campaign or other sender, and at most :data:`LONGEST_WINDOW` before. One query.
    """
    found: list[LastMessage | None] = [None] * len(moments)
    if not moments:
        return found
    rows = [[nth, customer_id, at] for nth, (customer_id, at) in enumerate(moments)]
    columns = zip(("nth", "customers", "moments"), as_columns(rows, 3), strict=True)
    values: dict[str, Any] = {
        "store": current_store_id(),
        "longest": LONGEST_WINDOW.days,
        **dict(columns),
    }
    with connection.cursor() as cursor:
        cursor.execute(_LAST, values)
        for nth, *told in cursor.fetchall():
            found[nth] = LastMessage(*told)
    return found
