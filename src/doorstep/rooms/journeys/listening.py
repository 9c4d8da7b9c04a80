"""What events do: let people in, end waits, end ways early, reach goals. In sets per journey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.columns import as_columns
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.events.registry import EventType, Recorded, all_events, handles
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged
from doorstep.rooms.journeys.enrolling import Entrant, enroll
from doorstep.rooms.journeys.events import GoalReached
from doorstep.rooms.journeys.merging import join_people
from doorstep.rooms.journeys.models import Enrollment
from doorstep.rooms.journeys.rules.definition import (
    EventTrigger,
    SegmentTrigger,
    WaitDelivery,
    WaitEvent,
)
from doorstep.rooms.journeys.rules.fitting import fits
from doorstep.rooms.journeys.stepping.delivery import arrival_of, delivery_moments
from doorstep.rooms.journeys.stepping.people import Person
from doorstep.rooms.journeys.versions import OpenVersion, open_versions
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking.events import DeliveryTakenBack, ParcelDelivered

NOT_NEWS = ("is_history", "is_backfill", "is_test")


@dataclass(frozen=True, slots=True)
class _Heard:
    """An event that names a customer."""

    recorded: Recorded
    customer_id: UUID
    order_id: UUID | None

    @property
    def is_news(self) -> bool:
        return not any(getattr(self.recorded.event, mark, False) for mark in NOT_NEWS)

    def fits(self, where: Mapping[str, Any]) -> bool:
        """Tell whether the event's fields are as asked."""
        event = self.recorded.event
        return fits(where, {name: getattr(event, name, None) for name in where})


def names_customer(event_type: EventType) -> bool:
    """Tell whether an event says which customer it is about."""
    return "customer_id" in {one.name for one in fields(event_type.cls)}


def names_order(event_type: EventType) -> bool:
    """Tell whether an event says which order it is about."""
    return "order_id" in {one.name for one in fields(event_type.cls)}


def listen() -> None:
    """Register the handler, once every room has registered its events."""
    own = "journeys."
    classes = [e.cls for e in all_events() if names_customer(e) and not e.name.startswith(own)]
    handles(*classes, CustomerErased, CustomersMerged, name="journeys.people")(hear)


def hear(events: Sequence[Recorded]) -> None:
    """Apply events of one store to its live journeys."""
    versions = open_versions(current_store_id())
    if not versions:
        _follow_customers(events)
        return
    at = now()
    heard = [
        _Heard(e, e.event.customer_id, getattr(e.event, "order_id", None))
        for e in events
        if getattr(e.event, "customer_id", None) is not None
    ]
    wanted = {v.id: v.definition.events() for v in versions}
    for version in versions:
        mine = [h for h in heard if h.recorded.name in wanted[version.id]]
        if mine:
            _exit(version, mine, at)
            _wake(version, mine, at)
            _reach_goal(version, mine, at)
        if version.is_live and _enter(version, heard, at) and mine:
            # Of two events in one set the first may let somebody in and the second end their way.
            _exit(version, mine, at)
            _reach_goal(version, mine, at)
        if version.definition.order_events_wake():
            _date_deliveries(version, heard, at)
    _follow_customers(events)


def _enter(version: OpenVersion, heard: Iterable[_Heard], at: datetime) -> int:
    trigger = version.definition.trigger
    if isinstance(trigger, EventTrigger):
        name, where = trigger.event, trigger.where
    elif isinstance(trigger, SegmentTrigger):
        name, where = f"audiences.segment_{trigger.on}", {"segment_id": trigger.segment}
    else:
        return 0
    entrants = [
        Entrant(
            h.customer_id,
            f"order:{h.order_id}"
            if version.definition.subject == "order"
            else f"event:{h.recorded.id}",
            h.order_id,
            _data(h),
            min(h.recorded.at, at),
        )
        for h in heard
        if h.recorded.name == name
        and h.is_news
        and h.fits(where)
        # What a journey does itself does not begin it again: that would go round without end.
        and h.recorded.by.key != version.actor.key
    ]
    return enroll(version, entrants, at=at)


