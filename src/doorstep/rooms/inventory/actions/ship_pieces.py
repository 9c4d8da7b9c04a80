"""Take shipped pieces off the shelves, part of what a cause holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.inventory import levels
from doorstep.rooms.inventory.actions.reserve import lock_active, shipped_movements
from doorstep.rooms.inventory.contracts import ShippedPieces
from doorstep.rooms.inventory.reservations import Held


def consume_pieces(shipped: Sequence[ShippedPieces], *, at: datetime, by: Actor) -> int:
    """Take these pieces off the shelves; return how many were held and are gone now.

    Pieces are taken where they were shipped from, then wherever the cause still holds some.
    What the cause does not hold (untracked, never reserved) takes nothing: a shelf is not made
    to lie because a parcel left.
    """
    with transaction.atomic():
        held = lock_active([one.cause for one in shipped])
        taken = _choose(shipped, held)
        if not taken:
            return 0
        _split(taken, at=at, by=by)
        on_hand = {one.id: one.on_hand for one in levels.lock_levels(h.level_id for h, _ in taken)}
        gone = [replace(one, quantity=pieces) for one, pieces in taken]
        levels.record_movements(shipped_movements(gone, on_hand), by=by, at=at)
        total: dict[UUID, int] = {}
        for one in gone:
            total[one.level_id] = total.get(one.level_id, 0) - one.quantity
        levels.change_levels({key: (less, less) for key, less in total.items()})
        return sum(one.quantity for one in gone)


def _choose(shipped: Sequence[ShippedPieces], held: Sequence[Held]) -> list[tuple[Held, int]]:
    """Return from which reservations how many pieces are taken."""
    left = {one.id: one.quantity for one in held}
    taken: dict[UUID, int] = {}
    for want in shipped:
        missing = want.quantity
        mine = [one for one in held if one.cause == want.cause]
        for one in sorted(mine, key=lambda each: each.location_id != want.location_id):
            pieces = min(missing, left[one.id])
            if pieces > 0:
                left[one.id] -= pieces
                missing -= pieces
                taken[one.id] = taken.get(one.id, 0) + pieces
    return [(one, taken[one.id]) for one in held if taken.get(one.id)]


def _split(taken: Sequence[tuple[Held, int]], *, at: datetime, by: Actor) -> None:
    """Let reservations that are shipped in part keep the rest, beside a consumed part."""
    store_id = current_store_id()
    rows = [(one.id, pieces, new_id()) for one, pieces in taken]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_reservation
                (id, store_id, level_id, variant_id, cause, subject, quantity, state,
                 reserved_at, ended_at, by)
            SELECT t.part, r.store_id, r.level_id, r.variant_id, r.cause, r.subject, t.pieces,
                   'consumed', r.reserved_at, greatest(%s, r.reserved_at), %s
            FROM unnest(%s::uuid[], %s::int[], %s::uuid[]) AS t(id, pieces, part)
            JOIN inventory_reservation r ON r.id = t.id
            WHERE r.store_id = %s AND t.pieces < r.quantity
            """,
            [at, by.key, *as_columns(rows, 3), store_id],
        )
        cursor.execute(
            """
            UPDATE inventory_reservation AS r
            SET quantity = CASE WHEN t.pieces < r.quantity THEN r.quantity - t.pieces
                                ELSE r.quantity END,
                state = CASE WHEN t.pieces < r.quantity THEN r.state ELSE 'consumed' END,
                ended_at = CASE WHEN t.pieces < r.quantity THEN NULL ELSE %s END
            FROM unnest(%s::uuid[], %s::int[], %s::uuid[]) AS t(id, pieces, part)
            WHERE r.store_id = %s AND r.id = t.id
            """,
            [at, *as_columns(rows, 3), store_id],
        )
