"""Reading what a customer did on the site."""

from __future__ import annotations

from uuid import UUID

from doorstep.rooms.audiences.contracts import ActivityInfo, WishInfo
from doorstep.rooms.audiences.models import SiteActivity, WishListItem
from doorstep.rooms.catalog import api as catalog


def list_activities(customer_id: UUID, *, limit: int = 20) -> list[ActivityInfo]:
    """List what a customer did, newest first."""
    rows = list(
        SiteActivity.objects.filter(customer_id=customer_id).order_by("-occurred_at", "-id")[:limit]
    )
    names = _names(row.product_id for row in rows)
    return [
        ActivityInfo(
            kind=row.kind,
            occurred_at=row.occurred_at,
            product=names.get(row.product_id, row.product_ref),
            product_id=row.product_id,
            details=row.details,
        )
        for row in rows
    ]


def list_wishes(customer_id: UUID, *, limit: int = 50) -> list[WishInfo]:
    """List what is on a customer's wish list, newest first."""
    rows = list(
        WishListItem.objects.filter(customer_id=customer_id, removed_at__isnull=True).order_by(
            "-added_at"
        )[:limit]
    )
    names = _names(row.product_id for row in rows)
    return [
        WishInfo(row.product_id, names.get(row.product_id, row.product_ref), row.added_at)
        for row in rows
    ]


def _names(product_ids: object) -> dict[UUID | None, str]:
    wanted = {one for one in product_ids if one is not None}  # type: ignore[attr-defined]
    return {one: found.title for one, found in catalog.get_products(wanted).items()}
