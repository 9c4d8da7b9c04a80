"""Hold pieces for causes, give them back, ship them: sets in, a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.columns import as_array
from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import levels, reservations
from doorstep.rooms.inventory.contracts import (
    LocationShare,
    MovementReason,
    ReservationRequest,
    ReservationResult,
)
from doorstep.rooms.inventory.levels import LockedLevel, Movement
from doorstep.rooms.inventory.reservations import Held, NewHold
from doorstep.rooms.inventory.rules.allocation import Need, Share, Shelf, allocate


def reserve(
    requests: Sequence[ReservationRequest], *, at: datetime, by: Actor
) -> list[ReservationResult]:
    """Make each cause hold the pieces it asks for, as far as they can be promised.

    A request says how many its cause needs *in all*: the same request again changes nothing, a
    larger one takes more, a smaller one gives back. What can't be had is missing; what can is
    held all the same, so that a later order does not pass an earlier one that waits. Requests
    are served in their order. Untracked variants and ``None`` need no stock and always pass.

    Locks the levels of all variants until the transaction ends: call it once per transaction.

    :raises Invalid: one cause twice, an empty cause, or a negative quantity.
    """
    _check(requests)
    with transaction.atomic():
        tracked = catalog.find_tracked({r.variant_id for r in requests if r.variant_id})
        # Every cause, also those that need no stock now: the line's variant may have changed.
        causes = [request.cause for request in requests]
        of_causes = {one.variant_id for one in reservations.held_by(causes)}
        locked = levels.lock_levels_of(tracked | of_causes)
        held = reservations.held_by(causes)  # again: now nobody else can change it
        kept = _give_back_excess(requests, held, tracked, at=at, by=by)
        new = _take_missing(requests, kept, _shelves(locked, held, kept), tracked, at=at, by=by)
        return [
            _result(request, request.variant_id in tracked, kept[nth], new[nth])
            for nth, request in enumerate(requests)
        ]


def _check(requests: Sequence[ReservationRequest]) -> None:
    causes = {request.cause for request in requests}
    if len(causes) < len(requests) or "" in causes:
        raise Invalid("Each request needs a cause of its own.", field="cause")
    if any(request.quantity < 0 for request in requests):
        raise Invalid("A quantity can't be below 0.", field="quantity")


def _give_back_excess(
    requests: Sequence[ReservationRequest],
    held: Sequence[Held],
    tracked: set[UUID],
    *,
    at: datetime,
    by: Actor,
) -> list[list[Held]]:
    """Free what causes hold beyond their need; return what each request keeps, in order.

    Pieces of another variant go back whole. Shipped pieces count first: they can't go back.
    """
    of_cause: dict[str, list[Held]] = {}
    for one in sorted(held, key=lambda each: each.is_active):
        of_cause.setdefault(one.cause, []).append(one)
    kept: list[list[Held]] = []
    excess: dict[UUID, int] = {}
    for request in requests:
        left, keeps = request.quantity, []
        for one in of_cause.get(request.cause, []):
            fits = one.variant_id == request.variant_id and one.variant_id in tracked
            keep = min(one.quantity, left) if fits else 0
            left -= keep
            if keep:
                keeps.append(replace(one, quantity=keep))
            if one.is_active and keep < one.quantity:
                excess[one.id] = one.quantity - keep
        kept.append(keeps)
    reservations.free(held, excess, at=at, by=by)
    return kept


def _shelves(
    locked: Sequence[LockedLevel], held: Sequence[Held], kept: Sequence[Sequence[Held]]
) -> list[Shelf]:
    """Return the locked levels as shelves, with what was just given back."""
    stays = {one.id: one.quantity for keeps in kept for one in keeps}
    freed: dict[UUID, int] = {}
    for one in held:
        if one.is_active:
            back = one.quantity - stays.get(one.id, 0)
            freed[one.level_id] = freed.get(one.level_id, 0) + back
    return [
        Shelf(
            level.id,
            level.location_id,
            level.variant_id,
            level.priority,
            level.sales_channel,
            level.on_hand - level.reserved + freed.get(level.id, 0),
            level.is_active,
        )
        for level in locked
    ]


def _take_missing(
    requests: Sequence[ReservationRequest],
    kept: Sequence[Sequence[Held]],
    shelves: Sequence[Shelf],
    tracked: set[UUID],
    *,
    at: datetime,
    by: Actor,
) -> list[list[Share]]:
    """Hold what the requests still miss; return each one's new shares, in order."""
    needs: dict[int, Need] = {}
    for nth, request in enumerate(requests):
        missing = request.quantity - sum(one.quantity for one in kept[nth])
        if request.variant_id in tracked and missing > 0:
            assert request.variant_id is not None
            needs[nth] = Need(request.variant_id, missing, request.sales_channel)
    if not needs:
        return [[] for _ in requests]
    found = allocate(list(needs.values()), shelves, levels.safety_rules())
    shares = dict(zip(needs, found, strict=True))
    reservations.hold(
        [
            NewHold(
                share.level_id,
                needs[nth].variant_id,
                requests[nth].cause,
                requests[nth].subject,
                share.quantity,
            )
            for nth, of_need in shares.items()
            for share in of_need
        ],
        at=at,
        by=by,
    )
    return [shares.get(nth, []) for nth in range(len(requests))]


