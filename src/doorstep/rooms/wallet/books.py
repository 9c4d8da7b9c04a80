"""How this room uses the ledger: two books, one account per holder and currency."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ledger.api import AccountKey, AccountView, EntryView, NotEnough, get_accounts
from doorstep.kernel.money import exponent, format_money
from doorstep.rooms.customers import api as customers
from doorstep.rooms.wallet.contracts import Balance, ValueKind

CREDIT = ValueKind.STORE_CREDIT.value
CARD = ValueKind.GIFT_CARD.value
MAX_MINOR = 10**12  # a wallet with more than that in it is a typing mistake


def credit_key(customer_id: UUID, currency: str) -> AccountKey:
    """Return the account of a customer's store credit in a currency."""
    return AccountKey(CREDIT, f"customer:{customer_id}", currency)


def card_key(card_id: UUID, currency: str) -> AccountKey:
    """Return the account of a gift card."""
    return AccountKey(CARD, f"gift_card:{card_id}", currency)


def holder_id(holder: str) -> UUID:
    """Return whose account it is: the customer's id, or the card's."""
    return UUID(holder.partition(":")[2])


def check_amount(amount_minor: int, currency: str) -> None:
    """Raise unless this is an amount of money.

    :raises Invalid: not above zero, too large, or no such currency.
    """
    exponent(currency)
    if not 0 < amount_minor <= MAX_MINOR:
        raise Invalid("Enter an amount above zero.", field="amount_minor")


def check_cause(cause: str) -> None:
    """Raise unless this can make something happen once. :raises Invalid: empty or endless."""
    if not cause.strip() or len(cause) > 200 or "\x00" in cause:
        raise Invalid("Give a reference of 1 to 200 characters.", field="cause")


def survivors(customer_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return customer -> who they are now, after merges; who is unknown is left out."""
    return {asked: info.id for asked, info in customers.get_customers(list(customer_ids)).items()}


def living(customer_id: UUID) -> UUID:
    """Return who a customer is now.

    :raises NotFound: there is no such customer, or they were erased.
    """
    found = customers.get_customers([customer_id]).get(customer_id)
    if found is None or found.erased_at is not None:
        raise NotFound("There is no such customer.")
    return found.id


def balance_of(view: AccountView) -> Balance:
    """Return an account as it crosses the wall."""
    return Balance(
        view.id,
        ValueKind(view.key.book),
        view.key.unit,
        view.balance,
        view.next_expiry_at,
        view.next_expiry_amount,
    )


def account_of(entry: EntryView) -> AccountView:
    """Return the account an entry moved."""
    return get_accounts([entry.account_id])[entry.account_id]


class NotEnoughValue(Conflict):
    """There is less than that left; ``has_minor`` says how much."""

    code = "not_enough"

    def __init__(self, error: NotEnough, currency: str) -> None:
        left = format_money(error.has, currency, "en")
        wanted = format_money(error.wanted, currency, "en")
        super().__init__(
            f"There is {left} left, and {wanted} was asked for. Ask for at most {left}."
            if error.has
            else "There is nothing left on it.",
            field="amount_minor",
        )
        self.has_minor = error.has
