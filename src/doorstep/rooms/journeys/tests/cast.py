"""A small world for journeys: people, a definition to change, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.enrolling import Entrant, enroll
from doorstep.rooms.journeys.stepping.run import advance_due
from doorstep.rooms.journeys.versions import OpenVersion, open_versions

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday
INES = Actor("user", "1", "Ines", role="owner")
DAY = timedelta(days=1)


def people(count: int, **fields: Any) -> list[UUID]:
    """Make customers, all of whom can be written to."""
    rows = [
        Customer(
            id=new_id(),
            store_id=current_store_id(),
            name=f"Shopper {nth}",
            email=f"shopper{nth}-{new_id().hex[-8:]}@example.com",
            created_at=AT,
            first_seen_at=AT,
            last_seen_at=AT,
            **fields,
        )
        for nth in range(count)
    ]
    Customer.objects.bulk_create(rows)
    return [row.id for row in rows]


def definition(steps: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a definition with these steps; the first of them is the first."""
    return {
        "format": 1,
        "name": "A journey",
        "subject": "customer",
        "trigger": {"type": "event", "event": "orders.order_placed"},
        "reentry": {"mode": "never"},
        "first": next(iter(steps), None),
        "steps": dict(steps),
        **changes,
    }


MESSAGE = {"type": "message", "template": "thank_you", "purpose": "service", "next": None}
WAIT = {"type": "wait", "for": {"days": 3}, "next": None}


def live(steps: Mapping[str, Any], *, at: datetime = AT, **changes: Any) -> OpenVersion:
    """Publish a journey and return its version."""
    journey_id = api.create_journey(name="A journey", by=INES, at=at)
    revision = api.save_draft(
        journey_id=journey_id, definition=definition(steps, **changes), revision=1, by=INES, at=at
    )
    published = api.publish_journey(journey_id=journey_id, revision=revision, by=INES, at=at)
    return next(v for v in open_versions(current_store_id()) if v.id == published.id)


def let_in(version: OpenVersion, ids: list[UUID], *, at: datetime = AT, key: str = "k") -> int:
    """Enroll people as a trigger would."""
    return enroll(version, [Entrant(one, key) for one in ids], at=at)


def run_until_idle(at: datetime) -> int:
    """Work off everything that is due at an instant."""
    total = 0
    while done := advance_due(at=at):
        total += done
    return total
