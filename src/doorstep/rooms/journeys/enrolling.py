"""Let people into a journey, in sets: the filter, who may come (again), and the first step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.row_sets import dump_json
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.journeys.matching import matching
from doorstep.rooms.journeys.models.sets import count_passages
from doorstep.rooms.journeys.rules.chance import is_held_out
from doorstep.rooms.journeys.rules.definition import DateTrigger, WaitFor
from doorstep.rooms.journeys.rules.waiting import after
from doorstep.rooms.journeys.versions import OpenVersion
from doorstep.rooms.stores import api as stores


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody who may enter.

    :param key: what makes this entry once: the event's id, the order, the year of a birthday.
    :param data: what later steps look at: ``parcel_id``, ``product_id``.
    :param at: when it happened, where that was before it was heard of: waits count from then.
    """

    customer_id: UUID
    key: str
    order_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


_ENTER = """
    INSERT INTO journeys_enrollment
        (id, store_id, journey_id, version_id, customer_id, order_id, is_per_order, entry_key, status, step,
         visit, due_at, waiting_for, is_woken, step_since, entered_at, ended_at, exit_reason,
         is_holdout, failures, problem, data)
    SELECT v.id, %(store)s, %(journey)s, %(version)s, v.customer_id, v.order_id, %(per_order)s, v.entry_key,
           CASE WHEN v.is_holdout THEN 'completed' ELSE 'active' END,
           CASE WHEN v.is_holdout THEN '' ELSE %(step)s END, 0,
           CASE WHEN v.is_holdout THEN NULL ELSE v.due_at END,
           CASE WHEN v.is_holdout THEN '' ELSE %(waiting_for)s END, false, v.at, v.at,
           CASE WHEN v.is_holdout THEN v.at END,
           CASE WHEN v.is_holdout THEN 'held_out' ELSE '' END, v.is_holdout, 0, '', v.data::jsonb
    FROM unnest(%(ids)s::uuid[], %(customers)s::uuid[], %(orders)s::uuid[], %(keys)s::text[],
                %(holdouts)s::bool[], %(data)s::text[], %(moments)s::timestamptz[],
                %(dues)s::timestamptz[])
        AS v(id, customer_id, order_id, entry_key, is_holdout, data, at, due_at)
    JOIN customers_customer c ON c.id = v.customer_id AND c.store_id = %(store)s
        AND c.erased_at IS NULL AND c.merged_into_id IS NULL
    WHERE NOT EXISTS (
        SELECT 1 FROM journeys_enrollment e
        WHERE e.journey_id = %(journey)s AND e.customer_id = v.customer_id
          AND (NOT %(per_order)s AND e.ended_at IS NULL
               OR e.entered_at > %(since)s
               OR %(order_once)s AND e.order_id = v.order_id)
    )
    ON CONFLICT DO NOTHING
    RETURNING is_holdout
"""


def enroll(version: OpenVersion, entrants: Sequence[Entrant], *, at: datetime) -> int:
    """Let in those who pass the filter and may come (again); return how many entered.

    Needs the store's scope and joins the caller's transaction. Four statements at most for any
    number of people.
    """
    definition = version.definition
    if definition.problems or not entrants:
        return 0  # a filter that can't be read lets nobody in
    zone = ZoneInfo(stores.get_store().timezone)
    passing = _passing(version, entrants, zone, at)
    if not passing:
        return 0
    step = definition.step(definition.first)
    begins = {e.at or at for e in passing}
    # A first step that only lets time pass is begun right here.
    dues = {
        begin: after(begin, step.count, step.unit, zone) if isinstance(step, WaitFor) else at
        for begin in begins
    }
    rows = [
        [
            new_id(), e.customer_id, e.order_id, e.key,
            is_held_out(version.journey_id, e.customer_id, definition.holdout_percent),
            dump_json(dict(e.data)), e.at or at, dues[e.at or at],
        ]
        for e in passing
    ]  # fmt: skip
    ids, customers, orders, keys, holdouts, data, moments, ends = as_columns(rows, 8)
    with connection.cursor() as cursor:
        cursor.execute(
            _ENTER,
            {
                "store": current_store_id(),
                "journey": version.journey_id,
                "version": version.id,
                "per_order": definition.subject == "order",
                # An order has several dates: each of its products runs out on a day of its own.
                "order_once": definition.subject == "order"
                and not isinstance(definition.trigger, DateTrigger),
                "step": definition.first or "",
                "waiting_for": "" if isinstance(step, WaitFor) else "arrival",
                "since": _since(version, at),
                "ids": ids,
                "customers": customers,
                "orders": orders,
                "keys": keys,
                "holdouts": holdouts,
                "data": data,
                "moments": moments,
                "dues": ends,
            },
        )
        held_out = [row[0] for row in cursor.fetchall()]
    counts = {
        ("", "entered"): held_out.count(False),
        ("", "held_out"): held_out.count(True),
    }
    count_passages(
        current_store_id(),
        version.id,
        {key: n for key, n in counts.items() if n},
        day=at.astimezone(zone).date(),
    )
    return len(held_out)


def _since(version: OpenVersion, at: datetime) -> datetime:
    """Return since when an earlier entry keeps somebody out."""
    reentry = version.definition.reentry
    if reentry.mode == "never":
        return datetime.min.replace(year=1900, tzinfo=at.tzinfo)
    if reentry.mode == "after":
        return at - timedelta(days=reentry.days)
    return at + timedelta(days=36_500)


def _passing(
    version: OpenVersion, entrants: Sequence[Entrant], zone: ZoneInfo, at: datetime
) -> Sequence[Entrant]:
    """Keep whom the filters describe, and of several entries of one person the first."""
    definition = version.definition
    if definition.subject == "order":
        entrants = [e for e in entrants if e.order_id is not None]
    if definition.filter is not None:
        ids = list({e.customer_id for e in entrants})
        found = matching(definition.filter, ids, at=at, zone=zone)
        entrants = [e for e in entrants if e.customer_id in found]
    if definition.order_filter is not None:
        order_ids = list({e.order_id for e in entrants if e.order_id})
        found = matching(definition.order_filter, order_ids, at=at, zone=zone)
        entrants = [e for e in entrants if e.order_id in found]
    if definition.reentry.mode == "always" and definition.subject == "order":
        return entrants
    # Within one statement nobody sees the other rows of it: one entry per person a set.
    first: dict[UUID, Entrant] = {}
    for entrant in entrants:
        first.setdefault(entrant.customer_id, entrant)
    return list(first.values())
