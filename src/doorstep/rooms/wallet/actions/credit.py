"""Store credit: given, taken back, spent, given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel import audit
from doorstep.kernel.actions.catalog import action
from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.events.publish import publish
from doorstep.kernel.ledger import api as ledger
from doorstep.kernel.ledger.api import (
    AccountKey,
    CauseReused,
    Credit,
    Debit,
    EntryKind,
    EntryView,
    NotEnough,
)
from doorstep.rooms.wallet import books
from doorstep.rooms.wallet.contracts import Balance, SpendGivenBack, ValueKind
from doorstep.rooms.wallet.events import (
    CreditIssued,
    CreditTakenBack,
    ValueGivenBack,
    ValueSpent,
)
from doorstep.rooms.wallet.models import GiftCard


def moved(*, currency: str, amount_minor: int, **_others: object) -> tuple[str, int]:
    """Say how much giving credit or a card would move, for the limits of roles."""
    return currency, amount_minor


@action(
    "wallet.issue_credit",
    permission="wallet.issue",
    summary="Give a customer store credit",
    undo="wallet.take_back_credit",
    amount=moved,
)
def issue_credit(
    *,
    customer_id: UUID,
    currency: str,
    amount_minor: int,
    cause: str,
    words: str,
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Balance:
    """Give a customer store credit, once per cause.

    :param cause: your reference, e.g. ``"return:<uuid>:credit"``; the same one again gives nothing
        more.
    :param words: why, as the customer reads it in the statement.
    :param expires_at: when what is left of it ends; None: never.
    :raises NotFound: no such customer.
    :raises Invalid: the amount, the currency or the date can't be.
    :raises CauseReused: the reference gave something else before.
    """
    return give_credit(
        customer_id=customer_id, currency=currency, amount_minor=amount_minor, cause=cause,
        words=words, expires_at=expires_at, by=by, at=at,
    )  # fmt: skip


def give_credit(
    *,
    customer_id: UUID,
    currency: str,
    amount_minor: int,
    cause: str,
    words: str,
    expires_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Balance:
    """Do what :func:`issue_credit` does, for what was judged already: a refund as store credit, a
    card that is turned into it. No permission or limit is asked for; joins the caller's
    transaction.
    """
    books.check_amount(amount_minor, currency)
    books.check_cause(cause)
    if expires_at is not None and expires_at <= at:
        raise Invalid("The last day must be in the future.", field="expires_at")
    customer = books.living(customer_id)
    entry = _before(cause, EntryKind.CREDITED, amount_minor, customer, currency)
    if entry is None:
        credit = Credit(
            books.credit_key(customer, currency), amount_minor, cause, words.strip(), expires_at
        )
        (entry,) = ledger.credit_many([credit], by=by, at=at)
    balance = read_balance(customer, currency, at)
    if not entry.is_repeat:
        audit.note(
            subject=f"customer:{customer}",
            changes={"store_credit": [None, f"{amount_minor} {currency}"], "words": [None, words]},
        )
        _tell(
            CreditIssued(
                customer, cause, currency, amount_minor, balance.balance_minor, expires_at
            ),
            customer,
            by,
            at,
        )
    return balance


@action(
    "wallet.take_back_credit",
    permission="wallet.issue",
    summary="Take back store credit from a customer",
    undo="wallet.issue_credit",
)
def take_back_credit(
    *,
    customer_id: UUID,
    currency: str,
    amount_minor: int,
    cause: str,
    words: str,
    by: Actor,
    at: datetime,
) -> Balance:
    """Take store credit back, once per cause: what ends soonest first.

    :raises NotEnoughValue: the customer has less.
    """
    customer = books.living(customer_id)
    entry = _take(customer, currency, amount_minor, cause, words, EntryKind.REVERSED, by, at)
    balance = read_balance(customer, currency, at)
    if not entry.is_repeat:
        audit.note(
            subject=f"customer:{customer}",
            changes={"store_credit": [f"{amount_minor} {currency}", None], "words": [None, words]},
        )
        event = CreditTakenBack(customer, cause, currency, amount_minor, balance.balance_minor)
        _tell(event, customer, by, at)
    return balance


def spend_credit(
    *,
    customer_id: UUID,
    currency: str,
    amount_minor: int,
    cause: str,
    words: str,
    by: Actor,
    at: datetime,
) -> Balance:
    """Spend store credit, once per cause: what ends soonest first. Joins the caller's transaction.

    :raises NotFound: no such customer.
    :raises NotEnoughValue: the customer has less.
    :raises CauseReused: the cause moved something else before.
    """
    with transaction.atomic():
        customer = books.living(customer_id)
        entry = _take(customer, currency, amount_minor, cause, words, EntryKind.SPENT, by, at)
        balance = read_balance(customer, currency, at)
        if not entry.is_repeat:
            tell_spent(entry, balance, customer, customer, by, at)
    return balance


def _take(
    customer: UUID,
    currency: str,
    amount_minor: int,
    cause: str,
    words: str,
    kind: EntryKind,
    by: Actor,
    at: datetime,
) -> EntryView:
    books.check_amount(amount_minor, currency)
    books.check_cause(cause)
    if entry := _before(cause, kind, -amount_minor, customer, currency):
        return entry
    key = books.credit_key(customer, currency)
    return take(Debit(key, amount_minor, cause, words.strip(), kind), by=by, at=at)


def take(debit: Debit, *, by: Actor, at: datetime) -> EntryView:
    """Take all of a debit. :raises NotEnoughValue: there is less."""
    try:
        entry = ledger.spend(debit, by=by, at=at)
    except NotEnough as error:
        raise books.NotEnoughValue(error, debit.account.unit) from None
    assert entry is not None  # only debits that take what there is end without an entry
    return entry


def _before(
    cause: str, kind: EntryKind, amount: int, customer: UUID, currency: str
) -> EntryView | None:
    """Return what the cause did before, also when it was on an account merged into this one.

    :raises CauseReused: it did something else.
    """
    entry = ledger.find_entries(books.CREDIT, [cause]).get(cause)
    if entry is None:
        return None
    key = books.account_of(entry).key
    owner = books.holder_id(key.holder)
    same = (entry.kind, entry.amount, key.unit) == (kind, amount, currency)
    if not same or books.survivors([owner]).get(owner) != customer:
        raise CauseReused(
            "This reference was used for something else. Use a new one.", field="cause"
        )
    return replace(entry, is_repeat=True)


def give_back_spend(
    *,
    cause: str,
    amount_minor: int,
    give_back_cause: str,
    words: str = "",
    by: Actor,
    at: datetime,
) -> SpendGivenBack:
    """Give (part of) a spend back to where it came from, once per ``give_back_cause``.

    It goes to the lots it was taken from, wherever they are now. What has ended meanwhile comes
    back as new value that lasts as long as the old had left when it was spent, 30 days at least.
    Joins the caller's transaction.

    :param cause: what it was spent for.
    :raises NotFound: nothing was spent for it.
    :raises MoreThanSpent: that is more than is left to give back.
    """
    books.check_cause(give_back_cause)
    with transaction.atomic():
        book = next((b for b in (books.CREDIT, books.CARD) if ledger.find_entries(b, [cause])), "")
        if not book:
            raise NotFound("Nothing was spent for this.")
        entries = ledger.give_back(
            book, cause, cause=give_back_cause, amount=amount_minor, words=words, by=by, at=at
        )
        account = books.account_of(entries[0])
        given = sum(entry.amount for entry in entries)
        if not entries[0].is_repeat:
            for entry in entries:
                _tell_given_back(entry, cause, by, at)
        return SpendGivenBack(ValueKind(book), account.id, account.key.unit, given, account.balance)


def _tell_given_back(entry: EntryView, cause: str, by: Actor, at: datetime) -> None:
    account = books.account_of(entry)
    owner = owner_of(account.key)
    event = ValueGivenBack(
        account.id, owner, account.key.book, cause, account.key.unit, entry.amount, account.balance
    )
    _tell(event, owner or books.holder_id(account.key.holder), by, at, cause)


def owner_of(key: AccountKey) -> UUID | None:
    """Return the customer an account belongs to: of a gift card its buyer, if known."""
    owner = books.holder_id(key.holder)
    if key.book == books.CREDIT:
        return owner
    return GiftCard.objects.values_list("buyer_id", flat=True).filter(id=owner).first()


def tell_spent(
    entry: EntryView, balance: Balance, customer: UUID | None, key: UUID, by: Actor, at: datetime
) -> None:
    """Publish that value was spent."""
    event = ValueSpent(
        entry.account_id,
        customer,
        balance.kind,
        entry.cause,
        balance.currency,
        -entry.amount,
        balance.balance_minor,
    )
    _tell(event, key, by, at, entry.cause)


def _tell(event: object, key: UUID, by: Actor, at: datetime, cause: str = "") -> None:
    publish(event, key=key, at=at, by=by, subject=subject_of(cause) or f"customer:{key}")


def subject_of(cause: str) -> str:
    """Return the order a cause names ("order:<uuid>:…"), so that its timeline shows it; else ""."""
    kind, _, rest = cause.partition(":")
    if kind != "order":
        return ""
    try:
        return f"order:{UUID(rest.partition(':')[0])}"
    except ValueError:
        return ""


def read_balance(customer_id: UUID, currency: str, at: datetime) -> Balance:
    """Return a customer's balance in a currency, as it is at this moment."""
    key = books.credit_key(customer_id, currency)
    views = ledger.list_accounts(books.CREDIT, [key.holder], at=at).get(key.holder, [])
    return next(books.balance_of(view) for view in views if view.key == key)
