"""Writing entries: three statements for any number of them. The triggers do the adding up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.ledger.accounts import Held
from doorstep.kernel.ledger.contracts import CauseReused, EntryKind, EntryView
from doorstep.kernel.models.ledger import LedgerEntry, LedgerLot, LedgerPart
from doorstep.kernel.row_sets import Row, insert_rows
from doorstep.kernel.tenancy import current_store_id

REUSED = "This happened before with another account or another amount. Use a new reference."


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot that an entry makes."""

    amount: int
    expires_at: datetime | None = None
    is_pending: bool = False
    matures_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry about to be written, on a locked account."""

    account: Held
    kind: EntryKind
    amount: int
    cause: str
    pending: int = 0
    words: str = ""
    source_id: UUID | None = None
    rule: Mapping[str, Any] = field(default_factory=dict)
    parts: Sequence[tuple[UUID, int]] = ()  # (lot, amount)
    lots: Sequence[NewLot] = ()


def write(drafts: Sequence[Draft], *, by: Actor, at: datetime) -> list[EntryView]:
    """Write entries with their lots and parts, in the order given.

    :raises CauseReused: another account has moved for one of the causes at this very moment.
    """
    if not drafts:
        return []
    store_id = current_store_id()
    entries: list[Row] = []
    lots: list[Row] = []
    parts: list[Row] = []
    for draft in drafts:
        entry = _entry(draft, store_id, by, at)
        made = [_lot(lot, entry["id"], draft.account.id, store_id, at) for lot in draft.lots]
        entries.append(entry)
        lots += made
        shares = [*draft.parts, *((lot["id"], lot["amount"]) for lot in made)]
        parts += [
            {"id": new_id(), "store_id": store_id, "entry_id": entry["id"], "lot_id": lot_id,
             "amount": amount}
            for lot_id, amount in shares
        ]  # fmt: skip
    written = insert_rows(LedgerEntry, entries, unless="(store_id, book, cause)")
    if len(written) < len(entries):  # two accounts, one cause, two transactions: the first has it
        raise CauseReused(REUSED, field="cause")
    insert_rows(LedgerLot, lots)
    insert_rows(LedgerPart, parts)
    return [view_of_row(entry) for entry in entries]


def _entry(draft: Draft, store_id: UUID, by: Actor, at: datetime) -> dict[str, Any]:
    held = draft.account
    held.balance += draft.amount
    held.pending += draft.pending
    held.entries += 1
    return {
        "id": new_id(), "store_id": store_id, "account_id": held.id, "book": held.key.book,
        "nth": held.entries, "kind": draft.kind.value, "amount": draft.amount,
        "pending": draft.pending, "balance_after": held.balance, "pending_after": held.pending,
        "cause": draft.cause, "source_id": draft.source_id, "words": draft.words,
        "rule": draft.rule, "at": at, "by": by.key, "by_label": by.label,
    }  # fmt: skip


def _lot(
    lot: NewLot, entry_id: UUID, account_id: UUID, store_id: UUID, at: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(), "store_id": store_id, "account_id": account_id, "entry_id": entry_id,
        "amount": lot.amount, "remaining": 0, "is_pending": lot.is_pending,
        "matures_at": lot.matures_at, "expires_at": lot.expires_at, "created_at": at,
    }  # fmt: skip


def find_by_cause(book: str, causes: Collection[str]) -> dict[str, EntryView]:
    """Return the entries that these causes have made so far. Ask with the accounts locked."""
    rows = LedgerEntry.objects.filter(book=book, cause__in=causes)
    return {row.cause: view_of(row, is_repeat=True) for row in rows}


def view_of(row: LedgerEntry, *, is_repeat: bool = False) -> EntryView:
    """Return a stored entry as its value."""
    return EntryView(
        row.id, row.account_id, row.nth, EntryKind(row.kind), row.amount, row.pending,
        row.balance_after, row.pending_after, row.cause, row.source_id, row.words, row.rule,
        row.at, row.by, row.by_label, is_repeat,
    )  # fmt: skip


def view_of_row(row: Row) -> EntryView:
    """Return an entry that was just written as its value."""
    return EntryView(
        row["id"], row["account_id"], row["nth"], EntryKind(row["kind"]), row["amount"],
        row["pending"], row["balance_after"], row["pending_after"], row["cause"],
        row["source_id"], row["words"], dict(row["rule"]), row["at"], row["by"], row["by_label"],
    )  # fmt: skip
