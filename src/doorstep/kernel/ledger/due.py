"""What time does to lots, in sets: some end, some can be spent from now on.

Workers share the work: an account that another one has locked is left for the next round, by which
nobody waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from doorstep.kernel.actors import Actor
from doorstep.kernel.ledger import accounts
from doorstep.kernel.ledger.contracts import AccountKey, EntryView
from doorstep.kernel.ledger.crediting import mature_lots
from doorstep.kernel.ledger.spending import spendable_lots, take_expired
from doorstep.kernel.ledger.writing import write
from doorstep.kernel.models.ledger import LedgerLot
from doorstep.kernel.tenancy import current_store_id

SET = 500  # accounts at a time: some ten milliseconds under lock

_ENDED = "NOT l.is_pending AND l.expires_at <= %(at)s"
_RIPE = "l.is_pending AND l.matures_at <= %(at)s"
_CLAIM = """
    SELECT a.id FROM kernel_ledger_account a
    WHERE a.store_id = %(store)s AND a.book = %(book)s
      AND a.id IN (SELECT l.account_id FROM kernel_ledger_lot l
                   WHERE l.store_id = %(store)s AND l.remaining > 0 AND {due})
    ORDER BY a.id LIMIT %(limit)s
    FOR NO KEY UPDATE OF a SKIP LOCKED
"""
_STORES = """
    SELECT DISTINCT l.store_id FROM kernel_ledger_lot l
    JOIN kernel_ledger_account a ON a.id = l.account_id
    WHERE a.book = %(book)s AND l.remaining > 0 AND {due}
"""


def list_stores_due(book: str, *, at: datetime, within: timedelta = timedelta()) -> list[UUID]:
    """Return the stores where something ends or can be spent by now; needs no store's scope.

    :param within: also those where something ends so soon and nobody was told.
    """
    soon = "NOT l.is_pending AND l.told_at IS NULL AND l.expires_at <= %(until)s"
    params: dict[str, Any] = {"book": book, "at": at, "until": at + within}
    with connection.cursor() as cursor:
        found: set[UUID] = set()
        for due in (_ENDED, _RIPE, soon):
            cursor.execute(_STORES.format(due=due), params)
            found |= {row[0] for row in cursor.fetchall()}
    return sorted(found)


def expire_due(book: str, *, by: Actor, at: datetime, limit: int = SET) -> list[EntryView]:
    """Book what has ended, for at most ``limit`` accounts; a constant number of queries."""
    with transaction.atomic():
        held = accounts.lock_ids(_claim(book, _ENDED, at, limit))
        drafts = []
        for lot in spendable_lots(held):
            drafts += take_expired([(lot, lot.remaining)], held[lot.account_id], at)
        return write(drafts, by=by, at=at)


def mature_due(book: str, *, by: Actor, at: datetime, limit: int = SET) -> list[EntryView]:
    """Make spendable what was pending until now, for at most ``limit`` accounts."""
    with transaction.atomic():
        held = accounts.lock_ids(_claim(book, _RIPE, at, limit))
        ripe = LedgerLot.objects.filter(
            account_id__in=held, is_pending=True, remaining__gt=0, matures_at__lte=at
        )
        return mature_lots(list(ripe.order_by(F("matures_at"), "id")), held, by=by, at=at)


@dataclass(frozen=True, slots=True)
class Ending:
    """So much of an account ends at this moment, and its holder has not been told."""

    account_id: UUID
    key: AccountKey
    ends_at: datetime
    amount: int


_TELL = """
    WITH soon AS (
        SELECT l.id FROM kernel_ledger_lot l JOIN kernel_ledger_account a ON a.id = l.account_id
        WHERE l.store_id = %(store)s AND a.book = %(book)s AND l.remaining > 0
          AND NOT l.is_pending AND l.told_at IS NULL
          AND l.expires_at > %(at)s AND l.expires_at <= %(until)s
        ORDER BY l.expires_at, l.account_id LIMIT %(limit)s
        FOR NO KEY UPDATE OF l SKIP LOCKED
    ), told AS (
        UPDATE kernel_ledger_lot l SET told_at = %(at)s FROM soon
        WHERE l.id = soon.id RETURNING l.account_id, l.expires_at, l.remaining
    )
    SELECT a.id, a.holder, a.unit, t.expires_at, sum(t.remaining)::bigint
    FROM told t JOIN kernel_ledger_account a ON a.id = t.account_id
    GROUP BY a.id, t.expires_at ORDER BY t.expires_at, a.id
"""


def claim_ending(book: str, *, at: datetime, within: timedelta, limit: int = SET) -> list[Ending]:
    """Take what ends soon and mark it as told, in the caller's transaction: each lot once.

    One row for an account and moment, from at most ``limit`` lots.
    """
    params: dict[str, Any] = {
        "store": current_store_id(), "book": book, "at": at, "until": at + within, "limit": limit,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TELL, params)
        return [
            Ending(id_, AccountKey(book, holder, unit), ends_at, amount)
            for id_, holder, unit, ends_at, amount in cursor.fetchall()
        ]


def _claim(book: str, due: str, at: datetime, limit: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM.format(due=due),
            {"store": current_store_id(), "book": book, "at": at, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]
