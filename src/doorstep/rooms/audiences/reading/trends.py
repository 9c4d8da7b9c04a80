"""How segments grow and shrink: many at once, and who came and went in one."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.conditions.moments import day_start, local_day
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import MembershipChange
from doorstep.rooms.audiences.keeping.matching import store_zone
from doorstep.rooms.customers import api as customers

_CHANGES_PER_DAY = """
    SELECT segment_id, (moment AT TIME ZONE %(zone)s)::date, sum(step)::bigint FROM (
        SELECT segment_id, since AS moment, 1 AS step FROM audiences_membership
        WHERE store_id = %(store)s AND segment_id = ANY(%(ids)s::uuid[]) AND since >= %(start)s
        UNION ALL
        SELECT segment_id, since, 1 FROM audiences_pastmembership
        WHERE store_id = %(store)s AND segment_id = ANY(%(ids)s::uuid[]) AND since >= %(start)s
        UNION ALL
        SELECT segment_id, until, -1 FROM audiences_pastmembership
        WHERE store_id = %(store)s AND segment_id = ANY(%(ids)s::uuid[]) AND until >= %(start)s
    ) AS moments GROUP BY 1, 2
"""


def list_trends(members: dict[UUID, int], *, at: datetime, days: int = 30) -> dict[UUID, list[int]]:
    """Return how many belonged to each segment at the end of each day, oldest first (one query).

    :param members: segment → how many belong to it now.
    """
    zone = store_zone()
    today = local_day(at, zone)
    start = day_start(today - timedelta(days=days - 1), zone)
    values: dict[str, Any] = {
        "store": current_store_id(),
        "ids": as_array(members),
        "start": start,
        "zone": zone.key,
    }
    steps: dict[UUID, dict[object, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES_PER_DAY, values)
        for segment_id, day, step in cursor.fetchall():
            steps[segment_id][day] = int(step)
    found = {}
    for segment_id, count in members.items():
        line = []
        for back in range(days):
            line.append(max(0, count))
            count -= steps[segment_id].get(today - timedelta(days=back), 0)
        found[segment_id] = line[::-1]
    return found


_CHANGES = """
    (SELECT customer_id, since AS moment, TRUE AS came FROM audiences_membership
     WHERE store_id = %(store)s AND segment_id = %(segment)s
     ORDER BY since DESC, customer_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT customer_id, until, FALSE FROM audiences_pastmembership
     WHERE store_id = %(store)s AND segment_id = %(segment)s
     ORDER BY until DESC LIMIT %(limit)s)
    ORDER BY moment DESC, came LIMIT %(limit)s
"""


def list_changes(segment_id: UUID, *, limit: int = 50) -> list[MembershipChange]:
    """List who came to a segment and who left it last, newest first (two queries)."""
    values: dict[str, Any] = {"store": current_store_id(), "segment": segment_id, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, values)
        rows = cursor.fetchall()
    people = customers.get_customers({row[0] for row in rows})
    return [
        MembershipChange(
            customer_id=customer_id,
            name=people[customer_id].name if customer_id in people else "",
            email=people[customer_id].email if customer_id in people else "",
            at=moment,
            has_come=came,
        )
        for customer_id, moment, came in rows
    ]
