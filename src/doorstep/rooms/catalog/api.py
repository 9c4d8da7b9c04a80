"""The door of the catalog room."""

from doorstep.rooms.catalog.actions.edit_variant import edit_variant, track_variants
from doorstep.rooms.catalog.actions.resolve_variants import resolve_variants
from doorstep.rooms.catalog.actions.upsert_products import upsert_products
from doorstep.rooms.catalog.queries import (
    find_tracked,
    find_variants_by_barcode,
    find_variants_by_listing,
    find_variants_by_sku,
    get_variant,
    get_variants,
    list_listings,
    search_variants,
)

__all__ = [
    "edit_variant",
    "find_tracked",
    "find_variants_by_barcode",
    "find_variants_by_listing",
    "find_variants_by_sku",
    "get_variant",
    "get_variants",
    "list_listings",
    "resolve_variants",
    "search_variants",
    "track_variants",
    "upsert_products",
]
