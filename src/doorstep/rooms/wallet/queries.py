"""What is in wallets, for whoever may see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.ledger import api as ledger
from doorstep.kernel.ledger.api import EntryKind, EntryView
from doorstep.kernel.tallies import Tally
from doorstep.rooms.wallet import books, cards
from doorstep.rooms.wallet.contracts import (
    Balance,
    GiftCardPage,
    GiftCardView,
    OwedRow,
    Statement,
    StatementLine,
    ValueKind,
)
from doorstep.rooms.wallet.models import GiftCard

_KINDS = {
    EntryKind.CREDITED: "issued",
    EntryKind.MATURED: "issued",
    EntryKind.SPENT: "spent",
    EntryKind.GIVEN_BACK: "given_back",
    EntryKind.EXPIRED: "expired",
    EntryKind.REVERSED: "reversed",
    EntryKind.MOVED_IN: "moved_in",
    EntryKind.MOVED_OUT: "moved_out",
}


def balances_of(
    customer_ids: Collection[UUID], *, at: datetime | None = None
) -> dict[UUID, list[Balance]]:
    """Return customers' store credit, one balance a currency, in two queries.

    Who was merged has what the survivor has. Empty accounts are in it; who never had any is not.

    :param at: what has ended by then is left out; None: what the books say.
    """
    now_are = books.survivors(customer_ids)
    holders = {customer: f"customer:{survivor}" for customer, survivor in now_are.items()}
    found = ledger.list_accounts(books.CREDIT, list(set(holders.values())), at=at)
    return {
        customer: [books.balance_of(view) for view in found[holder]]
        for customer, holder in holders.items()
        if holder in found
    }


# Purses of a customer in which something is; ``%(customer)s`` is the customer's id.
CREDIT_OF_CUSTOMER = Tally(
    f"""
    SELECT count(*) FROM kernel_ledger_account
    WHERE store_id = %(store)s AND book = '{books.CREDIT}'
      AND holder = 'customer:' || %(customer)s::text AND balance <> 0
    """  # noqa: S608 (only a constant is put into the text)
)


def own_balances(customer_id: UUID, *, at: datetime) -> list[Balance]:
    """Return one customer's store credit in a single query, for pages that count them.

    Who was merged has nothing here: orders and their pages move with the merge.
    """
    holder = f"customer:{customer_id}"
    found = ledger.list_accounts(books.CREDIT, [holder], at=at)
    return [books.balance_of(view) for view in found.get(holder, [])]


def statement(
    customer_id: UUID,
    currency: str,
    cursor: str = "",
    *,
    at: datetime | None = None,
    limit: int = 30,
) -> Statement:
    """Return a customer's movements in one currency, newest first.

    :raises NotFound: they never had credit in it.
    """
    balances = balances_of([customer_id], at=at).get(customer_id, [])
    balance = next((b for b in balances if b.currency == currency), None)
    if balance is None:
        raise NotFound("There is no store credit in this currency.")
    lines, more = _lines(balance.account_id, cursor, limit)
    return Statement(balance, lines, more)


def card_lines(gift_card_id: UUID, cursor: str = "", *, limit: int = 50) -> Sequence[StatementLine]:
    """Return a gift card's movements, newest first. :raises NotFound: no such card."""
    row = GiftCard.objects.filter(id=gift_card_id).first()
    if row is None:
        raise NotFound("There is no such gift card.")
    return _lines(row.account_id, cursor, limit)[0]


def _lines(account_id: UUID, cursor: str, limit: int) -> tuple[tuple[StatementLine, ...], str]:
    before = _number(cursor)
    entries = ledger.list_entries(account_id, before_nth=before, limit=limit + 1)
    more = str(entries[limit - 1].nth) if len(entries) > limit else ""
    return tuple(_line(entry) for entry in entries[:limit]), more


def _number(cursor: str) -> int | None:
    if not cursor:
        return None
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
        raise Invalid("This is no place in the list. Start from the top.", field="cursor")
    return int(cursor)


def _line(entry: EntryView) -> StatementLine:
    return StatementLine(
        entry.at, entry.amount, entry.balance_after, _KINDS[entry.kind], entry.cause, entry.words
    )


def list_lots(account_id: UUID, *, at: datetime) -> list[tuple[int, datetime | None]]:
    """Return what is left lot by lot (amount, last moment), in the order it is spent."""
    return [
        (lot.remaining, lot.expires_at)
        for lot in ledger.list_lots([account_id])
        if not lot.is_pending and (lot.expires_at is None or lot.expires_at > at)
    ]


def list_gift_cards(
    *,
    state: str = "",
    text: str = "",
    buyer_id: UUID | None = None,
    cursor: str = "",
    limit: int = 50,
    at: datetime,
) -> GiftCardPage:
    """Return gift cards, newest first.

    :param state: one of ``cards.STATES``.
    :param text: the last four characters of a code, or part of a name or an address.
    """
    rows: QuerySet[GiftCard] = GiftCard.objects.order_by("-id")
    if buyer_id is not None:
        rows = rows.filter(buyer_id__in={buyer_id, *books.survivors([buyer_id]).values()})
    if text := text.strip()[:100].replace("\x00", ""):
        tail = text.replace("-", "").replace(" ", "").upper()[-4:]
        rows = rows.filter(
            Q(last4=tail) | Q(recipient_name__icontains=text) | Q(recipient_email__icontains=text)
            | Q(sender_name__icontains=text)
        )  # fmt: skip
    rows = _in_state(rows, state, at)
    if cursor:
        try:
            rows = rows.filter(id__lt=UUID(cursor))
        except ValueError:
            raise Invalid("This is no place in the list.", field="cursor") from None
    found = list(rows[: limit + 1])
    more = str(found[limit - 1].id) if len(found) > limit else ""
    return GiftCardPage(tuple(cards.view_all(found[:limit], at)), more)


def _in_state(rows: QuerySet[GiftCard], state: str, at: datetime) -> QuerySet[GiftCard]:
    ended = Q(expires_at__isnull=False, expires_at__lte=at)
    if state == "disabled":
        return rows.filter(disabled_at__isnull=False)
    if state == "expired":
        return rows.filter(ended, disabled_at__isnull=True)
    live = rows.filter(disabled_at__isnull=True).exclude(ended)
    waiting = Q(send_at__isnull=False, sends=0, send_at__gt=at)
    match state:
        case "empty":
            return live.filter(account__balance=0)
        case "waiting":
            return live.filter(waiting, account__balance__gt=0)
        case "active":
            return live.filter(account__balance__gt=0).exclude(waiting)
    return rows


def get_gift_card(gift_card_id: UUID, *, at: datetime) -> GiftCardView:
    """Return one card. :raises NotFound: there is none."""
    row = GiftCard.objects.filter(id=gift_card_id).first()
    if row is None:
        raise NotFound("There is no such gift card.")
    return cards.view_all([row], at)[0]


def liability(*, at: datetime) -> list[OwedRow]:
    """Return what the store owes to holders of stored value, by kind and currency; four queries.

    Disabled cards count: their value was not taken away. What has ended does not.
    """
    return [
        OwedRow(kind, owed.unit, owed.total, owed.accounts, owed.by_age, owed.ending)
        for kind in ValueKind
        for owed in ledger.list_owed(kind.value, at=at)
    ]
