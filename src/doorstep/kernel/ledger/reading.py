"""What stands in the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from doorstep.kernel.ledger.contracts import AccountKey, AccountView, EntryView, LotView
from doorstep.kernel.ledger.writing import view_of
from doorstep.kernel.models.ledger import LedgerEntry, LedgerLot
from doorstep.kernel.tenancy import current_store_id

# A moment far away says "never", so that one statement serves readers with and without a clock.
_ACCOUNTS = """
    SELECT a.id, a.book, a.holder, a.unit, a.balance - coalesce(ended.amount, 0), a.pending,
           next.expires_at, coalesce(next.amount, 0)
    FROM kernel_ledger_account a
    LEFT JOIN LATERAL (
        SELECT sum(remaining)::bigint AS amount FROM kernel_ledger_lot l
        WHERE l.account_id = a.id AND l.remaining > 0 AND NOT l.is_pending
          AND l.expires_at <= %(at)s
    ) AS ended ON true
    LEFT JOIN LATERAL (
        SELECT l.expires_at, sum(l.remaining)::bigint AS amount FROM kernel_ledger_lot l
        WHERE l.account_id = a.id AND l.remaining > 0 AND NOT l.is_pending
          AND l.expires_at IS NOT NULL AND (%(at)s::timestamptz IS NULL OR l.expires_at > %(at)s)
        GROUP BY l.expires_at ORDER BY l.expires_at LIMIT 1
    ) AS next ON true
    WHERE a.store_id = %(store)s AND {which}
    ORDER BY a.holder, a.unit
"""


def list_accounts(
    book: str, holders: Collection[str], *, at: datetime | None = None
) -> dict[str, list[AccountView]]:
    """Return the accounts of holders by holder, in one query.

    :param at: what has ended by then is left out, booked or not; None takes what is booked.
    """
    which = "a.book = %(book)s AND a.holder = ANY(%(holders)s)"
    found: dict[str, list[AccountView]] = defaultdict(list)
    for view in _read(which, {"book": book, "holders": list(holders)}, at):
        found[view.key.holder].append(view)
    return dict(found)


def get_accounts(ids: Collection[UUID], *, at: datetime | None = None) -> dict[UUID, AccountView]:
    """Return accounts by id, in one query; see :func:`list_accounts`."""
    return {view.id: view for view in _read("a.id = ANY(%(ids)s)", {"ids": list(ids)}, at)}


def _read(which: str, params: dict[str, Any], at: datetime | None) -> list[AccountView]:
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCOUNTS.format(which=which), {"store": current_store_id(), "at": at, **params}
        )
        return [
            AccountView(id_, AccountKey(book, holder, unit), *rest)
            for id_, book, holder, unit, *rest in cursor.fetchall()
        ]


def list_entries(
    account_id: UUID, *, before_nth: int | None = None, limit: int = 50
) -> list[EntryView]:
    """Return an account's entries, newest first."""
    rows = LedgerEntry.objects.filter(account_id=account_id)
    if before_nth is not None:
        rows = rows.filter(nth__lt=before_nth)
    return [view_of(row) for row in rows.order_by("-nth")[:limit]]


def find_entries(book: str, causes: Collection[str]) -> dict[str, EntryView]:
    """Return what causes have moved, by cause."""
    return {
        row.cause: view_of(row) for row in LedgerEntry.objects.filter(book=book, cause__in=causes)
    }


def list_lots(account_ids: Collection[UUID]) -> list[LotView]:
    """Return what is left in accounts, lot by lot, in the order it is spent."""
    rows = LedgerLot.objects.filter(account_id__in=account_ids, remaining__gt=0)
    return [_lot(row) for row in rows.order_by(F("expires_at").asc(nulls_last=True), "id")]


