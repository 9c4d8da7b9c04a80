"""Reading the catalog."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.rooms.catalog.contracts import ListingInfo, SizeMm, VariantInfo, VariantPage
from doorstep.rooms.catalog.models import Variant, VariantListing


def variant_info(row: Variant) -> VariantInfo:
    """Return a variant's row, its product read along, as it crosses the wall."""
    return VariantInfo(
        id=row.id,
        product_id=row.product_id,
        product_title=row.product.title,
        title=row.title,
        sku=row.sku,
        options=tuple((name, value) for name, value in row.options),
        image_url=row.image_url or row.product.image_url,
        weight_grams=row.weight_grams,
        is_tracked=row.is_tracked,
        production_days_min=row.production_days_min,
        production_days_max=row.production_days_max,
        is_active=row.is_active and row.product.is_active,
        barcode=row.barcode,
        size_mm=_size(row),
        product_tags=tuple(row.product.tags),
    )


def _size(row: Variant) -> SizeMm | None:
    if row.length_mm is None or row.width_mm is None or row.height_mm is None:
        return None
    return row.length_mm, row.width_mm, row.height_mm


def get_variant(variant_id: UUID) -> VariantInfo:
    """Return a variant. :raises NotFound: there is none in this store."""
    found = get_variants([variant_id])
    if variant_id not in found:
        raise NotFound("There is no such variant.")
    return found[variant_id]


def get_variants(variant_ids: Iterable[UUID]) -> dict[UUID, VariantInfo]:
    """Return variants by id, in one query; those not in this store are left out."""
    rows = Variant.objects.filter(id__in=set(variant_ids)).select_related("product")
    return {row.id: variant_info(row) for row in rows}


def find_tracked(variant_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of the variants whose stock is counted."""
    wanted = set(variant_ids)
    if not wanted:
        return set()
    rows = Variant.objects.filter(id__in=wanted, is_tracked=True)
    return set(rows.values_list("id", flat=True))


def find_variants_by_sku(skus: Iterable[str]) -> dict[str, UUID]:
    """Return sku → variant for those that exist."""
    rows = Variant.objects.filter(sku__in={sku for sku in skus if sku})
    return dict(rows.values_list("sku", "id"))


def find_variants_by_barcode(barcodes: Iterable[str]) -> dict[str, UUID]:
    """Return barcode → variant for those that exist; one on several is the oldest's."""
    rows = Variant.objects.filter(barcode__in={code for code in barcodes if code})
    return dict(rows.order_by("-id").values_list("barcode", "id"))


def find_variants_by_listing(channel: str, variant_external_ids: Iterable[str]) -> dict[str, UUID]:
    """Return a channel's variant ids → variant for those it listed (stock pushed by id)."""
    rows = VariantListing.objects.filter(
        channel=channel, variant_external_id__in={key for key in variant_external_ids if key}
    )
    return dict(rows.values_list("variant_external_id", "variant_id"))


def list_listings(variant_id: UUID) -> list[ListingInfo]:
    """List where a variant is sold, by channel."""
    rows = VariantListing.objects.filter(variant_id=variant_id).order_by("channel", "id")
    return [
        ListingInfo(row.channel, row.product_external_id, row.variant_external_id, row.variant_id)
        for row in rows
    ]


def find_listings(channel: str, variant_ids: Iterable[UUID]) -> dict[UUID, ListingInfo]:
    """Return the ids variants have on a channel, in one query; several of one: the oldest."""
    wanted = set(variant_ids)
    if not wanted:
        return {}
    rows = VariantListing.objects.filter(channel=channel, variant_id__in=wanted).order_by("-id")
    return {
        row.variant_id: ListingInfo(
            row.channel, row.product_external_id, row.variant_external_id, row.variant_id
        )
        for row in rows
    }


def search_variants(
    text: str = "", *, tracked: bool | None = None, cursor: str = "", limit: int = 50
) -> VariantPage:
    """List variants by product and title whose sku begins with, or titles contain, ``text``.

    :param tracked: only those whose stock is counted (or only those whose is not).
    :param cursor: ``next_cursor`` of the page before.
    :raises Invalid: the cursor is not one of ours.
    """
    rows = Variant.objects.select_related("product")
    if wanted := text.replace("\x00", "").strip():
        rows = rows.filter(
            Q(sku__istartswith=wanted)
            | Q(title__icontains=wanted)
            | Q(product__title__icontains=wanted)
        )
    if tracked is not None:
        rows = rows.filter(is_tracked=tracked)
    # Pages by offset: a catalog is thousands of rows, and its order is by words that change.
    start = read_cursor(cursor)
    page = list(rows.order_by("product__title", "title", "id")[start : start + limit + 1])
    more = len(page) > limit
    return VariantPage(
        tuple(variant_info(row) for row in page[:limit]),
        write_cursor(start + limit) if more else "",
    )


def write_cursor(start: int) -> str:
    """Return where the next page begins, as an opaque text."""
    return base64.urlsafe_b64encode(str(start).encode()).decode()


def read_cursor(cursor: str) -> int:
    """Return where a page begins. :raises Invalid: the cursor is not one of ours."""
    if not cursor:
        return 0
    try:
        start = int(base64.urlsafe_b64decode(cursor).decode())
    except (binascii.Error, ValueError):
        start = -1
    if not 0 <= start < 10_000_000:
        raise Invalid("This page does not exist: start from the first.", field="cursor")
    return start
