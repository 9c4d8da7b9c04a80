"""Reading stock."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, Sum

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.inventory.contracts import (
    LevelInfo,
    LocationInfo,
    LocationShare,
    MovementInfo,
    ReservationInfo,
    ReservationState,
    SafetyInfo,
    StockPage,
    StockRow,
)
from doorstep.rooms.inventory.models import (
    Location,
    Reservation,
    SafetyStock,
    StockLevel,
    StockMovement,
)
from doorstep.rooms.inventory.rules.allocation import SafetyRules, Shelf, promisable

# Counted variants with their shelves, and what is kept back: order pages ask for it often.
_PROMISED = """
    SELECT v.id, l.id, l.location_id, p.priority, p.sales_channel, l.on_hand - l.reserved,
           p.is_active, NULL::integer
    FROM catalog_variant v
    LEFT JOIN inventory_stocklevel l ON l.variant_id = v.id AND l.store_id = v.store_id
    LEFT JOIN inventory_location p ON p.id = l.location_id
    WHERE v.store_id = %(store)s AND v.id = ANY(%(wanted)s) AND v.is_tracked
    UNION ALL
    SELECT s.variant_id, NULL, NULL, NULL, s.sales_channel, NULL, NULL, s.quantity
    FROM inventory_safetystock s
    WHERE s.store_id = %(store)s
"""


def available_to_promise(
    variant_ids: Iterable[UUID], sales_channel: str = ""
) -> dict[UUID, int | None]:
    """Return how many pieces of each variant a channel can be promised right now.

    ``None``: stock of this variant is not counted, it can always be sold. One query, no locks:
    what is promised here can be gone a moment later; only :func:`reserve` holds it.
    """
    wanted = set(variant_ids)
    if not wanted:
        return {}
    shelves: dict[UUID, list[Shelf]] = {}
    kept: dict[tuple[UUID | None, str], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PROMISED, {"store": current_store_id(), "wanted": list(wanted)})
        for variant, level, location, priority, channel, free, is_active, quantity in cursor:
            if quantity is not None:
                kept[variant, channel] = quantity
                continue
            of_variant = shelves.setdefault(variant, [])
            if level is not None:  # counted, and on a shelf
                of_variant.append(
                    Shelf(level, location, variant, priority, channel, free, is_active)
                )
    rules = SafetyRules(kept)
    return {
        variant: promisable(
            shelves[variant], rules.kept_back(variant, sales_channel), sales_channel
        )
        if variant in shelves
        else None
        for variant in wanted
    }


def location_info(row: Location) -> LocationInfo:
    """Turn a row into what crosses the wall."""
    return LocationInfo(
        row.id,
        row.name,
        row.kind,
        row.priority,
        row.country_code,
        row.sales_channel,
        row.is_active,
    )


def list_locations() -> list[LocationInfo]:
    """List the locations, those asked first on top."""
    return [location_info(row) for row in Location.objects.order_by("priority", "id")]


def list_stock(
    text: str = "", *, location_id: UUID | None = None, cursor: str = "", limit: int = 50
) -> StockPage:
    """List counted variants by product and title with their levels; three queries a page.

    :param text: sku beginnings or words of the titles.
    :param location_id: show the levels of this location only.
    :raises Invalid: the cursor is not one of ours.
    """
    page = catalog.search_variants(text, tracked=True, cursor=cursor, limit=limit)
    found = _levels((variant.id for variant in page.variants), location_id)
    rows = []
    for variant in page.variants:
        here = found.get(variant.id, [])
        rows.append(
            StockRow(
                variant.id,
                variant.sku,
                variant.product_title,
                variant.title,
                variant.image_url,
                sum(level.on_hand for level in here),
                sum(level.reserved for level in here),
                tuple(here),
            )
        )
    return StockPage(tuple(rows), page.next_cursor)


def count_sold_out() -> int:
    """Count the counted variants of which no piece is free anywhere (one query)."""
    free = (
        StockLevel.objects.filter(location__is_active=True)
        .values("variant_id")
        .annotate(free=Sum(F("on_hand") - F("reserved")))
    )
    return free.filter(free__lte=0).count()


def list_levels(variant_id: UUID) -> list[LevelInfo]:
    """List a variant's stock per location, those asked first on top."""
    return _levels([variant_id], None).get(variant_id, [])


def _levels(variant_ids: Iterable[UUID], location_id: UUID | None) -> dict[UUID, list[LevelInfo]]:
    rows = StockLevel.objects.filter(variant_id__in=set(variant_ids)).select_related("location")
    if location_id is not None:
        rows = rows.filter(location_id=location_id)
    found: dict[UUID, list[LevelInfo]] = {}
    for row in rows.order_by("location__priority", "location_id"):
        found.setdefault(row.variant_id, []).append(
            LevelInfo(row.variant_id, row.location_id, row.location.name, row.on_hand, row.reserved)
        )
    return found


def list_reservations(
    *,
    variant_id: UUID | None = None,
    causes: Iterable[str] = (),
    active_only: bool = True,
    limit: int = 200,
) -> list[ReservationInfo]:
    """List who holds pieces, newest first: of a variant, or of these causes, or both."""
    rows = Reservation.objects.select_related("level__location")
    if variant_id is not None:
        rows = rows.filter(variant_id=variant_id)
    wanted = list(causes)
    if wanted:
        rows = rows.filter(cause__in=wanted)
    if active_only:
        rows = rows.filter(state=ReservationState.ACTIVE)
    return [
        ReservationInfo(
            row.id,
            row.cause,
            row.subject,
            row.variant_id,
            row.level.location_id,
            row.level.location.name,
            row.quantity,
            row.state,
            row.reserved_at,
            row.ended_at,
        )
        for row in rows.order_by("-reserved_at", "-id")[:limit]
    ]


def held_pieces(causes: Iterable[str]) -> dict[str, tuple[LocationShare, ...]]:
    """Return what causes hold and where, unshipped pieces only (one query).

    The locations of a cause come in the order in which they are asked for stock.
    """
    found: dict[str, list[LocationShare]] = {}
    rows = (
        Reservation.objects.filter(cause__in=list(causes), state=ReservationState.ACTIVE)
        .order_by("cause", "level__location__priority", "level__location_id")
        .values_list("cause", "level__location_id", "quantity")
    )
    for cause, location_id, quantity in rows:
        found.setdefault(cause, []).append(LocationShare(location_id, quantity))
    return {cause: tuple(shares) for cause, shares in found.items()}


def list_movements(
    *, variant_id: UUID | None = None, location_id: UUID | None = None, limit: int = 200
) -> list[MovementInfo]:
    """List changes of the numbers on shelves, newest first."""
    where = Q()
    if variant_id is not None:
        where &= Q(level__variant_id=variant_id)
    if location_id is not None:
        where &= Q(level__location_id=location_id)
    rows = StockMovement.objects.filter(where).select_related("level__location")
    return [
        MovementInfo(
            row.id,
            row.level.variant_id,
            row.level.location_id,
            row.level.location.name,
            row.delta,
            row.on_hand_after,
            row.reason,
            row.note,
            row.cause,
            row.at,
            row.by_label,
        )
        for row in rows.order_by("-at", "-id")[:limit]
    ]


def list_safety_stock(variant_id: UUID | None = None) -> list[SafetyInfo]:
    """List the rules on what is kept back: all, or those that name a variant."""
    rows = SafetyStock.objects.order_by("variant_id", "sales_channel")
    if variant_id is not None:
        rows = rows.filter(variant_id=variant_id)
    return [SafetyInfo(row.id, row.variant_id, row.sales_channel, row.quantity) for row in rows]
