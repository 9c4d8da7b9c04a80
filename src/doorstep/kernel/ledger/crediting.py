"""Something comes in, for one or for thousands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.ledger import accounts
from doorstep.kernel.ledger.contracts import (
    CauseReused,
    Credit,
    EntryKind,
    EntryView,
)
from doorstep.kernel.ledger.writing import REUSED, Draft, NewLot, find_by_cause, write
from doorstep.kernel.models.ledger import LedgerEntry, LedgerLot


def credit_many(credits: Sequence[Credit], *, by: Actor, at: datetime) -> list[EntryView]:
    """Credit accounts, each cause once; answers in order, what was there with ``is_repeat``.

    A constant number of queries, whatever the number of credits of one book. Joins the caller's
    transaction; the accounts stay locked until it ends.

    :raises Invalid: an amount is not above zero.
    :raises CauseReused: a cause gave something else before.
    """
    if any(credit.amount <= 0 for credit in credits):
        raise Invalid("An amount must be above zero.", field="amount")
    with transaction.atomic():
        held = accounts.lock({credit.account for credit in credits}, at=at)
        known = _known(credits)
        fresh: dict[tuple[str, str], Draft] = {}
        for credit in credits:
            where = (credit.account.book, credit.cause)
            if where not in known:
                fresh.setdefault(where, _draft(credit, held[credit.account]))
        for entry, where in zip(write(list(fresh.values()), by=by, at=at), fresh, strict=True):
            known[where] = entry
    answers, told = [], set()
    for credit in credits:
        where = (credit.account.book, credit.cause)
        entry = known[where]
        _check_same(credit, entry, held[credit.account].id)
        answers.append(replace(entry, is_repeat=True) if where in told else entry)
        told.add(where)
    return answers


def _known(credits: Sequence[Credit]) -> dict[tuple[str, str], EntryView]:
    books = {credit.account.book for credit in credits}
    return {
        (book, cause): entry
        for book in books
        for cause, entry in find_by_cause(
            book, [c.cause for c in credits if c.account.book == book]
        ).items()
    }


def _draft(credit: Credit, account: accounts.Held) -> Draft:
    lot = NewLot(credit.amount, credit.expires_at, credit.is_pending, credit.matures_at)
    return Draft(
        account,
        EntryKind.CREDITED,
        0 if credit.is_pending else credit.amount,
        credit.cause,
        pending=credit.amount if credit.is_pending else 0,
        words=credit.words,
        rule=credit.rule,
        lots=[lot],
    )


def _check_same(credit: Credit, entry: EntryView, account_id: UUID) -> None:
    same = entry.amount + entry.pending == credit.amount and entry.kind is EntryKind.CREDITED
    if not same or entry.account_id != account_id:
        raise CauseReused(REUSED, field="cause")


def mature(book: str, causes: Collection[str], *, by: Actor, at: datetime) -> list[EntryView]:
    """Make what these causes gave pending spendable; what is already, or is gone, stays as it is.

    Joins the caller's transaction.
    """
    with transaction.atomic():
        given = LedgerEntry.objects.filter(book=book, cause__in=causes).values("id")
        pending = LedgerLot.objects.filter(entry_id__in=given, is_pending=True, remaining__gt=0)
        held = accounts.lock_ids(set(pending.values_list("account_id", flat=True)))
        return mature_lots(list(pending.order_by("id")), held, by=by, at=at)


def mature_lots(
    lots: Sequence[LedgerLot], held: dict[UUID, accounts.Held], *, by: Actor, at: datetime
) -> list[EntryView]:
    """Write that pending lots of locked accounts can be spent."""
    lots = [lot for lot in lots if lot.account_id in held]
    LedgerLot.objects.filter(id__in=[lot.id for lot in lots]).update(is_pending=False)
    drafts = [
        Draft(
            held[lot.account_id],
            EntryKind.MATURED,
            lot.remaining,
            f"matured:{lot.id}",
            pending=-lot.remaining,
            source_id=lot.entry_id,
        )
        for lot in lots
    ]
    return write(drafts, by=by, at=at)
