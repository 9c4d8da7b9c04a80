"""What a shopper's statement of store credit says, in their language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from doorstep.portal.formats import show_date, show_money
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import api as wallet
from doorstep.rooms.wallet.contracts import Balance, StatementLine

_PAGE = 30


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the statement."""

    on: str
    title: str
    words: str
    amount: str
    after: str
    is_plus: bool


@dataclass(frozen=True, slots=True)
class Purse:
    """A balance with what ends when, and its movements."""

    currency: str
    balance: str
    ends: tuple[tuple[str, str], ...]  # (amount, last day)
    endless: str  # what does not end, "" when all or nothing ends
    movements: tuple[Movement, ...]
    more: str


def purses(
    customer_id: UUID | None,
    store: StoreInfo,
    *,
    language: str,
    at: datetime,
    cursor: str = "",
    of_currency: str = "",
) -> list[Purse]:
    """Return a shopper's store credit by currency, the store's own first.

    :param cursor: where the movements of ``of_currency`` go on.
    :raises Invalid: there is no such place.
    """
    if customer_id is None:
        return []
    balances = wallet.balances_of([customer_id], at=at).get(customer_id, [])
    balances = sorted(balances, key=lambda b: (b.currency != store.currency, b.currency))
    return [
        _purse(
            customer_id, balance, store, language, at,
            cursor if balance.currency == of_currency else "",
        )
        for balance in balances
    ]  # fmt: skip


def _purse(
    customer_id: UUID, balance: Balance, store: StoreInfo, language: str, at: datetime, cursor: str
) -> Purse:
    statement = wallet.statement(customer_id, balance.currency, cursor, at=at, limit=_PAGE)
    ending: dict[str, int] = {}
    endless = 0
    for amount, ends_at in wallet.list_lots(balance.account_id, at=at):
        if ends_at is None:
            endless += amount
        else:
            day = last_day(ends_at, language, store)
            ending[day] = ending.get(day, 0) + amount

    def money(minor: int) -> str:
        return show_money(minor, balance.currency, language)

    return Purse(
        balance.currency,
        money(balance.balance_minor),
        tuple((money(amount), day) for day, amount in ending.items()),
        money(endless) if endless and ending else "",
        tuple(_movement(line, balance.currency, store, language) for line in statement.lines),
        statement.next_cursor,
    )


def last_day(ends_at: datetime, language: str, store: StoreInfo) -> str:
    """Return the last day at the store on which something can be spent."""
    return show_date(ends_at - timedelta(microseconds=1), language, store.timezone)


def _movement(line: StatementLine, currency: str, store: StoreInfo, language: str) -> Movement:
    return Movement(
        show_date(line.at, language, store.timezone),
        _title(line),
        line.words,
        show_money(line.amount_minor, currency, language),
        show_money(line.balance_minor, currency, language),
        line.amount_minor > 0,
    )


def _title(line: StatementLine) -> str:
    return {
        "issued": _("Received"),
        "spent": _("Spent"),
        "given_back": _("Given back"),
        "expired": _("Ended"),
        "reversed": _("Taken back"),
        "moved_in": _("From your other account"),
        "moved_out": _("Moved to your other account"),
    }[line.kind]
