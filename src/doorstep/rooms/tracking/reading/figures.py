"""Figures over many parcels: what went out and arrived by day, how many in time, what needs a look.

Each one statement over an index; none of them reads the parcels that are simply on their way.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.tallies import Tally
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking.contracts import DayCount, ParcelTroubles, Punctuality

# A number nobody has sent anything under is strange after a day, and past hope after thirty.
UNMATCHED_FROM = timedelta(days=1)
UNMATCHED_UNTIL = timedelta(days=30)

_BY_DAY = """
    WITH days AS (
        SELECT generate_series(%(first)s::date, %(today)s::date, '1 day')::date AS day
    ), shipped AS (
        SELECT (shipped_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS parcels
        FROM tracking_tracker
        WHERE store_id = %(store)s AND shipped_at >= %(since)s AND parcel_id IS NOT NULL
          AND canceled_at IS NULL AND NOT is_history AND NOT is_test
        GROUP BY 1
    ), delivered AS (
        SELECT (delivered_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS parcels
        FROM tracking_tracker
        WHERE store_id = %(store)s AND delivered_at IS NOT NULL AND delivered_at >= %(since)s
          AND parcel_id IS NOT NULL AND NOT is_history AND NOT is_test
        GROUP BY 1
    )
    SELECT days.day, coalesce(shipped.parcels, 0), coalesce(delivered.parcels, 0)
    FROM days LEFT JOIN shipped USING (day) LEFT JOIN delivered USING (day) ORDER BY 1
"""


def count_by_day(*, days: int, at: datetime) -> list[DayCount]:
    """Count parcels that left and that arrived on each of the last days, oldest first.

    Days are the store's own; days without a parcel are in the list with 0. History and tests are
    apart.
    """
    zone = ZoneInfo(stores.get_store().timezone)
    today = at.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    rows = _rows(
        _BY_DAY,
        {
            "store": current_store_id(),
            "zone": zone.key,
            "first": first,
            "today": today,
            "since": datetime.combine(first, time.min, zone),
        },
    )
    return [DayCount(*row) for row in rows]


_PUNCTUALITY = """
    SELECT count(*),
           count(*) FILTER (WHERE (delivered_at AT TIME ZONE zone)::date <= promised_to)
    FROM tracking_tracker
    WHERE store_id = %(store)s AND delivered_at IS NOT NULL
      AND delivered_at >= %(since)s AND delivered_at <= %(at)s
      AND promised_to IS NOT NULL AND parcel_id IS NOT NULL AND NOT is_history AND NOT is_test
"""


def on_time_rate(*, days: int, at: datetime) -> Punctuality:
    """Count parcels that arrived in the last days, and those that did by their promised day.

    The day is the destination's own. Parcels without a promise are left out, and so are lost ones:
    they have not arrived.
    """
    [row] = _rows(
        _PUNCTUALITY, {"store": current_store_id(), "since": at - timedelta(days=days), "at": at}
    )
    return Punctuality(arrived=row[0], on_time=row[1])


_EXCEPTIONS = """
    SELECT id FROM tracking_tracker
    WHERE store_id = %(store)s AND is_open AND NOT is_history AND parcel_id IS NOT NULL
      AND status = 'exception'
    UNION ALL
    SELECT id FROM tracking_tracker
    WHERE store_id = %(store)s AND trouble_after_delivery <> '' AND settled_at IS NULL
      AND parcel_id IS NOT NULL
"""
_TROUBLED = f"""
    WITH troubled AS (
        SELECT id, 'late' AS alarm FROM tracking_tracker
        WHERE store_id = %(store)s AND late_since IS NOT NULL
        UNION ALL
        SELECT id, 'stalled' FROM tracking_tracker
        WHERE store_id = %(store)s AND stalled_since IS NOT NULL
        UNION ALL
        SELECT id, 'lost' FROM tracking_tracker
        WHERE store_id = %(store)s AND lost_since IS NOT NULL
        UNION ALL
        SELECT id, 'not_found' FROM tracking_tracker
        WHERE store_id = %(store)s AND not_found_since IS NOT NULL
        UNION ALL
        SELECT id, 'exception' FROM ({_EXCEPTIONS}) AS held
    )
"""  # noqa: S608 (only constants are put into the text)
_UNMATCHED = f"""
    (SELECT count(*) FROM tracking_tracker
     WHERE store_id = %(store)s AND parcel_id IS NULL
       AND created_at >= %(at)s::timestamptz - interval '{UNMATCHED_UNTIL.days * 24} hours'
       AND created_at <= %(at)s::timestamptz - interval '{UNMATCHED_FROM.days * 24} hours')
"""  # noqa: S608 (only constants are put into the text)
_UNKNOWN = """
    (SELECT count(*) FROM tracking_codemeaning WHERE store_id = %(store)s AND status = '')
"""
_TROUBLES = f"""
    {_TROUBLED}
    SELECT count(DISTINCT id),
           count(*) FILTER (WHERE alarm = 'late'),
           count(*) FILTER (WHERE alarm = 'stalled'),
           count(*) FILTER (WHERE alarm = 'lost'),
           count(*) FILTER (WHERE alarm = 'not_found'),
           count(*) FILTER (WHERE alarm = 'exception'),
           {_UNMATCHED},
           {_UNKNOWN}
    FROM troubled
"""  # noqa: S608 (only constants are put into the text)
# All of it in one number; a parcel that is late and stuck counts once.
NEEDS_PERSON = Tally(
    f"{_TROUBLED} SELECT count(DISTINCT id) + {_UNMATCHED} + {_UNKNOWN} FROM troubled"  # noqa: S608
)


def count_troubles(*, at: datetime) -> ParcelTroubles:
    """Count what of the parcels needs a person: cheap enough for every page (one query).

    :param at: now; numbers that belong to no parcel count from a day after they were first heard
        of until thirty days after.
    """
    [row] = _rows(_TROUBLES, {"store": current_store_id(), "at": at})
    return ParcelTroubles(*row)


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