def _data(heard: _Heard) -> dict[str, Any]:
    """Keep of an event what later steps look at."""
    event = heard.recorded.event
    found: dict[str, Any] = {}
    for name in ("parcel_id", "product_id"):
        value = getattr(event, name, None)
        if value is not None:
            found[name] = str(value)
    if products := getattr(event, "product_ids", None):
        found["product_ids"] = [str(one) for one in products]
    return found


_WAKE = """
    UPDATE journeys_enrollment AS e SET is_woken = true, due_at = %s
    FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS v(customer_id, order_id, at)
    WHERE e.store_id = %s AND e.version_id = %s AND e.step = %s AND e.status = 'active'
      AND e.waiting_for = 'event'
      AND NOT e.is_woken AND e.customer_id = v.customer_id AND e.step_since <= v.at
      AND (NOT %s OR v.order_id IS NULL OR e.order_id IS NULL OR e.order_id = v.order_id)
"""


# Who is being brought to a wait just now stands, for everybody else, still at the step before: the
# event would pass them by. Their rows are locked by the engine's claim, so this waits for it.
_HOLD = """
    SELECT FROM journeys_enrollment
    WHERE store_id = %s AND journey_id = %s AND {} = ANY(%s::uuid[]) AND ended_at IS NULL
    ORDER BY id FOR KEY SHARE
"""


def _hold(version: OpenVersion, column: str, ids: Iterable[UUID]) -> None:
    """Wait until nobody moves these people or orders; nobody does until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD.format(column), [version.store_id, version.journey_id, sorted(set(ids))]
        )


def _wake(version: OpenVersion, heard: Sequence[_Heard], at: datetime) -> None:
    """End waits for these events; what happened before the wait began does not count."""
    is_held = False
    for step in version.definition.steps.values():
        if not isinstance(step, WaitEvent):
            continue
        rows = [
            [h.customer_id, h.order_id, h.recorded.at]
            for h in heard
            if h.recorded.name == step.event and h.fits(step.where)
        ]
        if rows:
            if not is_held:
                _hold(version, "customer_id", (h.customer_id for h in heard))
                is_held = True
            with connection.cursor() as cursor:
                cursor.execute(
                    _WAKE,
                    [
                        at,
                        *as_columns(rows, 3),
                        version.store_id,
                        version.id,
                        step.id,
                        step.same_order,
                    ],
                )


_EXIT = """
    UPDATE journeys_enrollment AS e
    SET status = 'exited', ended_at = %s, exit_reason = %s, due_at = NULL, step = '',
        waiting_for = '', is_woken = false
    FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS v(customer_id, order_id, at)
    WHERE e.store_id = %s AND e.version_id = %s AND e.status IN ('active', 'parked') AND e.customer_id = v.customer_id
      AND e.entered_at < v.at  -- what lets somebody in does not end their way
      -- An order's own event ends the way of that order; a new order is nobody's in particular.
      AND (%s OR v.order_id IS NULL OR e.order_id IS NULL OR e.order_id = v.order_id)
"""


def _exit(version: OpenVersion, heard: Sequence[_Heard], at: datetime) -> None:
    for exit in version.definition.exits:
        rows = [
            [h.customer_id, h.order_id, h.recorded.at]
            for h in heard
            if exit.event and h.recorded.name == exit.event and h.fits(exit.where)
        ]
        _end(version, rows, exit.event, at)


def _end(version: OpenVersion, rows: list[list[Any]], event: str, at: datetime) -> None:
    if rows:
        with connection.cursor() as cursor:
            any_order = event == "orders.order_placed"
            cursor.execute(
                _EXIT, [at, event, *as_columns(rows, 3), version.store_id, version.id, any_order]
            )


_GOAL = """
    UPDATE journeys_enrollment AS e SET goal_at = v.at
    FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) AS v(customer_id, order_id, at)
    WHERE e.store_id = %s AND e.version_id = %s AND e.customer_id = v.customer_id AND e.goal_at IS NULL
      AND e.entered_at < v.at AND e.entered_at > v.at - make_interval(days => %s)
      -- The order somebody came in with is not the next one.
      AND (e.order_id IS NULL OR e.order_id IS DISTINCT FROM v.order_id OR NOT %s)
    RETURNING e.id, e.customer_id, e.is_holdout
