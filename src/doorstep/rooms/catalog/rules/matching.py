"""Which variant an order line means: decided without a database.

A channel's own ids speak loudest, then the merchant's sku. So one sku on two channels (or on two
listings of one) is one thing with one stock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

ListingKey = tuple[str, str, str]  # channel, product id ("" where the variant has one), variant id
ProductKey = tuple[str, str]  # channel, product id


@dataclass(frozen=True, slots=True)
class Clue:
    """What a line is recognized by, cleaned."""

    listing: ListingKey | None
    product: ProductKey | None
    sku: str


@dataclass(slots=True)
class Known:
    """What the catalog knows of the clues at hand."""

    listings: Mapping[ListingKey, UUID]
    skus: Mapping[str, UUID]
    products: Mapping[ProductKey, UUID]
    product_of: Mapping[UUID, UUID]  # variant → its product


@dataclass(slots=True)
class Matches:
    """Which variant each clue means, and what has to be written for that."""

    variant_ids: list[UUID | None] = field(default_factory=list)
    products: dict[UUID, int] = field(default_factory=dict)  # new product → its first clue
    variants: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)  # new → product, clue
    listings: dict[ListingKey, tuple[UUID, str]] = field(default_factory=dict)  # → variant, product
    product_listings: dict[ProductKey, UUID] = field(default_factory=dict)


def clue(channel: str, product_id: str, variant_id: str, sku: str) -> Clue:
    """Build a clue; a variant's own id needs no product's beside it to be unique."""
    listing = None
    if channel and variant_id:
        listing = (channel, "", variant_id)
    elif channel and product_id:
        listing = (channel, product_id, "")
    return Clue(listing, (channel, product_id) if channel and product_id else None, sku)


def match(clues: Sequence[Clue], known: Known, new_id: Callable[[], UUID]) -> Matches:
    """Find or plan the variant of every clue, in the order given; nothing to go by is None."""
    found = Matches()
    listings, skus = dict(known.listings), dict(known.skus)
    products, product_of = dict(known.products), dict(known.product_of)
    for index, one in enumerate(clues):
        if one.listing is None and not one.sku:
            found.variant_ids.append(None)
            continue
        variant = listings.get(one.listing) if one.listing else None
        variant = variant or skus.get(one.sku)
        if variant is None:
            product = products.get(one.product) if one.product else None
            if product is None:
                product = new_id()
                found.products[product] = index
            variant = new_id()
            found.variants[variant] = (product, index)
            product_of[variant] = product
            if one.sku:
                skus[one.sku] = variant
        if one.product and one.product not in products:
            products[one.product] = found.product_listings[one.product] = product_of[variant]
        if one.listing and one.listing not in listings:
            listings[one.listing] = variant
            found.listings[one.listing] = (variant, one.product[1] if one.product else "")
        found.variant_ids.append(variant)
    return found
