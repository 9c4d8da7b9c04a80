"""What sells best, and how often people have bought: for messages, in sets."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import current_store_id

# The newest orders say what people love now, and bound the work however much a shop sells.
_ORDERS_READ = 5_000
_MOST_COUNTED = 100


def list_best_sellers(*, since: datetime, until: datetime, limit: int = 12) -> list[UUID]:
    """List the products that sold most often in a span, best first.

    Counted over the newest 5,000 orders of it; each order of a product counts once, so that one
    bulk buyer makes no best-seller. Gift cards, test orders and what is off sale are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH recent AS (
                SELECT o.id FROM orders_order o
                WHERE o.store_id = %s AND o.placed_at > %s AND o.placed_at <= %s
                  AND o.canceled_at IS NULL AND NOT o.is_test
                ORDER BY o.placed_at DESC LIMIT %s
            )
            SELECT v.product_id FROM recent
            JOIN orders_orderline l ON l.order_id = recent.id
             AND l.removed_at IS NULL AND NOT l.is_gift_card
            JOIN catalog_variant v ON v.id = l.variant_id
            JOIN catalog_product p ON p.id = v.product_id AND p.is_active AND p.title <> ''
            GROUP BY v.product_id
            ORDER BY count(DISTINCT l.order_id) DESC, v.product_id LIMIT %s
            """,
            [current_store_id(), since, until, _ORDERS_READ, limit],
        )
        return [product_id for (product_id,) in cursor.fetchall()]


def count_orders_of(customer_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count, up to a hundred, what each customer has bought; who bought nothing is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id, bought.count FROM unnest(%s::uuid[]) AS c(id)
            CROSS JOIN LATERAL (
                SELECT count(*) FROM (
                    SELECT 1 FROM orders_order o
                    WHERE o.store_id = %s AND o.customer_id = c.id
                      AND o.canceled_at IS NULL AND NOT o.is_test
                    LIMIT %s
                ) AS counted
            ) AS bought
            WHERE bought.count > 0
            """,
            [list(customer_ids), current_store_id(), _MOST_COUNTED],
        )
        return dict(cursor.fetchall())
