"""What there is to say about gift cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from doorstep.kernel.errors import Conflict
from doorstep.kernel.ledger import api as ledger
from doorstep.rooms.wallet.contracts import GiftCardView
from doorstep.rooms.wallet.models import GiftCard

STATES = ("active", "waiting", "empty", "expired", "disabled")


def view_all(rows: Sequence[GiftCard], at: datetime) -> list[GiftCardView]:
    """Return cards as they cross the wall: without their codes, with what is left at ``at``."""
    accounts = ledger.get_accounts([row.account_id for row in rows], at=at)
    return [_view(row, accounts[row.account_id].balance, at) for row in rows]


def _view(row: GiftCard, balance: int, at: datetime) -> GiftCardView:
    return GiftCardView(
        id=row.id, code=f"•••• {row.last4}", last4=row.last4, currency=row.currency,
        issued_minor=row.issued_minor, balance_minor=balance, state=state_of(row, balance, at),
        recipient_name=row.recipient_name, recipient_email=row.recipient_email,
        sender_name=row.sender_name, words=row.words, send_at=row.send_at, sent_at=row.sent_at,
        expires_at=row.expires_at, created_at=row.created_at, buyer_id=row.buyer_id,
        message_id=row.message_id, disabled_reason=row.disabled_reason,
    )  # fmt: skip


def with_code(view: GiftCardView, code: str) -> GiftCardView:
    """Return a view with the whole code, for the moment it is made."""
    return replace(view, code=code)


def state_of(row: GiftCard, balance: int, at: datetime) -> str:
    """Return where a card stands; one of ``STATES``."""
    if row.disabled_at is not None:
        return "disabled"
    if row.expires_at is not None and row.expires_at <= at:
        return "expired"
    if not balance:
        return "empty"
    if row.send_at is not None and not row.sends and row.send_at > at:
        return "waiting"
    return "active"


def check_spendable(row: GiftCard, at: datetime) -> None:
    """Raise unless a card can be spent; who has its code may know why.

    :raises Conflict: with what to do.
    """
    if row.disabled_at is not None:
        raise Conflict("This gift card was disabled. Please ask the shop.", field="code")
    if row.expires_at is not None and row.expires_at <= at:
        raise Conflict("This gift card has ended.", field="code")
    if row.send_at is not None and not row.sends and row.send_at > at:
        raise Conflict("This gift card is not valid yet: its day is still to come.", field="code")
