"""Put pieces back on the shelf that had left it: returned, and as good as new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import levels, reservations
from doorstep.rooms.inventory.actions.count_stock import open_levels
from doorstep.rooms.inventory.contracts import MovementReason
from doorstep.rooms.inventory.levels import Movement


@dataclass(frozen=True, slots=True)
class PieceBack:
    """One piece that goes back to a shelf; ``cause`` names it ("return_piece:<uuid>")."""

    variant_id: UUID
    location_id: UUID
    cause: str
    note: str = ""


def put_back(pieces: Sequence[PieceBack], *, at: datetime, by: Actor) -> int:
    """Put pieces on their shelves, one movement each; return how many were counted.

    Variants whose stock is not counted are passed over. In the caller's transaction, a constant
    number of queries; that a piece is put back once is for the caller to hold by its own row.

    :raises Invalid: a variant or a location that is not of this store.
    """
    tracked = catalog.find_tracked({one.variant_id for one in pieces})
    counted = [one for one in pieces if one.variant_id in tracked]
    if not counted:
        return 0
    with transaction.atomic():
        locked = open_levels([(one.variant_id, one.location_id) for one in counted], at=at)
        on_hand = {level.id: level.on_hand for level in locked.values()}
        movements = []
        for one in counted:
            level = locked[one.variant_id, one.location_id]
            on_hand[level.id] += 1
            movements.append(
                Movement(
                    level.id,
                    1,
                    on_hand[level.id],
                    MovementReason.RETURNED.value,
                    one.note,
                    cause=one.cause,
                )
            )
        levels.change_levels(
            {
                level.id: (on_hand[level.id] - level.on_hand, 0)
                for level in locked.values()
                if on_hand[level.id] != level.on_hand
            }
        )
        levels.record_movements(movements, by=by, at=at)
        reservations.tell_increase({one.variant_id for one in counted}, at=at, by=by)
    return len(counted)
