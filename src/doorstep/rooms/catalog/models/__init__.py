"""The catalog room's tables, gathered here because Django looks for them in this module."""

from doorstep.rooms.catalog.models.listing import ProductListing, VariantListing
from doorstep.rooms.catalog.models.price import VariantPrice
from doorstep.rooms.catalog.models.product import Product, Variant

__all__ = ["Product", "ProductListing", "Variant", "VariantListing", "VariantPrice"]
