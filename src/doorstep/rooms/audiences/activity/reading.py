"""Reading what a customer did on the site."""

from __future__ import annotations

from uuid import UUID

from doorstep.rooms.audiences.contracts import ActivityInfo, WishInfo
from doorstep.rooms.audiences.models import SiteActivity, WishListItem


def list_activities(customer_id: UUID, *, limit: int = 20) -> list[ActivityInfo]:
    """List what a customer did, newest first."""
    rows = SiteActivity.objects.filter(customer_id=customer_id).order_by("-occurred_at", "-id")
    return [
        ActivityInfo(kind, at, title or told, product_id, details)
        for kind, at, title, told, product_id, details in rows.values_list(
            "kind", "occurred_at", "product__title", "product_ref", "product_id", "details"
        )[:limit]
    ]


def list_wishes(customer_id: UUID, *, limit: int = 50) -> list[WishInfo]:
    """List what is on a customer's wish list, newest first."""
    rows = WishListItem.objects.filter(customer_id=customer_id, removed_at__isnull=True)
    return [
        WishInfo(product_id, title or told, added_at)
        for product_id, title, told, added_at in rows.order_by("-added_at").values_list(
            "product_id", "product__title", "product_ref", "added_at"
        )[:limit]
    ]
