"""Recognize the things on order lines, in sets."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from doorstep.kernel.columns import as_array, as_columns
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog.contracts import SizeMm, VariantClaim
from doorstep.rooms.catalog.rules import matching
from doorstep.rooms.catalog.rules.matching import Clue, Known, Matches

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_ATTEMPTS = 20  # each failed one means that somebody else just committed one of our keys
LONGEST_SIDE = 100_000  # millimeters
_HEAVIEST = 2_000_000_000  # grams; above it a weight is a typing error, and no integer column's


class _LostRace(Exception):
    """Another transaction listed one of these things between our look and our write."""


def clean(text: str, longest: int = 255) -> str:
    """Return a text of one line as it can be stored: no control characters, cut to length."""
    return _CONTROL.sub(" ", text).strip()[:longest]


def weight(grams: int | None) -> int | None:
    """Return a weight that can be, None for one that can't."""
    return grams if grams is not None and 0 <= grams <= _HEAVIEST else None


def size(sides: SizeMm | None) -> SizeMm | None:
    """Return sides that can be (1 mm to 100 m), None for those that can't."""
    return sides if sides is not None and all(1 <= side <= LONGEST_SIDE for side in sides) else None


def clue_of(claim: VariantClaim) -> Clue:
    """Return what a claim is recognized by."""
    return matching.clue(
        claim.channel,
        clean(claim.product_external_id),
        clean(claim.variant_external_id),
        clean(claim.sku),
    )


def resolve_variants(claims: Sequence[VariantClaim], *, at: datetime) -> list[UUID | None]:
    """Return the variant each order line means, in order.

    What nobody listed before is created as it stands on the line: active and untracked, so that
    reports count it and no stock is asked for. A line with neither sku nor ids is ``None``.
    Runs in the caller's transaction, a constant number of queries; concurrent calls with the
    same new things end in one variant each and never wait in a circle.
    """
    if not claims:
        return []
    clues = [clue_of(claim) for claim in claims]
    for _ in range(_ATTEMPTS):
        try:
            with transaction.atomic():  # a savepoint: frees what we did get when we lose the rest
                return _resolve(claims, clues, at)
        except _LostRace:
            continue
    raise OperationalError("the catalog kept changing while an intake read it")


def _resolve(
    claims: Sequence[VariantClaim], clues: Sequence[Clue], at: datetime
) -> list[UUID | None]:
    found = matching.match(clues, _known(clues), new_id)
    # Always in this order, each sorted: whoever loses a race waits, nobody waits in a circle.
    _insert_product_listings(found, at)
    _insert_products(found, claims, at)
    _insert_variants(found, claims, clues, at)
    _insert_listings(found, at)
    return found.variant_ids


