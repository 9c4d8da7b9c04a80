"""What a new thing costs in an exchange.

The rule: who exchanges for another variant pays the difference of the list prices, and keeps the
discount of what comes back. Anything else costs its list price. Where the catalog knows no price in
the order's currency, a variant of the same product is an even exchange.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from doorstep.rooms.catalog import api as catalog


@dataclass(frozen=True, slots=True)
class Given:
    """What comes back for a new thing: one piece of it.

    :param paid_minor: what was paid for the piece, tax in.
    :param variant_id: what it is, None for what is not in the catalog.
    """

    paid_minor: int
    variant_id: UUID | None


def list_prices(
    variant_ids: Collection[UUID], *, channel: str, currency: str
) -> Mapping[UUID, int]:
    """Return the list prices that are known in a currency, tax as the store's prices have it."""
    return catalog.find_prices(variant_ids, channel=channel, currency=currency)


def exchange_price(
    given: Given, variant_id: UUID, prices: Mapping[UUID, int], *, is_variant: bool
) -> int | None:
    """Return what one piece of the new thing costs; None: nobody knows.

    :param is_variant: another variant of the same product, not just anything.
    """
    price = prices.get(variant_id)
    if not is_variant:
        return price
    own = prices.get(given.variant_id) if given.variant_id else None
    if price is None or own is None:
        return given.paid_minor
    return max(given.paid_minor + price - own, 0)
