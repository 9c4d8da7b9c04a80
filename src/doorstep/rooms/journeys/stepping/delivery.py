"""When what somebody's way is about arrived: asked for a set at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.rooms.journeys.rules.definition import WaitDelivery
from doorstep.rooms.journeys.rules.waiting import days_after, zone_named
from doorstep.rooms.journeys.stepping.people import Arrival, Person
from doorstep.rooms.tracking import api as tracking


def arrive_at_delivery(
    step: WaitDelivery, people: Sequence[Person], *, zone: ZoneInfo, at: datetime
) -> list[Arrival]:
    """Return when each person's wait ends, as far as is known now.

    Delivered already: so many days after it. Not yet: the day of giving up, and the delivery's
    event moves it.
    """
    delivered = delivery_moments(people)
    return [
        arrival_of(step, delivered.get(p.id), p.timezone, zone=zone, since=at, at=at)
        for p in people
    ]


def arrival_of(
    step: WaitDelivery,
    delivered_at: datetime | None,
    timezone: str,
    *,
    zone: ZoneInfo,
    since: datetime,
    at: datetime,
) -> Arrival:
    """Return one person's wait: its end when delivered, else the day of giving up."""
    if delivered_at is None:
        give_up = since + timedelta(days=step.give_up_days)
        return Arrival(max(give_up, at), "delivery")
    theirs = zone_named(timezone, zone.key)
    due = days_after(delivered_at, step.days, step.at, theirs)
    return Arrival(max(due, at), "delivery", is_woken=True)


def delivery_moments(people: Sequence[Person]) -> dict[UUID, datetime]:
    """Return when each person's parcel, or whole order, was delivered; who still waits is absent."""
    order_ids = {p.order_id for p in people if p.order_id}
    if not order_ids:
        return {}
    by_order = tracking.list_deliveries(order_ids)
    found = {}
    for person in people:
        if person.order_id is None:
            continue
        parcels = by_order.get(person.order_id, [])
        wanted = person.data.get("parcel_id")
        moments = [moment for parcel_id, moment in parcels if str(parcel_id) == wanted]
        moments = moments or [moment for _, moment in parcels]
        if moments and all(moments):
            found[person.id] = max(m for m in moments if m is not None)
    return found
