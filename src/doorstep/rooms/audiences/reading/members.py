"""Who belongs to a segment, since when, and why."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from doorstep.kernel.columns import as_array
from doorstep.kernel.conditions.api import Condition, Decision, InvalidCondition, evaluate_many
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.contracts import (
    MemberInfo,
    MemberPage,
    MembershipAnswer,
    SegmentSpell,
)
from doorstep.rooms.audiences.keeping.matching import store_zone
from doorstep.rooms.audiences.models import Membership, PastMembership, Segment
from doorstep.rooms.audiences.reading.naming import name_in_decisions
from doorstep.rooms.audiences.rules.asking import read_condition
from doorstep.rooms.customers import api as customers

MAX_PAGE = 200
_OF = """
    FROM audiences_membership m JOIN audiences_segment s ON s.id = m.segment_id
    WHERE m.store_id = %s AND m.segment_id = %s AND s.archived_at IS NULL
"""


def is_member(segment_id: UUID, customer_id: UUID) -> bool:
    """Tell whether a customer belongs to a segment, as kept."""
    return customer_id in filter_members(segment_id, [customer_id])


def filter_members(segment_id: UUID, customer_ids: Collection[UUID]) -> set[UUID]:
    """Return who of some customers belongs to a segment, as kept (one query)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.customer_id {_OF} AND m.customer_id = ANY(%s::uuid[])",
            [current_store_id(), segment_id, as_array(customer_ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def list_member_ids(
    segment_id: UUID, *, after: UUID | None = None, limit: int = 10_000
) -> list[UUID]:
    """List members by id, for who takes a whole segment in sets.

    :param after: the last id of the set before; None for the first.
    :returns: at most ``limit``; fewer means that there are no more. None of an archived segment.
    """
    beyond = "" if after is None else " AND m.customer_id > %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.customer_id {_OF}{beyond} ORDER BY m.customer_id LIMIT %s",
            [current_store_id(), segment_id, *([] if after is None else [after]), limit],
        )
        return [row[0] for row in cursor.fetchall()]


def list_members(
    segment_id: UUID, *, at: datetime, cursor: str = "", limit: int = 50
) -> MemberPage:
    """List a segment's members, newest first, each with the reasons they belong as of ``at``.

    The facts of the page's people are found in one statement.

    :raises NotFound: there is no such segment in this store.
    :raises Invalid: the cursor is not one of ours.
    """
    segment = _segment(segment_id)
    limit = max(1, min(limit, MAX_PAGE))
    rows = Membership.objects.filter(
        segment=segment_id, segment__archived_at__isnull=True
    ).order_by("-since", "-customer_id")
    if cursor:
        since, last = _read_cursor(cursor)
        rows = rows.filter(Q(since__lt=since) | Q(since=since, customer_id__lt=last))
    page = list(rows.values_list("customer_id", "since")[: limit + 1])
    more, page = len(page) > limit, page[:limit]
    members = tell_members(_condition(segment), dict(page), at=at)
    return MemberPage(members, _write_cursor(page[-1]) if more else "")


def tell_members(
    condition: Condition | None, since: Mapping[UUID, datetime], *, at: datetime
) -> tuple[MemberInfo, ...]:
    """Return people with their reasons, in the order given (two queries and those of the facts)."""
    people = customers.get_customers(since)
    decided = _decide(condition, list(since), at=at)
    return tuple(
        MemberInfo(
            customer_id=one,
            name=people[one].name if one in people else "",
            email=people[one].email if one in people else "",
            since=moment,
            reasons=decided[one].reasons if one in decided else (),
        )
        for one, moment in since.items()
    )


def explain_membership(segment_id: UUID, customer_id: UUID, *, at: datetime) -> MembershipAnswer:
    """Say whether a customer belongs to a segment, and by which facts as of ``at``.

    :raises NotFound: there is no such segment or customer in this store.
    """
    segment = _segment(segment_id)
    person = customers.get_customer(customer_id)
    since = (
        Membership.objects.filter(segment=segment_id, customer=customer_id)
        .values_list("since", flat=True)
        .first()
    )
    if segment.archived_at is not None:
        since = None
    decision, problem = None, ""
    if person.merged_into is None and person.erased_at is None:
        try:
            condition = read_condition(segment.condition)
            decision = _decide(condition, [customer_id], at=at).get(customer_id)
        except InvalidCondition as error:
            problem = error.message
    return MembershipAnswer(segment_id, customer_id, since is not None, since, decision, problem)


def list_spells(customer_id: UUID) -> list[SegmentSpell]:
    """List when a customer belonged to which segment, what is going on first, then the newest."""
    now = Membership.objects.filter(customer=customer_id, segment__archived_at__isnull=True)
    past = PastMembership.objects.filter(customer=customer_id)
    columns = ("segment_id", "segment__name", "since")
    found = [
        SegmentSpell(segment_id, name, since, None)
        for segment_id, name, since in now.order_by("-since").values_list(*columns)
    ]
    found += [
        SegmentSpell(segment_id, name, since, until)
        for segment_id, name, since, until in past.order_by("-until").values_list(*columns, "until")
    ]
    return found


def _segment(segment_id: UUID) -> Segment:
    row = Segment.objects.filter(id=segment_id).first()
    if row is None:
        raise NotFound("There is no such segment.")
    return row


def _condition(segment: Segment) -> Condition | None:
    try:
        return read_condition(segment.condition)
    except InvalidCondition:
        return None  # the segment's own page says what is wrong; its members are still shown


def _decide(condition: Condition | None, ids: list[UUID], *, at: datetime) -> dict[UUID, Decision]:
    if condition is None or not ids:
        return {}
    found = evaluate_many(condition, ids, at=at, zone=store_zone(), store_id=current_store_id())
    return name_in_decisions(condition, found)


def _write_cursor(last: tuple[UUID, datetime]) -> str:
    return base64.urlsafe_b64encode(f"{last[1].isoformat()}|{last[0]}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        since, _, last = base64.urlsafe_b64decode(cursor).decode().partition("|")
        return datetime.fromisoformat(since), UUID(last)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise Invalid("The page's address is damaged: start at the first page.") from None
