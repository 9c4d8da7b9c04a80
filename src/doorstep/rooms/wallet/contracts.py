"""Frozen values that cross the wall of the wallet room: store credit and gift cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ValueKind(StrEnum):
    """What kind of stored value."""

    STORE_CREDIT = "store_credit"  # belongs to a customer
    GIFT_CARD = "gift_card"  # belongs to whoever has the code


@dataclass(frozen=True, slots=True)
class Balance:
    """What somebody has in one currency; ``expires_at`` of the lot that is spent next."""

    account_id: UUID
    kind: ValueKind
    currency: str
    balance_minor: int
    next_expiry_at: datetime | None
    next_expiry_minor: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement, newest first; ``words`` explain it to its owner."""

    at: datetime
    amount_minor: int  # + came in, - went out
    balance_minor: int  # after it
    kind: str  # issued, spent, given_back, expired, reversed
    cause: str
    words: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A customer's store credit in one currency."""

    balance: Balance
    lines: tuple[StatementLine, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class SpendGivenBack:
    """What went back of a spend, and what is on the account now."""

    kind: ValueKind
    account_id: UUID
    currency: str
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class ValueSpend:
    """A payment with stored value: what was taken, and what is left."""

    kind: ValueKind
    cause: str
    currency: str
    amount_minor: int
    balance_minor: int
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class OwedRow:
    """What the store owes in one currency and kind.

    :param by_age: (at least so many days old, below so many or None, minor units).
    :param ending: (ends within so many days, minor units); 0: later, None: never.
    """

    kind: ValueKind
    currency: str
    total_minor: int
    holders: int
    by_age: tuple[tuple[int, int | None, int], ...]
    ending: tuple[tuple[int | None, int], ...]


@dataclass(frozen=True, slots=True)
class GiftCardCheck:
    """What a checkout may know of a card it was given the code of."""

    last4: str
    currency: str
    balance_minor: int
    state: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class GiftCardPage:
    """Gift cards, newest first."""

    items: tuple[GiftCardView, ...]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardView:
    """A gift card. ``code`` is whole only when it was just made; else its last four characters."""

    id: UUID
    code: str
    last4: str
    currency: str
    issued_minor: int
    balance_minor: int
    state: str  # waiting (for its day), active, disabled, empty, expired
    recipient_name: str
    recipient_email: str
    sender_name: str
    words: str  # the sender's words
    send_at: datetime | None
    sent_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    buyer_id: UUID | None = None
    message_id: UUID | None = None  # the latest mail with it
    disabled_reason: str = ""


@dataclass(frozen=True, slots=True)
class CardWish:
    """For whom a card is; "" and None where nothing was said."""

    email: str = ""
    name: str = ""
    sender: str = ""
    words: str = ""
    send_on: date | None = None