def _known(clues: Sequence[Clue]) -> Known:
    """Read what the catalog knows of the clues: listings, skus and products."""
    listings = sorted({one.listing for one in clues if one.listing})
    skus = sorted({one.sku for one in clues if one.sku})
    products = sorted({one.product for one in clues if one.product})
    store_id = current_store_id()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'listing', k.channel, k.product, k.variant, v.id, v.product_id
            FROM unnest(%s::text[], %s::text[], %s::text[]) AS k(channel, product, variant)
            JOIN catalog_variantlisting l
              ON l.store_id = %s AND l.channel = k.channel
             AND k.variant <> '' AND l.variant_external_id = k.variant
             AND l.variant_external_id <> ''
            JOIN catalog_variant v ON v.id = l.variant_id
            UNION ALL
            SELECT 'listing', k.channel, k.product, '', v.id, v.product_id
            FROM unnest(%s::text[], %s::text[], %s::text[]) AS k(channel, product, variant)
            JOIN catalog_variantlisting l
              ON l.store_id = %s AND l.channel = k.channel
             AND k.variant = '' AND l.variant_external_id = ''
             AND l.product_external_id = k.product
            JOIN catalog_variant v ON v.id = l.variant_id
            UNION ALL
            SELECT 'sku', '', '', v.sku, v.id, v.product_id
            FROM catalog_variant v WHERE v.store_id = %s AND v.sku = ANY(%s::text[]) AND v.sku <> ''
            UNION ALL
            SELECT 'product', l.channel, l.external_id, '', NULL, l.product_id
            FROM unnest(%s::text[], %s::text[]) AS k(channel, product)
            JOIN catalog_productlisting l
              ON l.store_id = %s AND l.channel = k.channel AND l.external_id = k.product
            """,
            [
                *as_columns(listings, 3),
                store_id,
                *as_columns(listings, 3),
                store_id,
                store_id,
                as_array(skus),
                *as_columns(products, 2),
                store_id,
            ],
        )
        rows = cursor.fetchall()
    return Known(
        listings={(c, p, v): variant for kind, c, p, v, variant, _ in rows if kind == "listing"},
        skus={sku: variant for kind, _, _, sku, variant, _ in rows if kind == "sku"},
        products={(c, p): product for kind, c, p, _, _, product in rows if kind == "product"},
        product_of={variant: product for *_, variant, product in rows if variant},
    )


def _insert_product_listings(found: Matches, at: datetime) -> None:
    rows = [(new_id(), *key, found.product_listings[key]) for key in sorted(found.product_listings)]
    _insert(
        """
        INSERT INTO catalog_productlisting
            (id, store_id, channel, external_id, product_id, created_at)
        SELECT id, %s, channel, external_id, product_id, %s
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[])
             WITH ORDINALITY AS t(id, channel, external_id, product_id, nth)
        ORDER BY nth ON CONFLICT DO NOTHING
        """,
        [current_store_id(), at],
        rows,
    )


def _insert_products(found: Matches, claims: Sequence[VariantClaim], at: datetime) -> None:
    rows = [
        (product, clean(claims[nth].title), clean(claims[nth].image_url, 2000))
        for product, nth in found.products.items()
    ]
    _insert(
        """
        INSERT INTO catalog_product (id, store_id, title, image_url, is_active,
                                     created_at, updated_at)
        SELECT id, %s, title, image_url, true, %s, %s
        FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS t(id, title, image_url)
        """,
        [current_store_id(), at, at],
        rows,
    )


def _insert_variants(
    found: Matches, claims: Sequence[VariantClaim], clues: Sequence[Clue], at: datetime
) -> None:
    rows = [
        (
            variant,
            product,
            clues[nth].sku,
            clean(claims[nth].variant_title),
            json.dumps([[clean(name), clean(value)] for name, value in claims[nth].options]),
            weight(claims[nth].weight_grams),
        )
        for variant, (product, nth) in sorted(
            found.variants.items(), key=lambda item: (clues[item[1][1]].sku, item[0])
        )
    ]
    _insert(
        """
        INSERT INTO catalog_variant
            (id, store_id, product_id, sku, title, options, image_url, weight_grams, is_tracked,
             is_active, created_at, updated_at)
        SELECT id, %s, product_id, sku, title, options::jsonb, '', weight_grams, false, true, %s, %s
        FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::int[])
             WITH ORDINALITY AS t(id, product_id, sku, title, options, weight_grams, nth)
        ORDER BY nth ON CONFLICT DO NOTHING
        """,
        [current_store_id(), at, at],
        rows,
    )


def _insert_listings(found: Matches, at: datetime) -> None:
    rows = [
        (new_id(), key[0], found.listings[key][1], key[2], found.listings[key][0])
        for key in sorted(found.listings)
    ]
    _insert(
        """
        INSERT INTO catalog_variantlisting
            (id, store_id, channel, product_external_id, variant_external_id, variant_id,
             created_at)
        SELECT id, %s, channel, product_external_id, variant_external_id, variant_id, %s
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[])
             WITH ORDINALITY
             AS t(id, channel, product_external_id, variant_external_id, variant_id, nth)
        ORDER BY nth ON CONFLICT DO NOTHING
        """,
        [current_store_id(), at],
        rows,
    )


def _insert(statement: str, fixed: list[Any], rows: Sequence[Sequence[object]]) -> None:
    """Insert rows given as columns. :raises _LostRace: fewer went in."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, [*fixed, *as_columns(rows, len(rows[0]))])
        if cursor.rowcount < len(rows):
            raise _LostRace
