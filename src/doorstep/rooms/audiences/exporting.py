"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.rooms.audiences.contracts import SegmentSpell, SiteActivity
from doorstep.rooms.audiences.models import SiteActivity as ActivityRow
from doorstep.rooms.audiences.models import WishListItem
from doorstep.rooms.audiences.reading.members import list_spells
from doorstep.rooms.customers.api import exports


@dataclass(frozen=True, slots=True)
class Wish:
    """Something a person wished for; ``removed_at`` is None while it is on the list."""

    product_ref: str
    added_at: datetime
    removed_at: datetime | None


@exports("segments")
def export_segments(customer_id: UUID, at: datetime) -> list[SegmentSpell]:
    """Return which groups of customers a person was counted among, and when."""
    del at
    return list_spells(customer_id)


@exports("site_activity")
def export_activity(customer_id: UUID, at: datetime) -> list[SiteActivity]:
    """Return what a person did on the merchant's site, oldest first."""
    del at
    rows = ActivityRow.objects.filter(customer=customer_id).select_related("visitor")
    return [
        SiteActivity(
            key=row.key,
            kind=row.kind,
            occurred_at=row.occurred_at,
            visitor=row.visitor.token if row.visitor else "",
            customer_id=customer_id,
            product_ref=row.product_ref,
            details=row.details,
        )
        for row in rows.order_by("occurred_at", "id")
    ]


@exports("wishes")
def export_wishes(customer_id: UUID, at: datetime) -> list[Wish]:
    """Return what a person put on the wish list, oldest first."""
    del at
    rows = WishListItem.objects.filter(customer=customer_id).order_by("added_at", "id")
    return [Wish(row.product_ref, row.added_at, row.removed_at) for row in rows]
