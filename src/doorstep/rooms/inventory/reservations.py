"""Reservations under their levels' locks: what causes hold, and giving it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.inventory.contracts import ReservationState
from doorstep.rooms.inventory.events import StockIncreased, stock_key
from doorstep.rooms.inventory.levels import change_levels


@dataclass(frozen=True, slots=True)
class Held:
    """Pieces of a cause at one level: active, or shipped already."""

    id: UUID
    cause: str
    subject: str
    level_id: UUID
    location_id: UUID
    variant_id: UUID
    quantity: int
    reserved_at: datetime
    state: str

    @property
    def is_active(self) -> bool:
        """Tell whether the pieces still lie on the shelf."""
        return self.state == ReservationState.ACTIVE


_HELD = """
    SELECT r.id, r.cause, r.subject, r.level_id, l.location_id, r.variant_id, r.quantity,
           r.reserved_at, r.state
    FROM inventory_reservation r JOIN inventory_stocklevel l ON l.id = r.level_id
    WHERE r.store_id = %s AND {where} ORDER BY r.id
"""


def held_by(causes: Iterable[str]) -> list[Held]:
    """List what causes hold, shipped pieces too. True only while the levels are locked."""
    return _held("r.cause = ANY(%s::text[]) AND r.state <> 'released'", causes)


def held_at(level_ids: Iterable[UUID]) -> list[Held]:
    """List the active reservations at levels. True only while the levels are locked."""
    return _held("r.level_id = ANY(%s::uuid[]) AND r.state = 'active'", level_ids)


def _held(where: str, wanted: Iterable[object]) -> list[Held]:
    values = list(wanted)
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_HELD.format(where=where), [current_store_id(), as_array(values)])
        return [Held(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class NewHold:
    """Pieces about to be held."""

    level_id: UUID
    variant_id: UUID
    cause: str
    subject: str
    quantity: int


def hold(news: Sequence[NewHold], *, at: datetime, by: Actor) -> None:
    """Write reservations and count them at their levels.

    A cause that holds pieces at a level already gets more on the same row.
    """
    if not news:
        return
    rows = [(new_id(), n.level_id, n.variant_id, n.cause, n.subject, n.quantity) for n in news]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_reservation AS r
                (id, store_id, level_id, variant_id, cause, subject, quantity, state,
                 reserved_at, by)
            SELECT id, %s, level_id, variant_id, cause, subject, quantity, 'active', %s, %s
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::int[])
                 AS t(id, level_id, variant_id, cause, subject, quantity)
            ON CONFLICT (store_id, cause, level_id) WHERE state = 'active'
            DO UPDATE SET quantity = r.quantity + excluded.quantity
            """,
            [current_store_id(), at, by.key, *as_columns(rows, 6)],
        )
    change_levels(_per_level((n.level_id, n.quantity) for n in news))


def give_back(
    held: Sequence[Held], pieces: Mapping[UUID, int], *, at: datetime
) -> dict[UUID, tuple[int, int]]:
    """Take pieces from active reservations; one that loses all is released.

    Does not touch the levels: returns what to change there.

    :param pieces: reservation → how many it gives back.
    """
    giving = [one for one in held if pieces.get(one.id)]
    if not giving:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_reservation AS r
            SET quantity = CASE WHEN t.pieces < r.quantity THEN r.quantity - t.pieces
                                ELSE r.quantity END,
                state = CASE WHEN t.pieces < r.quantity THEN r.state ELSE 'released' END,
                ended_at = CASE WHEN t.pieces < r.quantity THEN NULL ELSE %s END
            FROM unnest(%s::uuid[], %s::int[]) AS t(id, pieces)
            WHERE r.store_id = %s AND r.id = t.id
            """,
            [at, *as_columns([(one.id, pieces[one.id]) for one in giving], 2), current_store_id()],
        )
    return _per_level((one.level_id, -pieces[one.id]) for one in giving)


def free(held: Sequence[Held], pieces: Mapping[UUID, int], *, at: datetime, by: Actor) -> int:
    """Give pieces back to the pool and tell who waits for them; return how many."""
    changes = give_back(held, pieces, at=at)
    change_levels(changes)
    tell_increase({one.variant_id for one in held if pieces.get(one.id)}, at=at, by=by)
    return -sum(reserved for _, reserved in changes.values())


def tell_increase(variant_ids: Iterable[UUID], *, at: datetime, by: Actor) -> None:
    """Publish that more of these can be promised."""
    wanted = sorted(set(variant_ids))
    if wanted:
        publish(StockIncreased(wanted), key=stock_key(), at=at, by=by, subject="stock")


def _per_level(deltas: Iterable[tuple[UUID, int]]) -> dict[UUID, tuple[int, int]]:
    """Sum up changes of ``reserved`` in the shape ``change_levels`` takes."""
    total: dict[UUID, int] = {}
    for level_id, quantity in deltas:
        total[level_id] = total.get(level_id, 0) + quantity
    return {level_id: (0, quantity) for level_id, quantity in total.items()}
