"""Shelves under lock: the statements that reserving, shipping and counting share.

Everybody locks levels before touching reservations, and in the order of the levels' ids; so
transactions wait for each other, never in a circle, and what is read after locking holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.inventory.models import SafetyStock
from doorstep.rooms.inventory.rules.allocation import SafetyRules


@dataclass(frozen=True, slots=True)
class LockedLevel:
    """A level as it is while this transaction holds it."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    on_hand: int
    reserved: int
    priority: int
    sales_channel: str
    is_active: bool


_LOCK = """
    SELECT l.id, l.variant_id, l.location_id, l.on_hand, l.reserved,
           p.priority, p.sales_channel, p.is_active
    FROM inventory_stocklevel l JOIN inventory_location p ON p.id = l.location_id
    WHERE l.store_id = %s AND {column} = ANY(%s::uuid[])
    ORDER BY l.id FOR NO KEY UPDATE OF l
"""


def lock_levels_of(variant_ids: Iterable[UUID]) -> list[LockedLevel]:
    """Lock all levels of the variants."""
    return _lock("l.variant_id", variant_ids)


def lock_levels(level_ids: Iterable[UUID]) -> list[LockedLevel]:
    """Lock these levels."""
    return _lock("l.id", level_ids)


def _lock(column: str, ids: Iterable[UUID]) -> list[LockedLevel]:
    wanted = sorted(set(ids))
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format(column=column), [current_store_id(), as_array(wanted)])
        return [LockedLevel(*row) for row in cursor.fetchall()]


def change_levels(changes: Mapping[UUID, tuple[int, int]]) -> None:
    """Add to ``on_hand`` and ``reserved`` of locked levels: level → (on_hand, reserved)."""
    rows = [(key, *deltas) for key, deltas in sorted(changes.items()) if any(deltas)]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_stocklevel AS l
            SET on_hand = l.on_hand + t.on_hand, reserved = l.reserved + t.reserved
            FROM unnest(%s::uuid[], %s::int[], %s::int[]) AS t(id, on_hand, reserved)
            WHERE l.store_id = %s AND l.id = t.id
            """,
            [*as_columns(rows, len(rows[0])), current_store_id()],
        )


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of ``on_hand`` for the ledger."""

    level_id: UUID
    delta: int
    on_hand_after: int
    reason: str
    note: str = ""
    cause: str = ""


def record_movements(movements: Sequence[Movement], *, by: Actor, at: datetime) -> None:
    """Write the ledger of the shelves."""
    if not movements:
        return
    rows = [
        (new_id(), m.level_id, m.delta, m.on_hand_after, m.reason, m.note, m.cause)
        for m in movements
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_stockmovement
                (id, store_id, level_id, delta, on_hand_after, reason, note, cause,
                 at, by, by_label)
            SELECT id, %s, level_id, delta, on_hand_after, reason, note, cause, %s, %s, %s
            FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::text[], %s::text[],
                        %s::text[])
                 AS t(id, level_id, delta, on_hand_after, reason, note, cause)
            """,
            [current_store_id(), at, by.key, by.label, *as_columns(rows, len(rows[0]))],
        )


def safety_rules() -> SafetyRules:
    """Return the store's safety stock; few rows, so all of them."""
    rows = SafetyStock.objects.values_list("variant_id", "sales_channel", "quantity")
    return SafetyRules({(variant, channel): quantity for variant, channel, quantity in rows})
