"""Which lines are gift cards, and who issues them. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from doorstep.rooms.orders.contracts import IncomingOrder, OrderSettings


def marking_cards(order: IncomingOrder, settings: OrderSettings) -> IncomingOrder:
    """Return an order in which what the store sells as gift cards says so."""
    skus = set(settings.gift_card_skus)
    if not skus or not any(line.sku in skus and not line.is_gift_card for line in order.lines):
        return order
    lines = (
        replace(line, is_gift_card=line.is_gift_card or line.sku in skus) for line in order.lines
    )
    return replace(order, lines=tuple(lines))


def is_issued_here(
    sku: str, *, skus: Collection[str], is_connected: bool, issues_platform_cards: bool
) -> bool:
    """Tell whether a line's gift cards are issued here.

    What the store named is. Of a connected shop's own gift cards (Shopify's, those of WooCommerce's
    plugin) the shop mails a code itself, so they are not, unless the store says so.
    """
    return sku in skus or not is_connected or issues_platform_cards
