"""Operations on stock."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from doorstep.api.access import caller
from doorstep.api.cursors import seal, unseal
from doorstep.api.problems import FieldErrors, FieldProblem
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.stock import (
    AdjustmentIn,
    CountsIn,
    CountsOut,
    Shelf,
    StockList,
    StockQuery,
)
from doorstep.kernel.clock import now
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.inventory.contracts import (
    LevelInfo,
    LocationInfo,
    MovementReason,
    StockCount,
)

router = Router(tags=["Stock"])


@serve(router, "GET", "/locations", scope="inventory.view", answers={200: list[LocationInfo]})
def list_locations(request: HttpRequest) -> list[LocationInfo]:
    """List locations.

    The places with stock; those asked first come first.
    """
    return inventory.list_locations()


@serve(router, "GET", "/stock", scope="inventory.view", answers={200: StockList})
def list_stock(request: HttpRequest, filters: Query[StockQuery]) -> StockList:
    """List stock.

    Counted variants with what lies on the shelves and what of it is reserved.
    """
    page = inventory.list_stock(
        filters.search,
        location_id=filters.location_id,
        cursor=unseal("stock", filters.cursor),
        limit=filters.limit,
    )
    return StockList(items=list(page.rows), next_cursor=seal("stock", page.next_cursor))


@serve(
    router,
    "POST",
    "/stock/adjustments",
    scope="inventory.adjust",
    answers={201: LevelInfo},
)
def adjust_stock(request: HttpRequest, payload: AdjustmentIn) -> Status[LevelInfo]:
    """Correct one shelf.

    Give `delta` (so many more or less) or `on_hand` (so many are there).
    """
    level = inventory.adjust_stock(
        variant_id=_variants_of([payload], prefix="")[0],
        location_id=payload.location_id,
        reason=MovementReason(payload.reason),
        delta=payload.delta,
        on_hand=payload.on_hand,
        note=payload.note,
        by=caller(request),
        at=now(),
    )
    return Status(201, level)


@serve(router, "PUT", "/stock/counts", scope="inventory.adjust", answers={200: CountsOut})
def set_stock_counts(request: HttpRequest, payload: CountsIn) -> CountsOut:
    """Count many shelves.

    Sets what lies on up to 1,000 of them, all or nothing. Where fewer pieces are left than were reserved, the newest orders lose theirs
    and are held until more arrive.
    """
    variants = _variants_of(payload.counts, prefix="counts.")
    changed = inventory.set_stock(
        [
            StockCount(variant, count.location_id, count.on_hand)
            for variant, count in zip(variants, payload.counts, strict=True)
        ],
        reason=MovementReason(payload.reason),
        note=payload.note,
        by=caller(request),
        at=now(),
    )
    return CountsOut(changed=changed, unchanged=len(variants) - changed)


def _variants_of(shelves: Sequence[Shelf], *, prefix: str) -> list[UUID]:
    """Return the variant of each shelf; three queries however many they are.

    :raises FieldErrors: each variant or location that is not in this store.
    """
    by_sku = catalog.find_variants_by_sku({shelf.sku for shelf in shelves if shelf.sku})
    by_id = catalog.get_variants({s.variant_id for s in shelves if s.variant_id is not None})
    places = {location.id for location in inventory.list_locations()}
    errors: list[FieldProblem] = []
    found: list[UUID] = []
    for nth, shelf in enumerate(shelves):
        where = f"{prefix}{nth}." if prefix else ""
        variant = by_sku.get(shelf.sku) if shelf.sku else shelf.variant_id
        if variant is None or not (shelf.sku or variant in by_id):
            field = "sku" if shelf.sku else "variant_id"
            errors.append(FieldProblem(field=f"{where}{field}", message="No such variant."))
        if shelf.location_id not in places:
            errors.append(FieldProblem(field=f"{where}location_id", message="No such location."))
        if variant is not None:
            found.append(variant)
    if errors:
        raise FieldErrors(errors)
    return found
