"""Frozen values that cross the wall of the catalog room."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

Options = tuple[tuple[str, str], ...]  # ("Color", "Blue")
SizeMm = tuple[int, int, int]  # length, width and height in whole millimeters


@dataclass(frozen=True, slots=True)
class VariantClaim:
    """What one order line says about the thing that was bought.

    :param channel: the sales channel the external ids belong to.
    :param variant_external_id: ``""`` where the channel's product has no variants.
    """

    channel: str
    product_external_id: str = ""
    variant_external_id: str = ""
    sku: str = ""
    title: str = ""
    variant_title: str = ""
    options: Options = ()
    image_url: str = ""
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class ListedVariant:
    """A variant as a platform lists it. ``None`` and ``""`` leave what is known unchanged."""

    external_id: str  # "" where the product has no variants
    sku: str = ""
    title: str = ""
    options: Options = ()
    image_url: str = ""
    weight_grams: int | None = None
    production_days_min: int | None = None
    production_days_max: int | None = None
    is_active: bool = True
    barcode: str = ""
    size_mm: SizeMm | None = None


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product as a platform lists it, with all its variants."""

    external_id: str
    title: str
    image_url: str = ""
    is_active: bool = True
    variants: tuple[ListedVariant, ...] = ()
    tags: tuple[str, ...] | None = None  # None leaves what is known


@dataclass(frozen=True, slots=True)
class VariantInfo:
    """A sellable thing. ``production_days_*`` are set for what is made to order."""

    id: UUID
    product_id: UUID
    product_title: str
    title: str  # "Blue / M", "" when the product has one variant only
    sku: str
    options: Options
    image_url: str  # the variant's own, else the product's
    weight_grams: int | None
    is_tracked: bool  # False: stock is not counted, it can always be sold
    production_days_min: int | None
    production_days_max: int | None
    is_active: bool
    barcode: str = ""
    size_mm: SizeMm | None = None
    product_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingInfo:
    """Where a variant is sold, under which ids."""

    channel: str
    product_external_id: str
    variant_external_id: str
    variant_id: UUID


@dataclass(frozen=True, slots=True)
class VariantPage:
    """One page of a list; ``next_cursor`` is ``""`` on the last."""

    variants: tuple[VariantInfo, ...]
    next_cursor: str
