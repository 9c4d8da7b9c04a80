"""Stored value on an order's page: the shopper's credit, and the gift cards the order bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from doorstep.portal.formats import show_money
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api as wallet
from doorstep.rooms.wallet.contracts import GiftCardView


def credit_line(customer_id: UUID | None, store: StoreInfo, *, language: str, at: datetime) -> str:
    """Return what a shopper has to spend ("€12.00", "€12.00, $5.00"), "" when nothing."""
    if customer_id is None:
        return ""
    balances = wallet.own_balances(customer_id, at=at)
    shown = sorted(balances, key=lambda b: (b.currency != store.currency, b.currency))
    return ", ".join(
        show_money(b.balance_minor, b.currency, language) for b in shown if b.balance_minor
    )


@dataclass(frozen=True, slots=True)
class SoldCard:
    """A gift card that an order bought: its worth, for whom, and whether it was sent."""

    amount: str
    name: str
    words: str


def sold_cards(reading: Reading) -> list[SoldCard]:
    """Return the gift cards of an order; nothing is asked where it has none.

    The code stands on no page: it goes to whom the card is for.
    """
    if not any(line.is_gift_card for line in reading.order.lines):
        return []
    issued = wallet.list_order_cards(reading.order.id, at=reading.at)
    return [
        SoldCard(
            show_money(card.issued_minor, card.currency, reading.language),
            card.recipient_name if card.sender_name else "",
            _words(card, reading),
        )
        for line in reading.order.lines
        for card in issued.get(line.id, ())
    ]


def _words(card: GiftCardView, reading: Reading) -> str:
    if card.state == "disabled":
        return _("Stopped: it can’t be used any more")
    if card.sent_at is not None:
        return _("Sent by e-mail on %(day)s") % {"day": reading.date_of(card.sent_at)}
    if card.send_at is None:
        return _("The shop will send you the code")
    if card.send_at > reading.at:
        return _("Will be sent by e-mail on %(day)s") % {"day": reading.date_of(card.send_at)}
    return _("On its way by e-mail")