def _result(
    request: ReservationRequest, is_tracked: bool, kept: Sequence[Held], new: Sequence[Share]
) -> ReservationResult:
    if not is_tracked:
        return ReservationResult(
            request.cause, request.variant_id, request.quantity, 0, is_tracked=False
        )
    by_location: dict[UUID, int] = {}
    parts = [(one.location_id, one.quantity) for one in kept]
    parts += [(share.location_id, share.quantity) for share in new]
    for location_id, quantity in parts:
        by_location[location_id] = by_location.get(location_id, 0) + quantity
    reserved = sum(by_location.values())
    return ReservationResult(
        request.cause,
        request.variant_id,
        reserved,
        request.quantity - reserved,
        tuple(LocationShare(*share) for share in by_location.items()),
    )


def release(causes: Sequence[str], *, at: datetime, by: Actor) -> int:
    """Give everything the causes hold back to the pool; return how many pieces.

    Shipped pieces stay shipped. Causes that hold nothing are fine.
    """
    with transaction.atomic():
        held = lock_active(causes)
        return reservations.free(held, {one.id: one.quantity for one in held}, at=at, by=by)


def consume(causes: Sequence[str], *, at: datetime, by: Actor) -> int:
    """Take what the causes hold off the shelves, because it was shipped; return the pieces.

    Causes that hold nothing (untracked, shipped before) are fine.
    """
    with transaction.atomic():
        held = lock_active(causes)
        if not held:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                """
                UPDATE inventory_reservation SET state = 'consumed', ended_at = %s
                WHERE store_id = %s AND id = ANY(%s::uuid[])
                """,
                [at, current_store_id(), as_array(one.id for one in held)],
            )
        on_hand = {one.id: one.on_hand for one in levels.lock_levels(o.level_id for o in held)}
        levels.record_movements(shipped_movements(held, on_hand), by=by, at=at)
        total: dict[UUID, int] = {}
        for one in held:
            total[one.level_id] = total.get(one.level_id, 0) - one.quantity
        levels.change_levels({key: (gone, gone) for key, gone in total.items()})
        return sum(one.quantity for one in held)


def shipped_movements(held: Iterable[Held], on_hand: Mapping[UUID, int]) -> list[Movement]:
    """Return the ledger's lines for pieces that left; ``on_hand``: the levels before."""
    left = dict(on_hand)
    movements = []
    for one in held:
        left[one.level_id] -= one.quantity
        movements.append(
            Movement(
                one.level_id,
                -one.quantity,
                left[one.level_id],
                MovementReason.SHIPPED.value,
                cause=one.cause,
            )
        )
    return movements


def lock_active(causes: Sequence[str]) -> list[Held]:
    """Lock the levels the causes hold pieces at; return what they hold, unshipped."""
    wanted = sorted(set(causes))
    levels.lock_levels({one.level_id for one in reservations.held_by(wanted) if one.is_active})
    return [one for one in reservations.held_by(wanted) if one.is_active]
