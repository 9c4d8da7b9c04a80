"""Delete raw deliveries that nobody needs any more: they hold personal data."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from doorstep.connectors.base.models import DISCARDED, IGNORED, PROCESSED

KEPT = timedelta(days=90)


def delete_old(at: datetime, *, limit: int = 1_000) -> int:
    """Delete up to ``limit`` finished deliveries older than 90 days and return how many.

    What is rejected, parked or waiting stays until somebody decides.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM connectors_base_delivery WHERE id IN (
                SELECT id FROM connectors_base_delivery
                 WHERE status = ANY(%s) AND processed_at < %s
                 ORDER BY processed_at LIMIT %s FOR UPDATE SKIP LOCKED)
            """,
            [[PROCESSED, IGNORED, DISCARDED], at - KEPT, limit],
        )
        return cursor.rowcount
