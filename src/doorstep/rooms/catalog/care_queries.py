"""Reading products with their care texts."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from doorstep.kernel.errors import NotFound
from doorstep.rooms.catalog.contracts import CareTexts, ProductCare, ProductPage
from doorstep.rooms.catalog.models import Product, Variant
from doorstep.rooms.catalog.queries import read_cursor, write_cursor


def care_of(row: Product, variant_count: int = 0) -> ProductCare:
    """Turn a row into what crosses the wall."""
    return ProductCare(
        product_id=row.id,
        title=row.title,
        image_url=row.image_url,
        is_active=row.is_active,
        page_url=row.page_url,
        texts=CareTexts(row.how_to, row.care),
        how_to_video_url=row.how_to_video_url,
        how_to_image_url=row.how_to_image_url,
        how_to_page_url=row.how_to_page_url,
        run_out_days=row.run_out_days,
        translations={
            language: CareTexts(texts.get("how_to", ""), texts.get("care", ""))
            for language, texts in row.care_texts.items()
        },
        variant_count=variant_count,
    )


def get_product(product_id: UUID) -> ProductCare:
    """Return a product. :raises NotFound: there is none in this store."""
    row = Product.objects.filter(id=product_id).first()
    if row is None:
        raise NotFound("There is no such product.")
    return care_of(row, Variant.objects.filter(product_id=product_id).count())


def get_products(product_ids: Iterable[UUID]) -> dict[UUID, ProductCare]:
    """Return products by id, in one query; those not in this store are left out."""
    rows = Product.objects.filter(id__in=set(product_ids))
    return {row.id: care_of(row) for row in rows}


def find_products_by_sku(skus: Iterable[str]) -> dict[str, UUID]:
    """Return sku -> product for those that exist."""
    rows = Variant.objects.filter(sku__in={sku for sku in skus if sku})
    return dict(rows.values_list("sku", "product_id"))


def search_products(
    text: str = "", *, missing: str = "", cursor: str = "", limit: int = 50
) -> ProductPage:
    """List products by title whose title contains ``text``, or a variant's sku begins with it.

    :param missing: ``how_to``, ``care`` or ``run_out_days``: only active products without it.
    :param cursor: ``next_cursor`` of the page before.
    :raises Invalid: the cursor is not one of ours.
    """
    rows: QuerySet[Product] = Product.objects.all()
    if wanted := text.replace("\x00", "").strip():
        of_sku = Variant.objects.filter(sku__istartswith=wanted).values("product_id")
        rows = rows.filter(Q(title__icontains=wanted) | Q(id__in=of_sku))
    if missing == "run_out_days":
        rows = rows.filter(is_active=True, run_out_days__isnull=True)
    elif missing in ("how_to", "care"):
        rows = rows.filter(is_active=True, **{missing: ""})
    start = read_cursor(cursor)
    page = list(rows.order_by("title", "id")[start : start + limit + 1])
    counts = dict(
        Variant.objects.filter(product_id__in=[row.id for row in page[:limit]])
        .values_list("product_id")
        .annotate(count=Count("id"))
    )
    products = tuple(care_of(row, counts.get(row.id, 0)) for row in page[:limit])
    return ProductPage(products, write_cursor(start + limit) if len(page) > limit else "")
