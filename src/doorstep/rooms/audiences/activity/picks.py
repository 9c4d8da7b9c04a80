"""What many customers looked at and wish for, read for messages: one query each for all of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import current_store_id

_LOOKED_AT = 40  # the newest views of a person among which the different products are found


def list_recently_viewed(
    customer_ids: Collection[UUID], *, limit: int = 4
) -> dict[UUID, list[UUID]]:
    """Return the products each customer looked at last, newest first, each once.

    Who looked at nothing we know of is left out.
    """
    return _read(
        """
        SELECT c.id, array(
            SELECT newest.product_id FROM (
                SELECT seen.product_id, max(seen.occurred_at) AS last FROM (
                    SELECT a.product_id, a.occurred_at FROM audiences_siteactivity a
                    WHERE a.store_id = %s AND a.customer_id = c.id AND a.kind = 'product_viewed'
                    ORDER BY a.occurred_at DESC LIMIT %s
                ) seen
                WHERE seen.product_id IS NOT NULL
                GROUP BY seen.product_id
            ) newest
            ORDER BY newest.last DESC LIMIT %s
        ) FROM unnest(%s::uuid[]) AS c(id)
        """,
        [current_store_id(), _LOOKED_AT, limit, list(customer_ids)],
    )


def list_wished(customer_ids: Collection[UUID], *, limit: int = 4) -> dict[UUID, list[UUID]]:
    """Return the products on each customer's wish list, newest first; empty lists are left out."""
    return _read(
        """
        SELECT c.id, array(
            SELECT w.product_id FROM audiences_wishlistitem w
            WHERE w.store_id = %s AND w.customer_id = c.id
              AND w.removed_at IS NULL AND w.product_id IS NOT NULL
            ORDER BY w.added_at DESC LIMIT %s
        ) FROM unnest(%s::uuid[]) AS c(id)
        """,
        [current_store_id(), limit, list(customer_ids)],
    )


def _read(sql: str, values: list[Any]) -> dict[UUID, list[UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {customer_id: products for customer_id, products in cursor if products}
