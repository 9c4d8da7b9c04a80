"""Delete what nobody in particular did, once it is old."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from doorstep.kernel.clock import now
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.audiences.activity.site_settings import ANONYMOUS_DAYS

BATCH = 5_000
# Each store by its own setting; without one, the usual days. In batches: none holds rows for long.
_EDGES = f"""
    SELECT st.id AS store_id,
           %(at)s - make_interval(days => coalesce(s.anonymous_days, {ANONYMOUS_DAYS})) AS edge
    FROM stores_store st LEFT JOIN audiences_sitesettings s ON s.store_id = st.id
"""  # noqa: S608 - constants of this file
_ACTIVITIES = f"""
    DELETE FROM audiences_siteactivity WHERE id IN (
        SELECT a.id FROM ({_EDGES}) e
        JOIN audiences_siteactivity a
          ON a.store_id = e.store_id AND a.occurred_at < e.edge AND a.customer_id IS NULL
        LIMIT %(most)s FOR UPDATE OF a SKIP LOCKED)
"""  # noqa: S608
_WISHES = f"""
    DELETE FROM audiences_wishlistitem WHERE id IN (
        SELECT w.id FROM ({_EDGES}) e
        JOIN audiences_wishlistitem w
          ON w.store_id = e.store_id AND w.customer_id IS NULL AND w.added_at < e.edge
        LIMIT %(most)s FOR UPDATE OF w SKIP LOCKED)
"""  # noqa: S608
_VISITORS = f"""
    DELETE FROM audiences_visitor WHERE id IN (
        SELECT v.id FROM ({_EDGES}) e
        JOIN audiences_visitor v
          ON v.store_id = e.store_id AND v.customer_id IS NULL AND v.last_seen_at < e.edge
        WHERE NOT EXISTS (SELECT FROM audiences_siteactivity a
                          WHERE a.store_id = v.store_id AND a.visitor_id = v.id)
          AND NOT EXISTS (SELECT FROM audiences_wishlistitem w WHERE w.visitor_id = v.id)
        LIMIT %(most)s FOR UPDATE OF v SKIP LOCKED)
"""  # noqa: S608


@worker_loop("audiences.forgetting", idle_seconds=600)
def forget_old_visits() -> int:
    """Delete one batch of what is too old."""
    return forget_visits(at=now())


def forget_visits(*, at: datetime) -> int:
    """Delete old activities, wishes and visitors that belong to no customer; returns how many."""
    done = 0
    with connection.cursor() as cursor:
        for statement in (_ACTIVITIES, _WISHES, _VISITORS):
            cursor.execute(statement, {"at": at, "most": BATCH})
            done += cursor.rowcount
    return done
