"""The line about store credit on other pages: only where there is some."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.portal.formats import show_money
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api as wallet


def credit_line(customer_id: UUID | None, store: StoreInfo, *, language: str, at: datetime) -> str:
    """Return what a shopper has to spend ("€12.00", "€12.00, $5.00"), "" when nothing."""
    if customer_id is None:
        return ""
    balances = wallet.own_balances(customer_id, at=at)
    shown = sorted(balances, key=lambda b: (b.currency != store.currency, b.currency))
    return ", ".join(
        show_money(b.balance_minor, b.currency, language) for b in shown if b.balance_minor
    )
