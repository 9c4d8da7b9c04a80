"""Keep segments fresh: decide those customers anew whom a batch of events names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_columns
from doorstep.kernel.events.catching_up import horizon
from doorstep.kernel.events.registry import Recorded, all_events
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import RecheckReason
from doorstep.rooms.audiences.keeping.matching import store_zone
from doorstep.rooms.audiences.keeping.settling import settle
from doorstep.rooms.audiences.keeping.working import Working, note_problem, working_segments
from doorstep.rooms.audiences.rules.asking import concerns, events_of
from doorstep.rooms.customers.events import CustomersMerged, CustomersUnmerged

PEOPLE = ("customer_id", "survivor_id", "absorbed_id", "restored_id")


def publishing_rooms() -> frozenset[str]:
    """Return the rooms that publish events: whose tables change with events."""
    return frozenset(one.name.partition(".")[0] for one in all_events())


def people_of(event: object) -> Iterable[UUID]:
    """Yield the customers an event names."""
    for field in PEOPLE:
        if (customer_id := getattr(event, field, None)) is not None:
            yield customer_id
    yield from getattr(event, "customer_ids", None) or ()


def follow(batch: Sequence[Recorded]) -> None:
    """Decide the customers of a batch anew for every segment whose facts its events touch.

    One query for the segments and one for each that is concerned, however many customers.
    """
    events: dict[UUID, set[str]] = defaultdict(set)
    for one in batch:
        for customer_id in people_of(one.event):
            events[customer_id].add(one.name)
    if not events:
        return
    segments = working_segments(hold=True)
    if not segments:
        return
    at, zone, rooms = max(one.at for one in batch), store_zone(), publishing_rooms()
    later: list[tuple[Working, list[UUID]]] = []
    for segment in segments:
        if segment.condition is None:
            note_problem(segment)
            continue
        ids = _concerned(segment, events, rooms)
        if not segment.is_live:
            later.append((segment, ids))
        elif ids:
            settle(segment.id, segment.condition, ids, at=_no_earlier(at, segment), zone=zone)
    look_again(later, RecheckReason.BUILDING, after_position=0)
    _after_merges(batch, [one for one in segments if one.condition is not None])


def _concerned(
    segment: Working, events: Mapping[UUID, set[str]], rooms: frozenset[str]
) -> list[UUID]:
    assert segment.condition is not None
    wanted = events_of(segment.condition, rooms)
    names = {name for found in events.values() for name in found}
    of_use = {name for name in names if concerns(wanted, name)}
    return sorted(customer_id for customer_id, found in events.items() if found & of_use)


def _no_earlier(at: datetime, segment: Working) -> datetime:
    """Return the moment to decide by: never before one by which all were decided already."""
    return at if segment.as_of is None else max(at, segment.as_of)


def _after_merges(batch: Sequence[Recorded], segments: Sequence[Working]) -> None:
    """Look again at who was merged or parted, when the other rooms have moved their rows."""
    people = sorted(
        {
            customer_id
            for one in batch
            if isinstance(one.event, CustomersMerged | CustomersUnmerged)
            for customer_id in people_of(one.event)
        }
    )
    if people:
        position = max(one.position for one in batch)
        again = [(segment, people) for segment in segments]
        look_again(again, RecheckReason.FOLLOWED, after_position=position)


def look_again(
    wanted: Sequence[tuple[Working, Sequence[UUID]]],
    reason: RecheckReason,
    *,
    after_position: int | None = None,
) -> None:
    """Note customers to be decided again.

    :param after_position: when the log is read up to there; None: up to what is committed by now.
    """
    rows = [(segment.id, one) for segment, ids in wanted for one in ids]
    if not rows:
        return
    position = horizon() if after_position is None else after_position
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO audiences_recheck (store_id, segment_id, customer_id, reason, after_position)
            SELECT %s, t.segment_id, t.customer_id, %s, %s
            FROM unnest(%s::uuid[], %s::uuid[]) AS t(segment_id, customer_id)
            """,
            [current_store_id(), reason.value, position, *as_columns(rows, 2)],
        )
