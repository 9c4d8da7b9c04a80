"""Lists of parcels: filters, pages, counts."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking.contracts import (
    TrackerCounts,
    TrackerFilter,
    TrackerPage,
    TrackingStatus,
    UnknownCode,
)
from doorstep.rooms.tracking.models import CodeMeaning, Tracker, TrackingNumber
from doorstep.rooms.tracking.reading.views import progress_of
from doorstep.rooms.tracking.rules.numbers import normalize_number

MAX_PAGE = 200
MAX_CODES = 500
_OURS = Q(parcel__isnull=False)
_ALARMS = {
    "late": Q(late_since__isnull=False),
    "stalled": Q(stalled_since__isnull=False),
    "lost": Q(lost_since__isnull=False),
    "not_found": Q(not_found_since__isnull=False),
    "exception": Q(
        status=TrackingStatus.EXCEPTION, is_open=True, is_history=False, parcel__isnull=False
    )
    | ~Q(trouble_after_delivery="") & Q(settled_at__isnull=True) & _OURS,
    "unmatched": Q(parcel__isnull=True),
}


def visible() -> QuerySet[Tracker]:
    """Return trackers with their order's customer: whose it is stands in the order alone."""
    return Tracker.objects.annotate(customer_id=F("order__customer_id"))


def list_trackers(
    filters: TrackerFilter | None = None, *, cursor: str = "", limit: int = 50
) -> TrackerPage:
    """List parcels: the oldest trouble first where an alarm is asked for, else the newest first.

    Without their steps. Numbers that belong to no parcel are only in ``alarm="unmatched"``, and
    where a search names them.

    :raises Invalid: there is no such alarm, or the cursor is not one that an earlier page gave.
    """
    filters = filters or TrackerFilter()
    limit = max(1, min(limit, MAX_PAGE))
    rows = _filtered(filters).annotate(
        listed_at=Coalesce(
            "lost_since",
            "not_found_since",
            "stalled_since",
            "late_since",
            "status_at",
            "created_at",
        )
        if filters.alarm
        else F("created_at")
    )
    if cursor:
        at, tracker_id = _read_cursor(cursor)
        beyond = (
            Q(listed_at__gt=at) | Q(listed_at=at, id__gt=tracker_id)
            if filters.alarm
            else Q(listed_at__lt=at) | Q(listed_at=at, id__lt=tracker_id)
        )
        rows = rows.filter(beyond)
    order = ("listed_at", "id") if filters.alarm else ("-created_at", "-id")
    found = list(rows.order_by(*order)[: limit + 1])
    page = found[:limit]
    following = ""
    if len(found) > limit:
        following = f"{page[-1].listed_at.isoformat()}|{page[-1].id}"
    return TrackerPage(tuple(progress_of(row) for row in page), following)


def _filtered(filters: TrackerFilter) -> QuerySet[Tracker]:
    rows = visible()
    if filters.alarm == "any":
        rows = rows.filter(
            _ALARMS["late"]
            | _ALARMS["stalled"]
            | _ALARMS["lost"]
            | _ALARMS["not_found"]
            | _ALARMS["exception"]
        )
    elif filters.alarm:
        if filters.alarm not in _ALARMS:
            raise Invalid(
                f"There is no alarm called “{filters.alarm[:40]}”: take one of "
                f"{', '.join(_ALARMS)} or any.",
                field="alarm",
            )
        rows = rows.filter(_ALARMS[filters.alarm])
    elif not filters.search:
        rows = rows.filter(_OURS)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.only_on_the_way:
        rows = rows.filter(_OURS, is_open=True, is_history=False)
    if filters.delivered_since:
        rows = rows.filter(_OURS, delivered_at__gte=filters.delivered_since)
    if filters.carrier:
        rows = rows.filter(carrier=filters.carrier)
    if filters.order_id:
        rows = rows.filter(order=filters.order_id)
    if number := normalize_number(filters.search):
        named = TrackingNumber.objects.filter(number__startswith=number)
        rows = rows.filter(
            Q(tracking_number__startswith=number) | Q(id__in=named.values("tracker_id"))
        )
    return rows


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    at, _, tracker_id = cursor.partition("|")
    try:
        return datetime.fromisoformat(at), UUID(tracker_id)
    except ValueError:
        raise Invalid("This cursor is not one that an earlier page gave.", field="cursor") from None


def count_trackers(*, at: datetime) -> TrackerCounts:
    """Count parcels where they are: one statement, a partial index for each figure.

    :param at: now; the store's own day of it is today.
    """
    zone = ZoneInfo(stores.get_store().timezone)
    local = at.astimezone(zone)
    today = datetime.combine(local.date(), time(0), tzinfo=zone)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND is_open AND NOT is_history AND parcel_id IS NOT NULL),
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND late_since IS NOT NULL),
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND stalled_since IS NOT NULL),
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND lost_since IS NOT NULL),
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND is_open AND NOT is_history AND parcel_id IS NOT NULL
               AND status = 'exception')
              + (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
                 AND trouble_after_delivery <> '' AND settled_at IS NULL
                 AND parcel_id IS NOT NULL),
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND not_found_since IS NOT NULL),
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND parcel_id IS NULL),
              (SELECT count(*) FROM tracking_tracker WHERE store_id = %(store)s
               AND delivered_at IS NOT NULL AND delivered_at >= %(today)s
               AND parcel_id IS NOT NULL)
            """,
            {"store": current_store_id(), "today": today},
        )
        row = cursor.fetchone()
    assert row is not None
    return TrackerCounts(*row)


def list_unknown_codes(*, with_settled: bool = False) -> list[UnknownCode]:
    """List codes nobody understood, the most frequent first; at most 500.

    :param with_settled: also those that the store has given a meaning.
    """
    rows = CodeMeaning.objects.order_by("-count", "source", "carrier", "code")
    if not with_settled:
        rows = rows.filter(status="")
    return [code_view(row) for row in rows[:MAX_CODES]]


def code_view(row: CodeMeaning) -> UnknownCode:
    """Return an unknown code as what crosses walls."""
    return UnknownCode(
        id=row.id,
        source=row.source,
        carrier=row.carrier,
        code=row.code,
        example=row.example,
        count=row.count,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        meaning=row.status,
        substatus=row.substatus,
    )
