"""Something goes out: the lots that end soonest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.ledger import accounts
from doorstep.kernel.ledger.contracts import (
    AccountKey,
    CauseReused,
    Debit,
    EntryKind,
    EntryView,
    NotEnough,
)
from doorstep.kernel.ledger.writing import REUSED, Draft, find_by_cause, write
from doorstep.kernel.models.ledger import LedgerLot


def spend(debit: Debit, *, by: Actor, at: datetime) -> EntryView | None:
    """Spend from one account; see :func:`spend_many`."""
    return spend_many([debit], by=by, at=at)[0]


def spend_many(debits: Sequence[Debit], *, by: Actor, at: datetime) -> list[EntryView | None]:
    """Spend from accounts, each cause once; answers in order, None where there was nothing left.

    All of it or nothing. What has ended by now is booked as expired first. A constant number of
    queries for one book; joins the caller's transaction, the accounts stay locked until it ends.

    :raises Invalid: an amount is not above zero.
    :raises NotEnough: an account has less.
    :raises CauseReused: a cause moved something else before.
    """
    if any(debit.amount <= 0 for debit in debits):
        raise Invalid("An amount must be above zero.", field="amount")
    with transaction.atomic():
        held = accounts.lock({debit.account for debit in debits}, at=at)
        known: dict[tuple[str, str], EntryView] = {}
        for book in {debit.account.book for debit in debits}:
            causes = [d.cause for d in debits if d.account.book == book]
            known |= {(book, c): entry for c, entry in find_by_cause(book, causes).items()}
        purses = _open_purses([a.id for a in held.values()])
        drafts: list[Draft] = []
        where_of: list[tuple[str, str]] = []
        for debit in debits:
            where = (debit.account.book, debit.cause)
            if where in known or where in where_of:
                continue
            account = held[debit.account]
            for late in take_expired(purses[account.id], account, at):
                drafts.append(late)
                where_of.append((account.key.book, late.cause))
            if (draft := _draft(debit, account, purses[account.id])) is not None:
                drafts.append(draft)
                where_of.append(where)
        known |= dict(zip(where_of, write(drafts, by=by, at=at), strict=True))
    return _answers(debits, known, held)


Purse = list[tuple[LedgerLot, int]]  # what is left of each lot, soonest end first


def _open_purses(account_ids: Collection[UUID]) -> dict[UUID, Purse]:
    purses: dict[UUID, Purse] = defaultdict(list)
    for lot in spendable_lots(account_ids):
        purses[lot.account_id].append((lot, lot.remaining))
    return purses


def spendable_lots(account_ids: Collection[UUID]) -> Sequence[LedgerLot]:
    """Return the lots of accounts in the order they are spent, those that have ended with them."""
    return list(
        LedgerLot.objects.filter(
            account_id__in=account_ids, remaining__gt=0, is_pending=False
        ).order_by("account_id", F("expires_at").asc(nulls_last=True), "id")
    )


def take_expired(purse: Purse, account: accounts.Held, at: datetime) -> list[Draft]:
    """Take what has ended out of a purse; return the entries that say so."""
    ended = [(lot, left) for lot, left in purse if lot.expires_at and lot.expires_at <= at]
    purse[:] = [pair for pair in purse if pair not in ended]
    return [
        Draft(
            account,
            EntryKind.EXPIRED,
            -left,
            f"expired:{lot.id}",
            parts=[(lot.id, -left)],
        )
        for lot, left in ended
    ]


def _draft(debit: Debit, account: accounts.Held, purse: Purse) -> Draft | None:
    has = sum(left for _, left in purse)
    if has < debit.amount and not debit.as_far_as_possible:
        raise NotEnough(has, debit.amount)
    parts = take(purse, min(has, debit.amount))
    if not parts:
        return None
    return Draft(
        account,
        debit.kind,
        sum(amount for _, amount in parts),
        debit.cause,
        words=debit.words,
        rule=debit.rule,
        parts=parts,
    )


def take(purse: Purse, amount: int) -> list[tuple[UUID, int]]:
    """Take an amount out of a purse that has it; return the parts, as minuses."""
    parts = []
    while amount:
        lot, left = purse.pop(0)
        taken = min(left, amount)
        parts.append((lot.id, -taken))
        amount -= taken
        if left > taken:
            purse.insert(0, (lot, left - taken))
    return parts


def _answers(
    debits: Sequence[Debit],
    known: dict[tuple[str, str], EntryView],
    held: dict[AccountKey, accounts.Held],
) -> list[EntryView | None]:
    answers: list[EntryView | None] = []
    told: set[tuple[str, str]] = set()
    for debit in debits:
        where = (debit.account.book, debit.cause)
        entry = known.get(where)
        if entry is not None:
            wanted = -entry.amount == debit.amount or (
                debit.as_far_as_possible and -entry.amount < debit.amount
            )
            elsewhere = entry.account_id != held[debit.account].id
            if not wanted or elsewhere or entry.kind is not debit.kind:
                raise CauseReused(REUSED, field="cause")
            entry = replace(entry, is_repeat=True) if where in told else entry
            told.add(where)
        answers.append(entry)
    return answers
