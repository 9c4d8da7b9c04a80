"""Store credit that a journey gives: many people at once, each once for each of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ledger import api as ledger
from doorstep.kernel.ledger.api import Credit
from doorstep.kernel.money import to_minor
from doorstep.rooms.customers import api as customers
from doorstep.rooms.wallet import books
from doorstep.rooms.wallet.actions.credit import read_balance
from doorstep.rooms.wallet.contracts import Balance
from doorstep.rooms.wallet.events import CreditIssued

Amount = Annotated[str, Field(description="What each person gets, as 5.00.", max_length=20)]
Currency = Annotated[str, Field(description="EUR, USD and so on.", pattern="^[A-Z]{3}$")]
Words = Annotated[
    str, Field(description="Why, as the customer reads it.", min_length=1, max_length=200)
]
Days = Annotated[
    int | None,
    Field(description="After so many days what is left of it ends. Empty: never.", ge=1, le=3_650),
]


def rewarded(*, amount: str, currency: str, **_others: object) -> tuple[str, int]:
    """Say how much one person gets. :raises Invalid: that is no amount of money."""
    minor = to_minor(amount.strip(), currency)
    books.check_amount(minor, currency)
    return currency, minor


def give_to_set(
    *,
    ids: Sequence[UUID],
    causes: Sequence[str],
    amount: str,
    currency: str,
    words: str,
    lasts_days: int | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """Give many customers the same, each once per cause; who was erased meanwhile gets nothing.

    The number of queries does not grow with the people. Joins the caller's transaction.

    :raises Invalid: that is no amount of money.
    """
    _, minor = rewarded(amount=amount, currency=currency)
    ends = at + timedelta(days=lasts_days) if lasts_days else None
    people = customers.get_customers(list(ids))
    living = [
        (people[one].id, cause)
        for one, cause in zip(ids, causes, strict=True)
        if one in people and people[one].erased_at is None
    ]
    for cause in causes:
        books.check_cause(cause)
    entries = ledger.credit_many(
        [
            Credit(books.credit_key(person, currency), minor, cause, words.strip(), ends)
            for person, cause in living
        ],
        by=by,
        at=at,
    )
    balances = _balances({person for person, _ in living}, currency, at)
    drafts = [
        EventDraft(
            CreditIssued(person, cause, currency, minor, balances.get(person, minor), ends),
            person, at, by, f"customer:{person}",
        )
        for (person, cause), entry in zip(living, entries, strict=True)
        if not entry.is_repeat
    ]  # fmt: skip
    publish_many(drafts)


def _balances(people: set[UUID], currency: str, at: datetime) -> dict[UUID, int]:
    holders = {books.credit_key(person, currency).holder: person for person in people}
    found = ledger.list_accounts(books.CREDIT, list(holders), at=at)
    return {
        holders[holder]: view.balance
        for holder, views in found.items()
        for view in views
        if view.key.unit == currency
    }


@action(
    "wallet.reward_customer",
    permission="wallet.issue",
    summary="Give store credit: an amount that lasts for some days",
    undo="wallet.take_back_credit",
    runs_for="customer_id",
    for_set=give_to_set,
    amount=rewarded,
    limited_as="wallet.issue_credit",
    cause="cause",
)
def reward_customer(
    *,
    customer_id: UUID,
    cause: str,
    amount: Amount,
    currency: Currency,
    words: Words,
    lasts_days: Days = None,
    by: Actor,
    at: datetime,
) -> Balance:
    """Give a customer store credit that ends some days from now, once per cause.

    :raises NotFound: no such customer.
    :raises Invalid: the amount or the currency can't be.
    :raises CauseReused: the cause gave something else before.
    """
    customer = books.living(customer_id)
    given: dict[str, Any] = {
        "amount": amount, "currency": currency, "words": words, "lasts_days": lasts_days,
    }  # fmt: skip
    give_to_set(ids=[customer], causes=[cause], **given, by=by, at=at)
    audit.note(
        subject=f"customer:{customer}",
        changes={"store_credit": [None, f"{amount} {currency}"], "words": [None, words]},
    )
    return read_balance(customer, currency, at)