"""


def _reach_goal(version: OpenVersion, heard: Sequence[_Heard], at: datetime) -> None:
    goal = version.definition.goal
    if goal is None:
        return
    mine = [h for h in heard if h.recorded.name == goal.event and h.fits(goal.where) and h.is_news]
    rows = [[h.customer_id, h.order_id, h.recorded.at] for h in mine]
    if not rows:
        return
    with connection.cursor() as cursor:
        is_order = goal.event == "orders.order_placed"
        cursor.execute(
            _GOAL,
            [
                *as_columns(rows, 3),
                version.store_id,
                version.id,
                goal.days,
                is_order,
            ],
        )
        reached = cursor.fetchall()
    by = Actor.system(f"journey:{version.journey_id}")
    publish_many(
        [
            EventDraft(
                GoalReached(version.journey_id, enrollment_id, customer_id, is_holdout),
                customer_id,
                at,
                by,
                f"customer:{customer_id}",
            )
            for enrollment_id, customer_id, is_holdout in reached
        ]
    )
    if goal.exits:
        _end(version, rows, goal.event, at)


_WAITING_FOR_DELIVERY = """
    SELECT e.id, e.customer_id, e.order_id, e.visit, e.entered_at, e.waiting_for, e.is_woken,
           e.failures, e.data ->> 'parcel_id', c.timezone, e.step, e.step_since
    FROM journeys_enrollment e JOIN customers_customer c ON c.id = e.customer_id
    WHERE e.store_id = %s AND e.order_id = ANY(%s::uuid[]) AND e.version_id = %s
      AND e.status = 'active' AND e.waiting_for = 'delivery'
    ORDER BY e.id FOR UPDATE OF e
"""
_DATE = """
    UPDATE journeys_enrollment AS e SET due_at = v.due_at, is_woken = v.is_woken
    FROM unnest(%s::uuid[], %s::timestamptz[], %s::bool[]) AS v(id, due_at, is_woken)
    WHERE e.id = v.id
"""


def _date_deliveries(version: OpenVersion, heard: Sequence[_Heard], at: datetime) -> None:
    """Move waits for deliveries that just happened, or turned out not to have happened."""
    orders = {
        h.order_id
        for h in heard
        if h.order_id and isinstance(h.recorded.event, ParcelDelivered | DeliveryTakenBack)
    }
    if not orders:
        return
    _hold(version, "order_id", orders)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING_FOR_DELIVERY, [current_store_id(), sorted(orders), version.id])
        rows = cursor.fetchall()
    people = [Person(*(*row[:8], {"parcel_id": row[8]} if row[8] else {}, row[9])) for row in rows]
    delivered = delivery_moments(people)
    zone = ZoneInfo(stores.get_store().timezone)
    moved = []
    for person, row in zip(people, rows, strict=True):
        step = version.definition.step(row[10])
        if not isinstance(step, WaitDelivery):
            continue
        arrival = arrival_of(
            step, delivered.get(person.id), person.timezone, zone=zone, since=row[11], at=at
        )
        moved.append([person.id, arrival.due_at, arrival.is_woken])
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(_DATE, as_columns(moved, 3))


def _follow_customers(events: Sequence[Recorded]) -> None:
    """End the ways of the erased; who was merged goes on as the survivor, once."""
    for recorded in events:
        if isinstance(recorded.event, CustomerErased):
            inside = Enrollment.objects.filter(
                customer_id__in=recorded.event.customer_ids, ended_at__isnull=True
            )
            inside.update(
                status="exited", ended_at=recorded.at, exit_reason="erased", due_at=None, step="",
                waiting_for="", is_woken=False, problem="",
            )  # fmt: skip
            Enrollment.objects.filter(customer_id__in=recorded.event.customer_ids).update(data={})
        elif isinstance(recorded.event, CustomersMerged):
            merged = recorded.event
            join_people(merged.survivor_id, merged.absorbed_id, at=recorded.at)
