"""Frozen values that cross the wall of the catalog room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
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
    price: Decimal | None = None  # of one piece, as the channel shows its prices
    currency: str = ""  # "" where the channel does not say it: the store's own


@dataclass(frozen=True, slots=True)
class PriceInfo:
    """What one piece of a variant costs; ``channel`` "" is everywhere else."""

    variant_id: UUID
    channel: str
    currency: str
    amount_minor: int
    updated_at: datetime


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
class CareTexts:
    """How a product is used and looked after, in one language; "" where nothing is written."""

    how_to: str = ""
    care: str = ""


@dataclass(frozen=True, slots=True)
class ProductCare:
    """A product with what messages after the purchase tell of it.

    :param texts: in the store's own language.
    :param translations: language ("de", "pt-BR") -> texts; where one is empty ``texts`` serves.
    :param run_out_days: how long one piece lasts, None where it is not used up.
    :param variant_count: how many variants it has.
    """

    product_id: UUID
    title: str
    image_url: str
    is_active: bool
    page_url: str
    texts: CareTexts
    how_to_video_url: str
    how_to_image_url: str
    how_to_page_url: str
    run_out_days: int | None
    translations: Mapping[str, CareTexts] = field(default_factory=dict)
    variant_count: int = 0

    def texts_in(self, locale: str) -> CareTexts:
        """Return the texts for a reader: each in their language, else in the store's own."""
        tag = locale.replace("_", "-")
        for known in (tag, tag.split("-")[0].lower()):
            if own := self.translations.get(known):
                return CareTexts(own.how_to or self.texts.how_to, own.care or self.texts.care)
        return self.texts

    @property
    def has_how_to(self) -> bool:
        """Tell whether there is anything about how to use it."""
        links = self.how_to_video_url or self.how_to_image_url or self.how_to_page_url
        return bool(links or self.texts.how_to or any(t.how_to for t in self.translations.values()))

    @property
    def has_care(self) -> bool:
        """Tell whether there is anything about how to look after it."""
        return bool(self.texts.care or any(t.care for t in self.translations.values()))


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of a list; ``next_cursor`` is ``""`` on the last."""

    products: tuple[ProductCare, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class CareImport:
    """What a file of care texts did: products changed, the same as before, and what is wrong."""

    changed: int
    unchanged: int
    problems: tuple[str, ...]


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
