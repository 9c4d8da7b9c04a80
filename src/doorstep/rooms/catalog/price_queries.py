"""Reading what variants cost, and which other variants a product has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from doorstep.rooms.catalog.contracts import PriceInfo, VariantInfo
from doorstep.rooms.catalog.models import Variant, VariantPrice
from doorstep.rooms.catalog.queries import variant_info

MOST_VARIANTS = 500


def find_prices(variant_ids: Iterable[UUID], *, channel: str, currency: str) -> dict[UUID, int]:
    """Return what variants cost on a channel in a currency, in one query; unknown ones are left out.

    The channel's own price goes before the one of every channel. Currencies are never converted.
    """
    wanted = set(variant_ids)
    if not wanted:
        return {}
    rows = VariantPrice.objects.filter(
        variant_id__in=wanted, currency=currency, channel__in={"", channel}
    ).order_by("channel")
    return dict(rows.values_list("variant_id", "amount_minor"))  # "" comes first, the own one wins


def list_prices(variant_ids: Iterable[UUID]) -> dict[UUID, tuple[PriceInfo, ...]]:
    """Return all prices of variants, in one query."""
    found: dict[UUID, list[PriceInfo]] = defaultdict(list)
    rows = VariantPrice.objects.filter(variant_id__in=set(variant_ids))
    for row in rows.order_by("variant_id", "channel", "currency"):
        found[row.variant_id].append(
            PriceInfo(row.variant_id, row.channel, row.currency, row.amount_minor, row.updated_at)
        )
    return {variant_id: tuple(prices) for variant_id, prices in found.items()}


def list_variants_of(product_ids: Iterable[UUID]) -> dict[UUID, tuple[VariantInfo, ...]]:
    """Return the variants of products that are on sale, in one query; at most 500 in all."""
    wanted = set(product_ids)
    if not wanted:
        return {}
    rows = Variant.objects.filter(
        product_id__in=wanted, is_active=True, product__is_active=True
    ).select_related("product")
    found: dict[UUID, list[VariantInfo]] = defaultdict(list)
    for row in rows.order_by("product_id", "created_at", "title", "id")[:MOST_VARIANTS]:
        found[row.product_id].append(variant_info(row))
    return {product_id: tuple(variants) for product_id, variants in found.items()}
