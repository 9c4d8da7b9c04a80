"""What the tests of this room share: shoppers, staff, and short ways to give and spend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.wallet import api
from doorstep.rooms.wallet.contracts import Balance, GiftCardView

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
INES = Actor("user", "ines", "Ines", role="owner")
SAM = Actor("user", "sam", "Sam", role="support")
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")
SYSTEM = Actor.system("wallet.tests")


def shopper(name: str = "maya") -> UUID:
    """Return a customer."""
    claim = PersonClaim(email=f"{name}@example.com", name=name.title())
    return customers.resolve_customers([claim], at=AT)[0]


def give(customer: UUID, amount: int, cause: str, *, days: int | None = None) -> Balance:
    """Give store credit in euro cents that ends after so many days."""
    ends = None if days is None else AT + days * DAY
    return api.issue_credit(
        customer_id=customer, currency="EUR", amount_minor=amount, cause=cause,
        words=f"Because of {cause}", expires_at=ends, by=INES, at=AT,
    )  # fmt: skip


def pay(customer: UUID, amount: int, cause: str, at: datetime = AT) -> Balance:
    """Spend store credit."""
    return api.spend_credit(
        customer_id=customer, currency="EUR", amount_minor=amount, cause=cause, words="Paid",
        by=SYSTEM, at=at,
    )  # fmt: skip


def card(amount: int = 5000, cause: str = "counter-1", **more: Any) -> GiftCardView:
    """Issue a gift card."""
    return api.issue_gift_card(
        **{"currency": "EUR", "amount_minor": amount, "cause": cause, "by": INES, "at": AT, **more}
    )


def pay_by_card(code: str, amount: int, cause: str, at: datetime = AT) -> GiftCardView:
    """Spend from a gift card."""
    return api.spend_gift_card(
        code=code, currency="EUR", amount_minor=amount, cause=cause, words="Paid", by=SYSTEM, at=at
    )
