"""Segments as others see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.conditions.api import InvalidCondition
from doorstep.kernel.conditions.moments import day_start, local_day
from doorstep.kernel.errors import NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import DayCount, SegmentInfo, SegmentState
from doorstep.rooms.audiences.keeping.matching import store_zone
from doorstep.rooms.audiences.models import Membership, Segment, Upkeep
from doorstep.rooms.audiences.rules.asking import in_words, read_condition

MAX_DAYS = 730


def list_segments(*, archived: bool = False) -> list[SegmentInfo]:
    """List the store's segments by name (two queries); counts are a few seconds old at most."""
    rows = Upkeep.objects.select_related("segment").filter(
        segment__archived_at__isnull=not archived
    )
    names = _names()
    found = [_info(row, names, row.member_count) for row in rows]
    return sorted(found, key=lambda one: one.name.casefold())


def get_segment(segment_id: UUID) -> SegmentInfo:
    """Return one segment, its members counted now.

    :raises NotFound: there is none in this store.
    """
    row = Upkeep.objects.select_related("segment").filter(segment=segment_id).first()
    if row is None:
        raise NotFound("There is no such segment.")
    count = None
    if row.member_count is not None:
        count = Membership.objects.filter(segment=segment_id).count()
    return _info(row, _names(), count)


def is_being_built(segment_id: UUID) -> bool:
    """Tell whether a segment's members are still being found, for the first time or anew."""
    rows = Segment.objects.filter(id=segment_id, archived_at__isnull=True)
    return rows.filter(state=SegmentState.BUILDING.value).exists()


def _names() -> dict[UUID, str]:
    return dict(Segment.objects.values_list("id", "name"))


def _info(row: Upkeep, names: Mapping[UUID, str], count: int | None) -> SegmentInfo:
    segment, problem, words = row.segment, row.problem, ""
    try:
        words = in_words(read_condition(segment.condition), names)
    except InvalidCondition as error:
        problem = problem or error.message
    return SegmentInfo(
        id=segment.id,
        name=segment.name,
        description=segment.description,
        condition=segment.condition,
        words=words,
        member_count=count,
        built_at=row.built_at,
        is_archived=segment.archived_at is not None,
        problem=problem,
        revision=segment.revision,
        fingerprint=segment.fingerprint,
        state=segment.state,
        progress_percent=_percent(row),
        repaired=row.repaired,
        created_at=segment.created_at,
        edited_at=segment.edited_at,
    )


def _percent(row: Upkeep) -> int | None:
    """Return how far a build is: finding them is taken for a half of it, writing for the other."""
    if row.segment.state == SegmentState.LIVE:
        return 100
    if row.building_since is None:
        return 0
    if row.found is None:
        return None
    return 50 + (50 * row.written // row.to_write if row.to_write else 49)


def count_per_day(segment_id: UUID, *, days: int = 30, at: datetime) -> tuple[DayCount, ...]:
    """Return how a segment grew and shrank over the last ``days`` days of the store, oldest first.

    :raises NotFound: there is no such segment in this store.
    """
    if not Segment.objects.filter(id=segment_id).exists():
        raise NotFound("There is no such segment.")
    zone, days = store_zone(), max(1, min(days, MAX_DAYS))
    first = local_day(at, zone) - timedelta(days=days - 1)
    rows = _day_rows(segment_id, day_start(first, zone), zone.key)
    counts = {(kind, day): number for kind, day, number in rows}
    members = Membership.objects.filter(segment=segment_id).count()
    found: list[DayCount] = []
    for back in range(days):
        day = local_day(at, zone) - timedelta(days=back)
        came, went = counts.get(("came", day), 0), counts.get(("went", day), 0)
        found.append(DayCount(day, came, went, members))
        members += went - came
    return tuple(reversed(found))


_PER_DAY = """
    SELECT kind, (moment AT TIME ZONE %(zone)s)::date, count(*) FROM (
        SELECT 'came' AS kind, since AS moment FROM audiences_membership
        WHERE store_id = %(store)s AND segment_id = %(segment)s AND since >= %(from)s
        UNION ALL
        SELECT 'came', since FROM audiences_pastmembership
        WHERE store_id = %(store)s AND segment_id = %(segment)s AND since >= %(from)s
          AND until >= %(from)s
        UNION ALL
        SELECT 'went', until FROM audiences_pastmembership
        WHERE store_id = %(store)s AND segment_id = %(segment)s AND until >= %(from)s
    ) AS moments GROUP BY 1, 2
"""


def _day_rows(segment_id: UUID, start: datetime, zone: str) -> Sequence[tuple[str, date, int]]:
    values: dict[str, Any] = {
        "zone": zone,
        "store": current_store_id(),
        "segment": segment_id,
        "from": start.astimezone(UTC),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PER_DAY, values)
        return cursor.fetchall()
