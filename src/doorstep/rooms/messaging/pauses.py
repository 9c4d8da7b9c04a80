"""Reading pauses: in sets for the gate and the sender, one customer at a time for pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.messaging.contracts import PauseView
from doorstep.rooms.messaging.models import Pause
from doorstep.rooms.messaging.rules.pauses import PauseFact, say_pause
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

_IN_FORCE = """
    SELECT customer_id, reason, about, until FROM messaging_pause
    WHERE store_id = %s AND customer_id = ANY(%s::uuid[]) AND lifted_at IS NULL AND until > %s
    ORDER BY id
"""
# FOR SHARE: many may hold a pause at once, but nobody lifts it meanwhile.
_HELD = f"{_IN_FORCE} FOR SHARE"
SHOWN = 100


def pauses_in_force(
    customer_ids: Iterable[UUID], store: StoreInfo, *, at: datetime, hold: bool = False
) -> Iterator[tuple[UUID, PauseFact]]:
    """Yield the pauses in force, each with its customer (one query).

    :param hold: keep them from being lifted until the caller's transaction ends.
    """
    zone = ZoneInfo(store.timezone)
    for customer_id, reason, about, until in _rows(customer_ids, at, hold):
        yield customer_id, PauseFact(reason, about, until, until.astimezone(zone).date())


def paused_customers(customer_ids: Iterable[UUID], *, at: datetime) -> set[UUID]:
    """Return who of them is paused, and keep it so until the caller's transaction ends."""
    return {row[0] for row in _rows(customer_ids, at, hold=True)}


def _rows(
    customer_ids: Iterable[UUID], at: datetime, hold: bool
) -> list[tuple[UUID, str, str, datetime]]:
    with connection.cursor() as cursor:
        statement = _HELD if hold else _IN_FORCE
        cursor.execute(statement, [current_store_id(), as_array(customer_ids), at])
        return cursor.fetchall()


def list_pauses(*, customer_id: UUID, at: datetime, limit: int | None = SHOWN) -> list[PauseView]:
    """List a customer's pauses, also those that are over, newest first.

    :param limit: at most so many; None for all.
    """
    zone = ZoneInfo(stores.get_store().timezone)
    rows = Pause.objects.filter(customer_id=customer_id).order_by("-since", "-id")
    return [_view(row, zone, at) for row in rows[:limit]]


def count_pauses(*, at: datetime) -> dict[str, int]:
    """Count the store's pauses in force, by reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT reason, count(*) FROM messaging_pause
            WHERE store_id = %s AND lifted_at IS NULL AND until > %s GROUP BY reason
            """,
            [current_store_id(), at],
        )
        return dict(cursor.fetchall())


def _view(row: Pause, zone: ZoneInfo, at: datetime) -> PauseView:
    fact = PauseFact(row.reason, row.about, row.until, row.until.astimezone(zone).date())
    return PauseView(
        id=row.id,
        customer_id=row.customer_id,
        cause=row.cause,
        reason=row.reason,
        words=say_pause(fact),
        subject=row.subject_ref,
        since=row.since,
        until=row.until,
        lifted_at=row.lifted_at,
        is_active=row.lifted_at is None and row.until > at,
    )
