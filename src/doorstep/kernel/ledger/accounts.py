"""Finding, opening and locking accounts. Who holds an account's row lock may move it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger.contracts import AccountKey
from doorstep.kernel.models.ledger import LedgerAccount
from doorstep.kernel.row_sets import insert_rows
from doorstep.kernel.tenancy import current_store_id


@dataclass(slots=True)
class Held:
    """A locked account with its running figures."""

    id: UUID
    key: AccountKey
    balance: int
    pending: int
    entries: int


def lock(keys: Collection[AccountKey], *, at: datetime) -> dict[AccountKey, Held]:
    """Lock accounts until the transaction ends, opening those that are new.

    In the order of their ids, here and everywhere, so that nobody waits in a circle.
    """
    if not keys:
        return {}
    store_id, wanted = (
        current_store_id(),
        sorted(set(keys), key=lambda k: (k.book, k.holder, k.unit)),
    )
    ids = _find_ids(wanted)
    if len(ids) < len(wanted):
        rows = [
            {"id": new_id(), "store_id": store_id, "book": key.book, "holder": key.holder,
             "unit": key.unit, "balance": 0, "pending": 0, "entries": 0, "opened_at": at}
            for key in wanted
        ]  # fmt: skip
        insert_rows(LedgerAccount, rows, unless="(store_id, book, holder, unit)")
        ids = _find_ids(wanted)
    return {held.key: held for held in lock_ids(ids).values()}


def _find_ids(keys: Collection[AccountKey]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id FROM kernel_ledger_account a
            JOIN unnest(%s::text[], %s::text[], %s::text[]) AS k(book, holder, unit)
              ON a.book = k.book AND a.holder = k.holder AND a.unit = k.unit
            WHERE a.store_id = %s
            """,
            [[k.book for k in keys], [k.holder for k in keys], [k.unit for k in keys],
             current_store_id()],
        )  # fmt: skip
        return [row[0] for row in cursor.fetchall()]


def lock_ids(ids: Collection[UUID]) -> dict[UUID, Held]:
    """Lock accounts by id until the transaction ends."""
    # NO KEY UPDATE: new entries refer to the account, and their foreign keys need not wait.
    rows = LedgerAccount.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id")
    return {row.id: held_of(row) for row in rows}


def held_of(row: LedgerAccount) -> Held:
    """Return a locked row as what the drafts run on."""
    key = AccountKey(row.book, row.holder, row.unit)
    return Held(row.id, key, row.balance, row.pending, row.entries)
