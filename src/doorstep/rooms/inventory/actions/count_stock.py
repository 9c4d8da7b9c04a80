"""Change the number on a shelf: by hand, from a platform, from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_columns
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import levels, reservations
from doorstep.rooms.inventory.contracts import LevelInfo, MovementReason, StockCount
from doorstep.rooms.inventory.events import ReservationsLost, stock_key
from doorstep.rooms.inventory.levels import LockedLevel, Movement
from doorstep.rooms.inventory.models import Location
from doorstep.rooms.inventory.reservations import Held
from doorstep.rooms.inventory.rules.displacing import Held as Displaceable
from doorstep.rooms.inventory.rules.displacing import displace

_MOST = 2_000_000_000  # what an integer column holds, rounded
Place = tuple[UUID, UUID]  # variant, location


@dataclass(frozen=True, slots=True)
class Counted:
    """What counting did to one level."""

    level: LockedLevel  # as it was
    on_hand: int  # as it is


def set_stock(
    counts: Sequence[StockCount],
    *,
    reason: MovementReason,
    at: datetime,
    by: Actor,
    note: str = "",
) -> int:
    """Set what lies on shelves (physically, reserved pieces included); return how many changed.

    Variants become tracked by it. Where fewer are left than were reserved, the newest
    reservations lose their pieces and ``ReservationsLost`` says so: the truth of the shelf is
    recorded, and what the older ones hold really exists.

    :raises Invalid: a negative number, one shelf twice, or a place unknown in this store.
    """
    wanted = {(count.variant_id, count.location_id): count.on_hand for count in counts}
    if len(wanted) < len(counts):
        raise Invalid("One shelf was counted twice.", field="location_id")
    if any(not 0 <= on_hand <= _MOST for on_hand in wanted.values()):
        raise Invalid("A number of pieces is between 0 and two billion.", field="on_hand")
    with transaction.atomic():
        locked = open_levels(wanted, at=at)
        changed = [
            Counted(level, wanted[place])
            for place, level in locked.items()
            if level.on_hand != wanted[place]
        ]
        _write(changed, reason=reason, note=note, at=at, by=by)
        return len(changed)


def open_levels(places: Iterable[Place], *, at: datetime) -> dict[Place, LockedLevel]:
    """Lock the levels of the places, made where missing; the variants become tracked."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    variants = sorted({variant for variant, _ in wanted})
    _check_places(variants, {location for _, location in wanted})
    catalog.track_variants(variants, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO inventory_stocklevel
                (id, store_id, variant_id, location_id, on_hand, reserved)
            SELECT id, %s, variant_id, location_id, 0, 0
            FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[])
                 WITH ORDINALITY AS t(id, variant_id, location_id, nth)
            ORDER BY nth
            ON CONFLICT (store_id, variant_id, location_id) DO NOTHING
            """,
            [current_store_id(), *as_columns([(new_id(), *place) for place in wanted], 3)],
        )
    locked = {(one.variant_id, one.location_id): one for one in levels.lock_levels_of(variants)}
    return {place: locked[place] for place in wanted}


def _check_places(variants: Sequence[UUID], locations: set[UUID]) -> None:
    unknown = set(variants) - catalog.get_variants(variants).keys()
    if unknown:
        raise Invalid("There is no such variant.", field="variant_id")
    if Location.objects.filter(id__in=locations).count() < len(locations):
        raise Invalid("There is no such location.", field="location_id")


def _write(
    changed: Sequence[Counted], *, reason: MovementReason, note: str, at: datetime, by: Actor
) -> None:
    """Write new numbers, the ledger and, where too few are left, what reservations lose."""
    lost = _displace(changed, at=at, by=by)
    levels.change_levels(
        {
            one.level.id: (one.on_hand - one.level.on_hand, lost.get(one.level.id, (0, 0))[1])
            for one in changed
        }
    )
    levels.record_movements(
        [
            Movement(one.level.id, one.on_hand - one.level.on_hand, one.on_hand, reason.value, note)
            for one in changed
        ],
        by=by,
        at=at,
    )
    more = {one.level.variant_id for one in changed if one.on_hand > one.level.on_hand}
    reservations.tell_increase(more, at=at, by=by)


def _displace(
    changed: Sequence[Counted], *, at: datetime, by: Actor
) -> Mapping[UUID, tuple[int, int]]:
    short = {
        one.level.id: one.level.reserved - one.on_hand
        for one in changed
        if one.on_hand < one.level.reserved
    }
    held = reservations.held_at(short)
    pieces: dict[UUID, int] = {}
    for level_id, missing in short.items():
        here = [one for one in held if one.level_id == level_id]
        pieces |= displace([Displaceable(o.id, o.quantity, o.reserved_at) for o in here], missing)
    _tell_lost([one for one in held if one.id in pieces], at=at, by=by)
    return reservations.give_back(held, pieces, at=at)


def _tell_lost(losers: Sequence[Held], *, at: datetime, by: Actor) -> None:
    if not losers:
        return
    subjects = {one.cause: one.subject for one in losers}
    event = ReservationsLost(
        list(subjects), list(subjects.values()), sorted({one.variant_id for one in losers})
    )
    publish(event, key=stock_key(), at=at, by=by, subject="stock")


@action("inventory.adjust_stock", permission="inventory.adjust", summary="Correct stock by hand")
def adjust_stock(
    *,
    variant_id: UUID,
    location_id: UUID,
    reason: MovementReason,
    delta: int | None = None,
    on_hand: int | None = None,
    note: str = "",
    by: Actor,
    at: datetime,
) -> LevelInfo:
    """Add ``delta`` pieces, or set the number to ``on_hand``: one of the two.

    :raises Invalid: none or both given, or the reason is shipping (that goes by reservations).
    :raises NotFound: no such variant or location.
    :raises Conflict: fewer than 0 would be left.
    """
    if (delta is None) == (on_hand is None):
        raise Invalid("Give either a change or a new number.", field="delta")
    if reason == MovementReason.SHIPPED:
        raise Invalid("Shipped pieces leave with their order.", field="reason")
    place = (variant_id, location_id)
    try:
        level = open_levels([place], at=at)[place]
    except Invalid as error:
        raise NotFound(error.message, field=error.field) from None
    after = level.on_hand + delta if delta is not None else on_hand
    assert after is not None
    if not 0 <= after <= _MOST:
        raise Conflict(f"There are only {level.on_hand} pieces.", field="delta")
    if after != level.on_hand:
        _write([Counted(level, after)], reason=reason, note=note.strip()[:500], at=at, by=by)
    audit.note(subject=f"variant:{variant_id}", changes={"on_hand": [level.on_hand, after]})
    name = Location.objects.values_list("name", flat=True).get(id=location_id)
    return LevelInfo(variant_id, location_id, name, after, min(level.reserved, after))
