"""Gift cards that orders sold: issued once they are paid, stopped once they are given back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from doorstep.kernel.actors import Actor
from doorstep.rooms.billing.reading import get_moneys
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import SoldCards
from doorstep.rooms.stores import api as stores
from doorstep.rooms.wallet import api as wallet
from doorstep.rooms.wallet.contracts import CardWish

STOPPED = "Its order was canceled or given back"


def settle_sold_cards(order_ids: Collection[UUID], *, by: Actor, at: datetime) -> None:
    """Bring gift cards in line with the orders that sold them; safe to repeat.

    A card is worth the list price of its piece, whatever discount it was sold with. It goes to whom
    the line names, at the day it names, else to the buyer at once. Where nobody's address is known
    it waits in the console for somebody to send it.
    """
    sold = [one for one in orders.list_sold_cards(order_ids) if one.is_issued_here]
    if not sold:
        return
    asked = {one.order_id for one in sold if not one.is_paid and one.pieces}
    moneys = get_moneys(list(asked)) if asked else {}
    paid = {order_id for order_id, money in moneys.items() if money.outstanding_minor <= 0}
    today = at.astimezone(ZoneInfo(stores.get_store().timezone)).date()
    for one in sold:
        wallet.stop_line_cards(
            order_id=one.order_id, line_id=one.line_id, keep=one.pieces, reason=STOPPED,
            by=by, at=at,
        )  # fmt: skip
        if one.unit_price_minor > 0 and (one.is_paid or one.order_id in paid):
            _issue(one, wallet.read_wish(one.properties, today), by=by, at=at)


def _issue(one: SoldCards, wish: CardWish, *, by: Actor, at: datetime) -> None:
    is_gift = bool(wish.email) and wish.email.lower() != one.email.lower()
    first_name = one.shopper_name.split()[0] if one.shopper_name.strip() else ""
    wallet.issue_for_line(
        order_id=one.order_id,
        line_id=one.line_id,
        quantity=one.pieces,
        currency=one.currency,
        unit_minor=one.unit_price_minor,
        buyer_id=one.customer_id,
        recipient_name=wish.name or ("" if is_gift else one.shopper_name[:200]),
        recipient_email=wish.email or one.email,
        recipient_locale="" if is_gift else one.locale,
        sender_name=wish.sender or (first_name[:200] if is_gift else ""),
        words=wish.words,
        send_on=wish.send_on,
        by=by,
        at=at,
    )
