"""Keep the engine's own tables small: sum up tallies, close versions nobody is inside of."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

_SUM_UP = """
    WITH old AS (
        DELETE FROM journeys_steptally WHERE day < %s AND version_id IN (
            SELECT version_id FROM journeys_steptally WHERE day < %s
            GROUP BY version_id, step, outcome, day HAVING count(*) > 1
        )
        RETURNING store_id, version_id, step, outcome, day, count
    )
    INSERT INTO journeys_steptally (store_id, version_id, step, outcome, day, count)
    SELECT store_id, version_id, step, outcome, day, sum(count) FROM old
    GROUP BY store_id, version_id, step, outcome, day
"""
_CLOSE = """
    UPDATE journeys_journeyversion v SET is_open = false
    FROM journeys_journey j
    WHERE j.id = v.journey_id AND v.is_open AND v.id IS DISTINCT FROM j.live_id
      AND v.published_at < %s
      AND NOT EXISTS (SELECT 1 FROM journeys_enrollment e
                      WHERE e.version_id = v.id AND e.step <> '' AND e.ended_at IS NULL)
      -- goals are still counted for those who came in lately
      AND NOT EXISTS (SELECT 1 FROM journeys_enrollment e
                      WHERE e.journey_id = v.journey_id AND e.version_id = v.id
                        AND e.entered_at > %s)
"""


def tidy(*, at: datetime) -> int:
    """Sum up the tallies of days that are over and close old versions; return how many were closed."""
    day = (at - timedelta(days=2)).date()
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP, [day, day])
        cursor.execute(_CLOSE, [at - timedelta(days=1), at - timedelta(days=366)])
        return cursor.rowcount