def _lot(row: LedgerLot) -> LotView:
    return LotView(
        row.id, row.account_id, row.amount, row.remaining, row.is_pending, row.matures_at,
        row.expires_at, row.created_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed to holders in one unit: by age of what came in, and by when it ends.

    :param by_age: (days at least, days below or None, amount), youngest first.
    :param ending: amounts that end within so many days, each span once; None: never.
    """

    unit: str
    total: int
    pending: int
    accounts: int
    by_age: tuple[tuple[int, int | None, int], ...]
    ending: tuple[tuple[int | None, int], ...]


AGES = (0, 30, 90, 180, 365)
ENDS = (30, 90, 180, 365)

_OWED = """
    SELECT a.unit, width_bucket(extract(epoch FROM %(at)s - l.created_at)::numeric, %(ages)s),
           CASE WHEN l.expires_at IS NULL THEN NULL
                ELSE width_bucket(extract(epoch FROM l.expires_at - %(at)s)::numeric, %(ends)s) END,
           l.is_pending, sum(l.remaining)::bigint
    FROM kernel_ledger_lot l JOIN kernel_ledger_account a ON a.id = l.account_id
    WHERE l.store_id = %(store)s AND a.book = %(book)s AND l.remaining > 0
      AND (l.expires_at IS NULL OR l.expires_at > %(at)s)
    GROUP BY 1, 2, 3, 4
"""
_HOLDERS = """
    SELECT unit, count(*) FROM kernel_ledger_account
    WHERE store_id = %(store)s AND book = %(book)s AND balance + pending > 0 GROUP BY unit
"""


def list_owed(book: str, *, at: datetime) -> list[Owed]:
    """Return what a store owes in a book, by unit, in two queries. What has ended is not owed."""
    params: dict[str, Any] = {
        "store": current_store_id(), "book": book, "at": at,
        "ages": [days * 86400 for days in AGES[1:]], "ends": [days * 86400 for days in ENDS],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OWED, params)
        rows = cursor.fetchall()
        cursor.execute(_HOLDERS, params)
        holders = dict(cursor.fetchall())
    return [
        _owed(unit, [row[1:] for row in rows if row[0] == unit], holders.get(unit, 0))
        for unit in sorted({row[0] for row in rows})
    ]


def _owed(unit: str, rows: Sequence[tuple[int, int | None, bool, int]], holders: int) -> Owed:
    ages: dict[int, int] = defaultdict(int)
    ends: dict[int | None, int] = defaultdict(int)
    pending = 0
    for age, end, is_pending, amount in rows:
        if is_pending:
            pending += amount
            continue
        ages[age] += amount
        ends[end] += amount
    spans = [*AGES[1:], None]
    return Owed(
        unit,
        sum(ages.values()),
        pending,
        holders,
        tuple((AGES[nth], spans[nth], ages[nth]) for nth in range(len(AGES))),
        (*((ENDS[nth], ends[nth]) for nth in range(len(ENDS))), (0, ends[len(ENDS)]),
         (None, ends[None])),
    )  # fmt: skip


def find_discrepancies() -> list[str]:
    """Add all books of the store up again; say in words what does not fit (nothing, ever)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id, a.balance, a.pending, a.entries, e.amount, e.pending, e.entries,
                   l.amount, l.pending
            FROM kernel_ledger_account a
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(amount), 0) AS amount, coalesce(sum(pending), 0) AS pending,
                       count(*) AS entries
                FROM kernel_ledger_entry WHERE account_id = a.id) AS e ON true
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(remaining) FILTER (WHERE NOT is_pending), 0) AS amount,
                       coalesce(sum(remaining) FILTER (WHERE is_pending), 0) AS pending
                FROM kernel_ledger_lot WHERE account_id = a.id) AS l ON true
            WHERE a.store_id = %s
              AND ((a.balance, a.pending, a.entries) <> (e.amount, e.pending, e.entries)
                   OR (a.balance, a.pending) <> (l.amount, l.pending))
            """,
            [current_store_id()],
        )
        return [
            f"Account {row[0]} says {row[1:4]}, its entries {row[4:7]}, its lots {row[7:9]}."
            for row in cursor.fetchall()
        ]
