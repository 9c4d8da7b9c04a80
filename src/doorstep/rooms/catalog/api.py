"""The door of the catalog room."""

from doorstep.rooms.catalog.actions.edit_variant import edit_variant, track_variants
from doorstep.rooms.catalog.actions.resolve_variants import resolve_variants
from doorstep.rooms.catalog.actions.set_care import import_care, set_care
from doorstep.rooms.catalog.actions.set_prices import set_price
from doorstep.rooms.catalog.actions.upsert_products import upsert_products
from doorstep.rooms.catalog.care_queries import (
    find_products_by_sku,
    get_product,
    get_products,
    search_products,
)
from doorstep.rooms.catalog.price_queries import find_prices, list_prices, list_variants_of
from doorstep.rooms.catalog.queries import (
    find_listings,
    find_tracked,
    find_variants_by_barcode,
    find_variants_by_listing,
    find_variants_by_sku,
    get_variant,
    get_variants,
    list_listings,
    search_variants,
)
from doorstep.rooms.catalog.ref_queries import find_products_by_ref

__all__ = [
    "edit_variant",
    "find_listings",
    "find_prices",
    "find_products_by_ref",
    "find_products_by_sku",
    "find_tracked",
    "find_variants_by_barcode",
    "find_variants_by_listing",
    "find_variants_by_sku",
    "get_product",
    "get_products",
    "get_variant",
    "get_variants",
    "import_care",
    "list_listings",
    "list_prices",
    "list_variants_of",
    "resolve_variants",
    "search_products",
    "search_variants",
    "set_care",
    "set_price",
    "track_variants",
    "upsert_products",
]
