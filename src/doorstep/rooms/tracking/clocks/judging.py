"""Which alarms a parcel should have, as one SQL expression for any number of parcels.

The rules, for a parcel that has left and can still move:

- **late**: the last promised day is over by ``late_hours`` at the destination; or the carrier's own
  estimate lies behind the promise, so that it is known to be late before the day has come. Not one
  that waits to be picked up or goes back: it has been there.
- **stalled**: no news for ``stalled_hours``; never seen by the carrier ``no_scan_hours`` after it
  left. Not one that waits for somebody (pick-up, exception): its own state says more.
- **lost**: late or stalled and without news for ``lost_days``; or the carrier says so.

A person's word (settled) rests the clocks until there is other news.

Nothing is stored but the answer: no timer can be lost, and a changed setting counts at once. The
price is that a check reads every open parcel: a million in a second or two (``make bench-late``).
"""

from __future__ import annotations

from doorstep.rooms.tracking.contracts import Substatus, TrackingStatus

_WAITING = f"('{TrackingStatus.AVAILABLE_FOR_PICKUP.value}', '{TrackingStatus.RETURNED.value}')"
_SILENT_BY_RIGHT = (
    f"('{TrackingStatus.AVAILABLE_FOR_PICKUP.value}', '{TrackingStatus.RETURNED.value}',"
    f" '{TrackingStatus.EXCEPTION.value}')"
)

# Parameters: store, at, and the store's clocks as seven arrays (the first of them: how special).
# One row for each parcel that has another alarm than it should have.
CLOCKS = """
    clocks AS MATERIALIZED (
        SELECT * FROM unnest(%(carriers)s::text[], %(services)s::text[], %(no_scan)s::int[],
                             %(stalled)s::int[], %(late)s::int[], %(lost)s::int[])
             AS c(carrier, service_level, no_scan_hours, stalled_hours, late_hours, lost_days)
    )
"""

JUDGED = f"""
    SELECT t.id, t.late_since, t.stalled_since, t.lost_since,
           late.since AS late_at, stalled.since AS stalled_at, lost.since AS lost_at
    FROM tracking_tracker t
    JOIN clocks base ON base.carrier = '' AND base.service_level = ''
    LEFT JOIN clocks own ON own.carrier = t.carrier AND own.service_level = '' AND t.carrier <> ''
    LEFT JOIN clocks exact ON exact.carrier = t.carrier AND t.service_level <> ''
                          AND exact.service_level = t.service_level
    CROSS JOIN LATERAL (
        SELECT coalesce(exact.no_scan_hours, own.no_scan_hours, base.no_scan_hours) AS no_scan,
               coalesce(exact.stalled_hours, own.stalled_hours, base.stalled_hours) AS stalled,
               coalesce(exact.late_hours, own.late_hours, base.late_hours) AS late,
               coalesce(exact.lost_days, own.lost_days, base.lost_days) AS lost,
               t.is_open AND t.shipped_at IS NOT NULL
                   AND (t.settled_at IS NULL OR t.last_news_at > t.settled_at) AS runs,
               greatest(t.last_news_at, t.shipped_at) AS news_at
    ) c
    -- The instant since which each alarm is right, null where it is not.
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN NOT c.runs OR t.status IN {_WAITING} THEN NULL
            WHEN t.estimate_source = 'carrier' AND t.estimate_to > t.promised_to
                 THEN coalesce(t.estimate_revised_at, %(at)s)
            -- A day of slack around the time zones before one is asked for: it is the costly part.
            WHEN coalesce(t.promised_to, t.estimate_to)
                 > (%(at)s::timestamptz AT TIME ZONE 'UTC')::date + 1 THEN NULL
            ELSE ((coalesce(t.promised_to, t.estimate_to) + 1)::timestamp AT TIME ZONE t.zone)
                 + make_interval(hours => c.late)
        END AS since
    ) late
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN NOT c.runs OR t.status IN {_SILENT_BY_RIGHT} THEN NULL
            WHEN t.first_scan_at IS NULL THEN t.shipped_at + make_interval(hours => c.no_scan)
            ELSE c.news_at + make_interval(hours => c.stalled)
        END AS since
    ) stalled
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN NOT c.runs OR t.status IN {_WAITING} THEN NULL
            WHEN t.substatus = '{Substatus.LOST.value}' THEN coalesce(t.status_at, %(at)s)
            WHEN late.since <= %(at)s OR stalled.since <= %(at)s
                 THEN c.news_at + make_interval(days => c.lost)
        END AS since
    ) lost
    WHERE t.store_id = %(store)s AND t.parcel_id IS NOT NULL AND NOT t.is_history
      AND t.settled_as <> 'lost'
      AND (t.is_open OR t.late_since IS NOT NULL OR t.stalled_since IS NOT NULL
           OR t.lost_since IS NOT NULL)
"""  # noqa: S608 (no input)

# What is so (by the clocks) against what is noted.
DIFFERS = """
    (coalesce(late_at <= %(at)s, false) <> (late_since IS NOT NULL)
     OR coalesce(stalled_at <= %(at)s, false) <> (stalled_since IS NOT NULL)
     OR coalesce(lost_at <= %(at)s, false) <> (lost_since IS NOT NULL))
"""
