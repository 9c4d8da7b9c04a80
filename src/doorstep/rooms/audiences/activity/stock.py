"""Wishes that were sold out and are there again: told of everybody who still wishes for them.

Stock tells that there is more of something, not that there was none before. So what is wished for
and sold out is kept, looked at every minute and when stock grows: whoever deletes the row tells
the people, in the same transaction, once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.columns import as_columns
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.audiences.events import WishBackInStock
from doorstep.rooms.inventory import api as inventory

KEEPER = Actor.system("audiences")
TOLD_AT_ONCE = 5_000

_STORES = """
    SELECT DISTINCT store_id FROM audiences_wishlistitem
    WHERE removed_at IS NULL AND customer_id IS NOT NULL AND product_id IS NOT NULL
    UNION SELECT store_id FROM audiences_soldoutwish
"""
_WATCHED = """
    SELECT DISTINCT w.product_id FROM audiences_wishlistitem w
    WHERE w.store_id = %(store)s AND w.removed_at IS NULL AND w.customer_id IS NOT NULL
      AND w.product_id IS NOT NULL
    UNION SELECT product_id FROM audiences_soldoutwish WHERE store_id = %(store)s
"""
_VARIANTS = """
    SELECT v.product_id, v.id FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id
    WHERE v.store_id = %s AND v.product_id = ANY(%s::uuid[]) AND v.is_active AND p.is_active
"""
_SOLD_OUT_OF = """
    SELECT DISTINCT s.product_id FROM audiences_soldoutwish s
    JOIN catalog_variant v ON v.product_id = s.product_id
    WHERE s.store_id = %s AND v.id = ANY(%s::uuid[])
"""
_KEEP = """
    INSERT INTO audiences_soldoutwish (id, store_id, product_id, since)
    SELECT t.id, %s, t.product_id, %s FROM unnest(%s::uuid[], %s::uuid[]) AS t(id, product_id)
    ON CONFLICT (store_id, product_id) DO NOTHING
"""
_BACK = """
    DELETE FROM audiences_soldoutwish WHERE store_id = %s AND product_id = ANY(%s::uuid[])
    RETURNING product_id
"""
_WISHERS = """
    SELECT w.customer_id, array_agg(DISTINCT w.product_id)
    FROM audiences_wishlistitem w
    JOIN customers_customer c ON c.id = w.customer_id
     AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    WHERE w.store_id = %s AND w.product_id = ANY(%s::uuid[]) AND w.removed_at IS NULL
    GROUP BY w.customer_id ORDER BY w.customer_id
"""


@worker_loop("audiences.wishes", idle_seconds=60)
def watch_wishes() -> int:
    """Look at what is wished for, in all stores."""
    return look_at_wishes(now())


def look_at_wishes(at: datetime) -> int:
    """Note what is wished for and sold out, tell what is there again; returns how many people."""
    told = 0
    for store_id in _ids(_STORES, []):
        with store_scope(store_id), transaction.atomic():
            told += _look(_ids(_WATCHED, {"store": store_id}), at)
    return told


def look_at_variants(variant_ids: Collection[UUID], *, at: datetime) -> int:
    """Tell who wished for products of these variants that were sold out; joins the transaction."""
    return _look(_ids(_SOLD_OUT_OF, [current_store_id(), list(variant_ids)]), at)


def find_in_stock(product_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some products of which any variant can be bought now: five queries."""
    with connection.cursor() as cursor:
        cursor.execute(_VARIANTS, [current_store_id(), list(product_ids)])
        product_of = {variant_id: product_id for product_id, variant_id in cursor.fetchall()}
    pieces = inventory.available_to_promise(product_of)
    return {
        product_of[variant_id]
        for variant_id, count in pieces.items()
        if count is None or count > 0  # None: not counted, always there
    }


def _look(product_ids: Collection[UUID], at: datetime) -> int:
    if not product_ids:
        return 0
    there = find_in_stock(product_ids)
    sold_out = sorted(set(product_ids) - there)
    with connection.cursor() as cursor:
        if sold_out:
            rows = [(new_id(), product_id) for product_id in sold_out]
            cursor.execute(_KEEP, [current_store_id(), at, *as_columns(rows, 2)])
        cursor.execute(_BACK, [current_store_id(), sorted(there)])
        back = [row[0] for row in cursor.fetchall()]
        if not back:
            return 0
        cursor.execute(_WISHERS, [current_store_id(), back])
        told = 0
        while people := cursor.fetchmany(TOLD_AT_ONCE):
            publish_many([_draft(customer_id, products, at) for customer_id, products in people])
            told += len(people)
    return told


def _draft(customer_id: UUID, product_ids: Iterable[UUID], at: datetime) -> EventDraft:
    news = WishBackInStock(customer_id, sorted(product_ids))
    return EventDraft(news, customer_id, at, KEEPER, f"customer:{customer_id}")


def _ids(statement: str, values: object) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)  # type: ignore[arg-type]
        return [row[0] for row in cursor.fetchall()]
