"""Merged, parted and erased people: what they did on the site goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.models import (
    PastMembership,
    SiteActivity,
    Visitor,
    WishListItem,
)
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged, CustomersUnmerged

_TABLES = {
    "activity": "audiences_siteactivity",
    "visitor": "audiences_visitor",
    "wish": "audiences_wishlistitem",
}
# Both may wish for the same thing: the survivor's wish stays, the other's rests with the absorbed.
_UNLESS = {
    "wish": """AND (t.removed_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM audiences_wishlistitem o
        WHERE o.store_id = t.store_id AND o.customer_id = %(survivor)s
          AND o.product_ref = t.product_ref AND o.removed_at IS NULL))"""
}
_MOVE = """
    WITH moved AS (
        UPDATE {table} t SET customer_id = %(survivor)s
        WHERE t.store_id = %(store)s AND t.customer_id = %(absorbed)s {unless}
        RETURNING t.id
    )
    INSERT INTO audiences_movedrow (store_id, merge_id, kind, row_id)
    SELECT %(store)s, %(merge)s, %(kind)s, id FROM moved
"""
_MOVE_BACK = """
    WITH moved AS (
        DELETE FROM audiences_movedrow
        WHERE store_id = %(store)s AND merge_id = %(merge)s AND kind = %(kind)s
        RETURNING row_id
    )
    UPDATE {table} t SET customer_id = %(restored)s
    FROM moved WHERE t.id = moved.row_id AND t.store_id = %(store)s
"""

Happened = CustomersMerged | CustomersUnmerged | CustomerErased


def follow(happened: Sequence[Happened]) -> None:
    """Move or erase rows as people were merged, parted or erased, in the order it happened."""
    for event in happened:  # single acts of people, seldom many at once
        match event:
            case CustomerErased():
                erase(event.customer_ids)
            case CustomersMerged():
                _run(_MOVE, event.merge_id, survivor=event.survivor_id, absorbed=event.absorbed_id)
            case CustomersUnmerged():
                _run(_MOVE_BACK, event.merge_id, restored=event.restored_id)


def _run(statement: str, merge_id: UUID, **people: UUID) -> None:
    for kind, table in _TABLES.items():
        text = statement.format(table=table, unless=_UNLESS.get(kind, ""))
        values: dict[str, Any] = {
            "store": current_store_id(),
            "merge": merge_id,
            "kind": kind,
            **people,
        }
        with connection.cursor() as cursor:
            cursor.execute(text, values)


def erase(customer_ids: Sequence[UUID]) -> None:
    """Delete what people did, wished for and belonged to; who they are now goes by itself.

    Current memberships end with the same event (``following``), which tells whoever listens.
    """
    browsers = Visitor.objects.filter(customer__in=customer_ids).values("id")
    theirs = Q(customer__in=customer_ids) | Q(visitor__in=browsers)
    SiteActivity.objects.filter(theirs).delete()
    WishListItem.objects.filter(theirs).delete()
    Visitor.objects.filter(customer__in=customer_ids).delete()
    PastMembership.objects.filter(customer__in=customer_ids).delete()
