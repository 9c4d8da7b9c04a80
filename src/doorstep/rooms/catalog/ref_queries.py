"""Finding products by whatever a shop's page calls them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from doorstep.kernel.tenancy import current_store_id

# The surest name wins: our own id, a sku, a platform's product id, its variant's id.
_FIND = """
    SELECT DISTINCT ON (ref) ref, product_id FROM (
        SELECT p.id::text AS ref, p.id AS product_id, 1 AS rank FROM catalog_product p
        WHERE p.store_id = %(store)s AND p.id = ANY(%(ids)s)
        UNION ALL
        SELECT v.sku, v.product_id, 2 FROM catalog_variant v
        WHERE v.store_id = %(store)s AND v.sku = ANY(%(refs)s)
        UNION ALL
        SELECT l.external_id, l.product_id, 3 FROM catalog_productlisting l
        WHERE l.store_id = %(store)s AND l.external_id = ANY(%(refs)s)
        UNION ALL
        SELECT vl.variant_external_id, v.product_id, 4 FROM catalog_variantlisting vl
        JOIN catalog_variant v ON v.id = vl.variant_id
        WHERE vl.store_id = %(store)s AND vl.variant_external_id = ANY(%(refs)s)
    ) found ORDER BY ref, rank, product_id
"""


def find_products_by_ref(refs: Iterable[str]) -> dict[str, UUID]:
    """Return reference → product for those that exist: our id, a sku, a platform's id."""
    wanted = sorted({ref for ref in refs if ref})
    if not wanted:
        return {}
    values: dict[str, Any] = {"refs": wanted, "ids": _ids(wanted), "store": current_store_id()}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, values)
        return dict(cursor.fetchall())


def _ids(refs: list[str]) -> list[UUID]:
    found = []
    for ref in refs:
        try:
            found.append(UUID(ref))
        except ValueError:
            continue
    return found
