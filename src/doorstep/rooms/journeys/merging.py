"""What becomes of two people's ways and campaigns when they turn out to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.journeys.models import Enrollment
from doorstep.rooms.journeys.rules.definition import Reentry
from doorstep.rooms.journeys.rules.merging import Way, settle
from doorstep.rooms.journeys.versions import definitions

# Locked before anything is decided: a way that is being moved on just now ends its step first.
_WAYS = """
    SELECT id, customer_id, journey_id, version_id, entry_key, is_per_order, entered_at, ended_at
    FROM journeys_enrollment
    WHERE store_id = %s AND customer_id = ANY(%s::uuid[])
    ORDER BY id FOR UPDATE
"""
_MOVE_RECIPIENTS = """
    UPDATE journeys_campaignrecipient AS r SET customer_id = %(survivor)s
    WHERE r.store_id = %(store)s AND r.customer_id = %(absorbed)s AND NOT EXISTS (
        SELECT FROM journeys_campaignrecipient o
        WHERE o.campaign_id = r.campaign_id AND o.customer_id = %(survivor)s)
"""


def join_people(survivor_id: UUID, absorbed_id: UUID, *, at: datetime) -> None:
    """Let the survivor go on with the ways of both, as far as the re-entry rules allow.

    A campaign that has asked for either of them does not ask again. Joins the caller's transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAYS, [current_store_id(), as_array([survivor_id, absorbed_id])])
        rows = cursor.fetchall()
        values = {"store": current_store_id(), "survivor": survivor_id, "absorbed": absorbed_id}
        cursor.execute(_MOVE_RECIPIENTS, values)
    by_journey: dict[UUID, list[Way]] = defaultdict(list)
    newest: dict[UUID, UUID] = {}
    for way, customer, journey, version, key, per_order, entered, ended in rows:
        is_absorbed = customer == absorbed_id
        by_journey[journey].append(Way(way, is_absorbed, key, per_order, entered, ended is None))
        newest[journey] = max(version, newest.get(journey, version))
    touched = {
        journey: ways
        for journey, ways in by_journey.items()
        if any(way.is_absorbed for way in ways)
    }
    if not touched:
        return
    known = definitions([newest[journey] for journey in touched])
    end: set[UUID] = set()
    move: set[UUID] = set()
    for journey, ways in touched.items():
        definition = known[newest[journey]]
        settled = settle(ways, definition.reentry if definition else Reentry())
        end |= settled.end
        move |= settled.move
    _end(end, at)
    Enrollment.objects.filter(id__in=move).update(customer_id=survivor_id)


def _end(ways: Collection[UUID], at: datetime) -> None:
    Enrollment.objects.filter(id__in=ways, ended_at__isnull=True).update(
        status="exited", ended_at=at, exit_reason="merged", due_at=None, step="",
        waiting_for="", is_woken=False, problem="",
    )  # fmt: skip
