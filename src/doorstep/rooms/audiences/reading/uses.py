"""What goes by segments: journeys, campaigns, other segments. And holding them while that changes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import SegmentUse
from doorstep.rooms.audiences.keeping.working import working_segments
from doorstep.rooms.audiences.models import Segment
from doorstep.rooms.audiences.ports import bound_segment_uses
from doorstep.rooms.audiences.rules.asking import segments_named

# Many may hold a segment at once; archiving locks the row alone. By id, so that nobody waits in a
# circle.
_HOLD = """
    SELECT id FROM audiences_segment
    WHERE store_id = %s AND id = ANY(%s::uuid[]) AND archived_at IS NULL ORDER BY id FOR SHARE
"""


def list_uses(segment_ids: Collection[UUID]) -> dict[UUID, tuple[SegmentUse, ...]]:
    """List what goes by each of these segments now; those nothing uses are left out.

    A constant number of queries for any number of segments.
    """
    wanted = set(segment_ids)
    if not wanted:
        return {}
    found: dict[UUID, list[SegmentUse]] = {}
    for find in bound_segment_uses():
        for segment_id, uses in find(wanted).items():
            found.setdefault(segment_id, []).extend(uses)
    asking = {
        one.id: named
        for one in working_segments()
        if one.condition and (named := segments_named(one.condition) & wanted)
    }
    if asking:
        names = dict(Segment.objects.filter(id__in=asking).values_list("id", "name"))
        for by, named in asking.items():
            for segment_id in named:
                found.setdefault(segment_id, []).append(SegmentUse("segment", by, names[by]))
    return {
        segment_id: tuple(sorted(uses, key=lambda use: (use.kind, use.name.casefold())))
        for segment_id, uses in found.items()
        if uses
    }


def hold_segments(segment_ids: Collection[UUID]) -> frozenset[UUID]:
    """Keep segments from being put away until the transaction ends; return those still in use.

    Whoever begins to go by a segment asks for this first. Otherwise somebody could put it away
    between the look at it and the commit: archiving holds the row alone, then looks for uses.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [current_store_id(), list(segment_ids)])
        return frozenset(row[0] for row in cursor.fetchall())
