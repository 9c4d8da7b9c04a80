"""What this room keeps about a person, for a copy of their data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from doorstep.rooms.customers.api import exports
from doorstep.rooms.wallet.contracts import GiftCardView, Statement
from doorstep.rooms.wallet.queries import balances_of, list_gift_cards, statement

ALL = 10_000


@exports("store_credit")
def export_store_credit(customer_id: UUID, at: datetime) -> list[Statement]:
    """Return a person's store credit with every movement, by currency."""
    balances = balances_of([customer_id], at=at).get(customer_id, [])
    return [statement(customer_id, b.currency, at=at, limit=ALL) for b in balances]


@exports("gift_cards")
def export_gift_cards(customer_id: UUID, at: datetime) -> list[GiftCardView]:
    """Return the gift cards a person bought, without their codes, newest first."""
    return list(list_gift_cards(buyer_id=customer_id, limit=ALL, at=at).items)
