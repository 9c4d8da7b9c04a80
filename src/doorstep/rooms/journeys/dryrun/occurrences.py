"""What happened in a past span that a journey would have heard of, from the tables themselves.

Imported history never was an event, so orders and deliveries are read where they are kept; every
other event is read from the log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.conditions.api import compile_sql, parse
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys.dates.sources import find_source
from doorstep.rooms.journeys.rules.definition import (
    DateTrigger,
    Definition,
    EventTrigger,
    SegmentTrigger,
)
from doorstep.rooms.journeys.rules.fitting import fits
from doorstep.rooms.journeys.rules.waiting import at_clock
from doorstep.rooms.orders import api as orders
from doorstep.rooms.stores import api as stores
from doorstep.rooms.tracking import api as tracking


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened to a customer, at an instant."""

    customer_id: UUID
    at: datetime
    key: str
    order_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


class Past:
    """The past of one store within a span; each kind of event is read once."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self.since, self.until = since, until
        self.store = stores.get_store()
        self.zone = ZoneInfo(self.store.timezone)
        self._events: dict[str, list[Occurrence]] = {}
        self._moments: dict[str, dict[UUID, list[tuple[datetime, UUID | None]]]] = {}

    def entries(self, definition: Definition) -> list[Occurrence]:
        """Return who would have been let in by the trigger, oldest first, before any filter."""
        trigger = definition.trigger
        match trigger:
            case EventTrigger():
                if not trigger.where:
                    return self.events(trigger.event)
                # Only the log has an event's fields: what was imported can't be asked about them.
                return [o for o in self._logged(trigger.event) if fits(trigger.where, o.data)]
            case DateTrigger():
                return list(self._dates(trigger))
            case SegmentTrigger():
                return list(self._segment(trigger))

    def events(self, name: str) -> list[Occurrence]:
        """Return the span's events of one name, oldest first."""
        if name not in self._events:
            self._events[name] = list(self._read(name))
        return self._events[name]

    def first_after(
        self, name: str, customer_id: UUID, after: datetime, until: datetime,
        *, order_id: UUID | None = None, other_order: UUID | None = None,
    ) -> datetime | None:  # fmt: skip
        """Return when an event of this name first named the customer after one instant, up to
        another.

        :param order_id: only about this order; ``other_order``: about any but this one.
        """
        if name not in self._moments:
            index: dict[UUID, list[tuple[datetime, UUID | None]]] = {}
            for one in self.events(name):
                index.setdefault(one.customer_id, []).append((one.at, one.order_id))
            self._moments[name] = index
        for at, about in self._moments[name].get(customer_id, ()):
            if at <= after:
                continue
            if at > until:
                return None
            if order_id is not None and about is not None and about != order_id:
                continue
            if other_order is not None and about == other_order:
                continue
            return at
        return None

    def _read(self, name: str) -> Iterator[Occurrence]:
        if name == "orders.order_placed":
            for order_id, customer_id, at in orders.list_placed(self.since, self.until):
                yield Occurrence(customer_id, at, f"order:{order_id}", order_id)
        elif name == "tracking.parcel_delivered":
            for order, customer, parcel, at in tracking.list_delivered(self.since, self.until):
                data = {"parcel_id": str(parcel)} if parcel else {}
                yield Occurrence(customer, at, f"order:{order}", order, data)
        else:
            yield from self._logged(name)

    def _logged(self, name: str) -> Iterator[Occurrence]:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT position, at, payload ->> 'customer_id', payload ->> 'order_id', payload::text
                FROM kernel_event
                WHERE store_id = %s AND name = %s AND at >= %s AND at < %s
                  AND payload ->> 'customer_id' IS NOT NULL
                ORDER BY at, position
                """,
                [current_store_id(), name, self.since, self.until],
            )
            rows: Iterable[Any] = cursor.fetchall()

        for position, at, customer, order, payload in rows:
            yield Occurrence(
                UUID(customer), at, f"event:{position}", UUID(order) if order else None,
                json.loads(payload),
            )  # fmt: skip

    def _dates(self, trigger: DateTrigger) -> Iterator[Occurrence]:
        source = find_source(trigger.source)
        if source is None:
            return
        day, last = self.since.astimezone(self.zone).date(), self.until.astimezone(self.zone).date()
        while day <= last:
            at = at_clock(day, trigger.at, self.zone)
            if self.since <= at < self.until:
                for some in source.find(
                    self.store, day + timedelta(days=trigger.days_before), at=at
                ):
                    for one in some:
                        yield Occurrence(one.customer_id, at, one.key, one.order_id, one.data)
            day += timedelta(days=1)

    def _segment(self, trigger: SegmentTrigger) -> Iterator[Occurrence]:
        """Compare the segment's members of each day with those of the day before."""
        segment = audiences.get_segment(UUID(trigger.segment))
        condition = parse(segment.condition, "customer")
        before = self._members(condition, self.since)
        at = self.since + timedelta(days=1)
        while at < self.until:
            now = self._members(condition, at)
            changed = now - before if trigger.on == "entered" else before - now
            for customer_id in sorted(changed):
                yield Occurrence(customer_id, at, f"{at.isoformat()}")
            before, at = now, at + timedelta(days=1)

    def _members(self, condition: Any, at: datetime) -> set[UUID]:
        compiled = compile_sql(condition, at=at, zone=self.zone, store_id=current_store_id())
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.params)
            return {row[0] for row in cursor.fetchall()}
