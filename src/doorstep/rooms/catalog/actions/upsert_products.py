"""Take over what a platform lists, in sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.columns import as_columns
from doorstep.kernel.errors import Invalid
from doorstep.kernel.money import to_minor
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.catalog.actions.resolve_variants import clean, resolve_variants, size, weight
from doorstep.rooms.catalog.actions.set_prices import MOST_MINOR, Price, write_prices
from doorstep.rooms.catalog.contracts import ListedProduct, ListedVariant, VariantClaim
from doorstep.rooms.catalog.models import Variant
from doorstep.rooms.stores import api as stores


def upsert_products(
    products: Sequence[ListedProduct], *, channel: str, at: datetime
) -> list[list[UUID]]:
    """Create or update what a channel lists; return the variants' ids, product by product.

    Blank fields leave what is known. A sku that another variant has already is not taken over
    (its listing then points to that variant); whether stock is counted is not the channel's say.

    :raises Invalid: a product without id, or days of production the wrong way round.
    """
    _check(products)
    flat = [(product, variant) for product in products for variant in product.variants]
    claims = [_claim(product, variant, channel) for product, variant in flat]
    with transaction.atomic():
        ids = resolve_variants(claims, at=at)
        resolved = [variant_id for variant_id in ids if variant_id is not None]
        assert len(resolved) == len(flat)  # every product has an id, so every claim has a clue
        _update_variants(resolved, [variant for _, variant in flat], at)
        _update_products(products, channel, at)
        write_prices(_prices(resolved, [variant for _, variant in flat], channel), at=at)
    remaining = iter(resolved)
    return [[next(remaining) for _ in product.variants] for product in products]


def _prices(
    ids: Sequence[UUID], variants: Sequence[ListedVariant], channel: str
) -> Iterator[Price]:
    """Yield the prices a channel tells; those of no exact amount or currency are left out."""
    priced = [(i, one) for i, one in zip(ids, variants, strict=True) if one.price is not None]
    own = stores.get_store().currency if any(not one.currency for _, one in priced) else ""
    for variant_id, one in priced:
        currency = one.currency or own
        try:
            amount = to_minor(one.price or 0, currency)
        except Invalid:
            continue
        if 0 <= amount < MOST_MINOR:
            yield variant_id, channel, currency, amount


def _check(products: Iterable[ListedProduct]) -> None:
    for product in products:
        if not clean(product.external_id):
            raise Invalid("A listed product needs its id.", field="external_id")
        for variant in product.variants:
            low, high = variant.production_days_min, variant.production_days_max
            if (low is None) != (high is None):
                raise Invalid("Give both numbers of days.", field="production_days_min")
            if low is not None and high is not None and not 0 <= low <= high <= 3650:
                raise Invalid("These days make no sense.", field="production_days_min")


def _claim(product: ListedProduct, variant: ListedVariant, channel: str) -> VariantClaim:
    return VariantClaim(
        channel=channel,
        product_external_id=product.external_id,
        variant_external_id=variant.external_id,
        sku=variant.sku,
        title=product.title,
        variant_title=variant.title,
        options=variant.options,
        image_url=product.image_url,
        weight_grams=variant.weight_grams,
    )


def _update_variants(ids: Sequence[UUID], variants: Sequence[ListedVariant], at: datetime) -> None:
    if not ids:
        return
    free = _free_skus(variants)
    # One row a variant: two listings may point to the same one, and the later says the last word.
    rows = {
        variant_id: (
            variant_id,
            clean(variant.sku) if clean(variant.sku) in free else "",
            clean(variant.title),
            json.dumps([[clean(name), clean(value)] for name, value in variant.options]),
            clean(variant.image_url, 2000),
            weight(variant.weight_grams),
            variant.production_days_min,
            variant.production_days_max,
            variant.is_active,
            clean(variant.barcode, 80),
            *(size(variant.size_mm) or (None, None, None)),
        )
        for variant_id, variant in zip(ids, variants, strict=True)
    }
    lock_variants(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE catalog_variant AS v SET
                sku = CASE WHEN t.sku <> '' THEN t.sku ELSE v.sku END,
                title = CASE WHEN t.title <> '' THEN t.title ELSE v.title END,
                options = CASE WHEN t.options <> '[]' THEN t.options::jsonb ELSE v.options END,
                image_url = CASE WHEN t.image_url <> '' THEN t.image_url ELSE v.image_url END,
                weight_grams = coalesce(t.weight_grams, v.weight_grams),
                production_days_min = coalesce(t.days_min, v.production_days_min),
                production_days_max = coalesce(t.days_max, v.production_days_max),
                is_active = t.is_active,
                barcode = CASE WHEN t.barcode <> '' THEN t.barcode ELSE v.barcode END,
                length_mm = coalesce(t.length_mm, v.length_mm),
                width_mm = coalesce(t.width_mm, v.width_mm),
                height_mm = coalesce(t.height_mm, v.height_mm),
                updated_at = %s
            FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[],
                        %s::int[], %s::int[], %s::bool[], %s::text[], %s::int[], %s::int[],
                        %s::int[])
                 AS t(id, sku, title, options, image_url, weight_grams, days_min, days_max,
                      is_active, barcode, length_mm, width_mm, height_mm)
            WHERE v.store_id = %s AND v.id = t.id
            """,
            [at, *as_columns(list(rows.values()), 13), current_store_id()],
        )


def _free_skus(variants: Sequence[ListedVariant]) -> set[str]:
    """Return the skus that nobody has: those a variant listed without one may take now."""
    wanted = [clean(variant.sku) for variant in variants]
    taken = set(Variant.objects.filter(sku__in=wanted).values_list("sku", flat=True))
    once = {sku for sku in wanted if sku and wanted.count(sku) == 1}
    return once - taken


def lock_variants(ids: Iterable[UUID]) -> None:
    """Lock variants in the order of their ids."""
    rows = Variant.objects.select_for_update(no_key=True).filter(id__in=set(ids))
    list(rows.order_by("id").values_list("id"))


def _update_products(products: Sequence[ListedProduct], channel: str, at: datetime) -> None:
    rows = {
        clean(product.external_id): (
            clean(product.external_id),
            clean(product.title),
            clean(product.image_url, 2000),
            product.is_active,
            None if product.tags is None else json.dumps([clean(tag) for tag in product.tags]),
        )
        for product in products
    }
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH listed AS (
                SELECT p.id, t.title, t.image_url, t.is_active, t.tags
                FROM unnest(%s::text[], %s::text[], %s::text[], %s::bool[], %s::text[])
                     AS t(external_id, title, image_url, is_active, tags)
                JOIN catalog_productlisting l
                  ON l.store_id = %s AND l.channel = %s AND l.external_id = t.external_id
                JOIN catalog_product p ON p.id = l.product_id
                ORDER BY p.id FOR NO KEY UPDATE OF p
            )
            UPDATE catalog_product AS p SET
                title = CASE WHEN l.title <> '' THEN l.title ELSE p.title END,
                image_url = CASE WHEN l.image_url <> '' THEN l.image_url ELSE p.image_url END,
                is_active = l.is_active,
                tags = coalesce(l.tags::jsonb, p.tags),
                updated_at = %s
            FROM listed l WHERE p.id = l.id
            """,
            [
                *as_columns(list(rows.values()), 5),
                current_store_id(),
                channel,
                at,
            ],
        )
