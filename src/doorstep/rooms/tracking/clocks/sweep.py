"""Look for late, stalled and lost parcels, and for those that are so no longer. In sets.

A check reads all open parcels of a store with one statement and writes only where an alarm begins
or ends, in transactions of at most ``CHUNK`` parcels. Between the reading and the writing news may
come: the parcels are locked and judged again before anything is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.orders import api as orders
from doorstep.rooms.tracking.clocks.judging import CLOCKS, DIFFERS, JUDGED
from doorstep.rooms.tracking.clocks.settings import list_clocks
from doorstep.rooms.tracking.events import AlarmEnded, ParcelLate, ParcelLost, ParcelStalled

CHUNK = 10_000
CLOCK = Actor.system("tracking.clocks")

_FIND = f"WITH {CLOCKS} SELECT id FROM ({JUDGED}) judged WHERE {DIFFERS}"  # noqa: S608 (no input)

_LOCK = """
    SELECT id FROM tracking_tracker WHERE id = ANY(%(ids)s::uuid[])
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""

_WRITE = f"""
    WITH {CLOCKS},
    judged AS MATERIALIZED (
        SELECT * FROM ({JUDGED} AND t.id = ANY(%(ids)s::uuid[])) j WHERE {DIFFERS}
    )
    UPDATE tracking_tracker t
    SET late_since = CASE WHEN j.late_at <= %(at)s THEN coalesce(j.late_since, j.late_at) END,
        stalled_since = CASE WHEN j.stalled_at <= %(at)s
                             THEN coalesce(j.stalled_since, j.stalled_at) END,
        lost_since = CASE WHEN j.lost_at <= %(at)s THEN coalesce(j.lost_since, j.lost_at) END
    FROM judged j
    WHERE t.id = j.id
    RETURNING t.id, t.parcel_id, t.order_id, t.is_test, t.promised_to, t.last_news_at, t.substatus,
              j.late_since IS NOT NULL, j.stalled_since IS NOT NULL, j.lost_since IS NOT NULL,
              t.late_since IS NOT NULL, t.stalled_since IS NOT NULL, t.lost_since IS NOT NULL
"""  # noqa: S608 (no input)


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check of a store changed: how many parcels, and which alarms began or ended."""

    changed: int = 0
    late: int = 0
    stalled: int = 0
    lost: int = 0
    ended: int = 0

    def __add__(self, other: Checked) -> Checked:
        return Checked(
            self.changed + other.changed,
            self.late + other.late,
            self.stalled + other.stalled,
            self.lost + other.lost,
            self.ended + other.ended,
        )


def check_store(store_id: UUID, *, at: datetime, chunk: int = CHUNK) -> Checked:
    """Check every open parcel of a store as of ``at``; commits chunk by chunk.

    May run beside itself and beside the recording of news: what another holds is left to it, or to
    the next check.
    """
    total = Checked()
    with store_scope(store_id):
        clocks = _clock_arrays()
        parameters = {"store": store_id, "at": at, **clocks}
        ids = [row[0] for row in _rows(_FIND, parameters)]
        for start in range(0, len(ids), chunk):
            with transaction.atomic():
                total += _apply(sorted(ids[start : start + chunk]), parameters, at)
    return total


def _apply(ids: Sequence[UUID], parameters: dict[str, Any], at: datetime) -> Checked:
    locked = [row[0] for row in _rows(_LOCK, {"ids": as_array(ids)})]
    if not locked:
        return Checked()
    rows = _rows(_WRITE, {**parameters, "ids": as_array(locked)})
    customers = orders.get_customers_of({row[2] for row in rows if row[2] is not None})
    drafts: list[EventDraft] = []
    counts = {"late": 0, "stalled": 0, "lost": 0, "ended": 0}
    for row in rows:
        for name, event in _events(row, customers.get(row[2])):
            counts[name] += 1
            key = customers.get(row[2]) or row[2] or row[0]
            drafts.append(EventDraft(event, key, at, CLOCK, f"order:{row[2]}" if row[2] else ""))
    publish_many(drafts)
    return Checked(len(rows), **counts)


def _events(row: tuple[Any, ...], customer_id: UUID | None) -> list[tuple[str, Any]]:
    """Return the events of one changed parcel, the worst last, with their names for counting."""
    tracker_id, parcel_id, order_id, is_test, promised_to, news_at, substatus = row[:7]
    was, now = row[7:10], row[10:13]
    who = (tracker_id, parcel_id, order_id, customer_id)
    found: list[tuple[str, Any]] = []
    ended = [
        name for name, b, a in zip(("late", "stalled", "lost"), was, now, strict=True) if b > a
    ]
    if ended:
        found.append(("ended", AlarmEnded(*who, alarms=ended)))
    if now[0] > was[0]:
        found.append(("late", ParcelLate(*who, promised_to=promised_to, is_test=is_test)))
    if now[1] > was[1]:
        found.append(("stalled", ParcelStalled(*who, last_news_at=news_at, is_test=is_test)))
    if now[2] > was[2]:
        by_carrier = substatus == "lost"
        found.append(("lost", ParcelLost(*who, by_carrier=by_carrier, is_test=is_test)))
    return found


def _clock_arrays() -> dict[str, str]:
    clocks = list_clocks()
    return {
        "carriers": as_array(c.carrier for c in clocks),
        "services": as_array(c.service_level for c in clocks),
        "no_scan": as_array(c.no_scan_hours for c in clocks),
        "stalled": as_array(c.stalled_hours for c in clocks),
        "late": as_array(c.late_hours for c in clocks),
        "lost": as_array(c.lost_days for c in clocks),
    }


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def stores_with_parcels() -> list[UUID]:
    """Return the stores that have a parcel to look at."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.id FROM stores_store s
            WHERE EXISTS (SELECT 1 FROM tracking_tracker t
                          WHERE t.store_id = s.id AND t.is_open AND t.parcel_id IS NOT NULL)
               OR EXISTS (SELECT 1 FROM tracking_tracker t
                          WHERE t.store_id = s.id AND t.late_since IS NOT NULL)
               OR EXISTS (SELECT 1 FROM tracking_tracker t
                          WHERE t.store_id = s.id AND t.stalled_since IS NOT NULL)
            """
        )
        return [row[0] for row in cursor.fetchall()]
