"""What happened to stored value. Keyed by the customer (by the card where there is none)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from doorstep.kernel.events.registry import event


@event("wallet.credit_issued")
@dataclass(frozen=True, slots=True)
class CreditIssued:
    """A customer got store credit."""

    customer_id: UUID
    cause: str
    currency: str
    amount_minor: int
    balance_minor: int
    expires_at: datetime | None


@event("wallet.value_spent")
@dataclass(frozen=True, slots=True)
class ValueSpent:
    """Store credit or a gift card paid for something (``cause``, "order:<uuid>:…")."""

    account_id: UUID
    customer_id: UUID | None
    kind: str
    cause: str
    currency: str
    amount_minor: int
    balance_minor: int


@event("wallet.value_expired")
@dataclass(frozen=True, slots=True)
class ValueExpired:
    """Stored value ended unspent."""

    account_id: UUID
    customer_id: UUID | None
    kind: str
    currency: str
    amount_minor: int


@event("wallet.gift_card_issued")
@dataclass(frozen=True, slots=True)
class GiftCardIssued:
    """A gift card exists; the code is in no event."""

    gift_card_id: UUID
    customer_id: UUID | None  # who bought it
    currency: str
    amount_minor: int


@event("wallet.credit_taken_back")
@dataclass(frozen=True, slots=True)
class CreditTakenBack:
    """Store credit was taken back from a customer."""

    customer_id: UUID
    cause: str
    currency: str
    amount_minor: int
    balance_minor: int


@event("wallet.value_given_back")
@dataclass(frozen=True, slots=True)
class ValueGivenBack:
    """Part of a spend went back to where it came from; ``cause`` is what it was spent for."""

    account_id: UUID
    customer_id: UUID | None
    kind: str
    cause: str
    currency: str
    amount_minor: int
    balance_minor: int


@event("wallet.gift_card_disabled")
@dataclass(frozen=True, slots=True)
class GiftCardDisabled:
    """A gift card can't be spent any more, or again (``is_disabled`` False)."""

    gift_card_id: UUID
    customer_id: UUID | None
    is_disabled: bool
