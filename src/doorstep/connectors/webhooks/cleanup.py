"""Delete deliveries that nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

KEPT = timedelta(days=30)  # delivered, or let go
FAILED_KEPT = timedelta(days=90)  # time enough to replay them

_DELETE = """
    WITH old AS MATERIALIZED ({which} LIMIT %(limit)s),
    tries AS (DELETE FROM connectors_webhooks_attempt WHERE delivery_id IN (SELECT id FROM old))
    DELETE FROM connectors_webhooks_delivery WHERE id IN (SELECT id FROM old)
"""
_FINISHED = """
    SELECT id FROM connectors_webhooks_delivery
    WHERE finished_at < %(delivered_before)s
      AND (status IN ('delivered', 'discarded') OR finished_at < %(failed_before)s)
    ORDER BY finished_at
"""
_ORPHANED = """
    SELECT d.id FROM connectors_webhooks_endpoint e
    JOIN connectors_webhooks_delivery d ON d.endpoint_id = e.id
    WHERE e.deleted_at IS NOT NULL AND d.status <> 'sending'
"""
_DELETED_ENDPOINTS = """
    DELETE FROM connectors_webhooks_endpoint e WHERE e.deleted_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM connectors_webhooks_delivery d WHERE d.endpoint_id = e.id)
"""


def delete_old(at: datetime, *, limit: int = 1_000) -> int:
    """Delete up to ``limit`` of what was delivered 30 days ago or failed 90 days ago, and as many
    of deleted endpoints; returns how many deliveries went.
    """
    values: dict[str, int | datetime] = {
        "limit": limit,
        "delivered_before": at - KEPT,
        "failed_before": at - FAILED_KEPT,
    }
    gone = 0
    with connection.cursor() as cursor:
        for which in (_FINISHED, _ORPHANED):
            cursor.execute(_DELETE.format(which=which), values)
            gone += cursor.rowcount
        cursor.execute(_DELETED_ENDPOINTS)
    return gone
