"""Undoing: what was spent goes back to its lots, what was given is taken out of its lot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ledger import accounts
from doorstep.kernel.ledger.contracts import CauseReused, EntryKind, EntryView
from doorstep.kernel.ledger.spending import spendable_lots, take
from doorstep.kernel.ledger.writing import REUSED, Draft, NewLot, view_of, write
from doorstep.kernel.models.ledger import LedgerEntry, LedgerLot, LedgerPart

LASTS_AT_LEAST = timedelta(days=30)
"""How long something that was given back can be spent, when its own time ended meanwhile."""


class MoreThanSpent(Conflict):
    """So much was not spent, or has been given back already."""

    code = "more_than_spent"


def give_back(
    book: str,
    spend_cause: str,
    *,
    cause: str,
    amount: int | None = None,
    words: str = "",
    by: Actor,
    at: datetime,
) -> list[EntryView]:
    """Give (part of) a spend back to the lots it came from, wherever they are now.

    What would have lasted longest comes back first. A lot that has ended meanwhile is replaced by
    one that lasts as long as the old one would have when it was spent, 30 days at least: the
    holder did not let it lapse. One entry per account; joins the caller's transaction.

    :param amount: None gives back all that was not yet.
    :raises NotFound: nothing was spent for this cause.
    :raises MoreThanSpent: that is more than is left to give back.
    :raises CauseReused: this cause gave something else back before.
    """
    if amount is not None and amount <= 0:
        raise Invalid("An amount must be above zero.", field="amount")
    with transaction.atomic():
        spent = LedgerEntry.objects.filter(
            book=book, cause=spend_cause, kind=EntryKind.SPENT
        ).first()
        if spent is None:
            raise NotFound("Nothing was spent for this.")
        held, parts = _hold(spent)
        if done := _done_before(spent, cause, amount):
            return done
        given = LedgerEntry.objects.filter(source=spent, kind=EntryKind.GIVEN_BACK)
        so_far = given.aggregate(sum=Sum("amount"))["sum"] or 0
        left = -spent.amount - so_far
        if (amount or left) > left or not left:
            raise MoreThanSpent("That is more than is left to give back.", field="amount")
        shares = _shares(parts, so_far, amount or left)
        drafts = _drafts(spent, shares, held, cause, words, at)
        return write(drafts, by=by, at=at)


def _hold(spent: LedgerEntry) -> tuple[dict[UUID, accounts.Held], list[tuple[LedgerLot, int]]]:
    """Lock the spend's account and those its lots are in now; return them and the spend's parts,
    what lasts longest first.
    """
    wanted = {spent.account_id}
    while True:
        held = accounts.lock_ids(wanted)
        parts = [
            (part.lot, -part.amount)
            for part in LedgerPart.objects.filter(entry=spent)
            .select_related("lot")
            .order_by(F("lot__expires_at").desc(nulls_first=True), "-lot_id")
        ]
        now_in = {lot.account_id for lot, _ in parts}
        if now_in <= held.keys():
            return held, parts
        wanted |= now_in  # a lot moved while we waited for its account: lock where it went


def _done_before(spent: LedgerEntry, cause: str, amount: int | None) -> list[EntryView]:
    found = [
        view_of(row, is_repeat=True)
        for row in LedgerEntry.objects.filter(
            book=spent.book, cause__in=[cause, *(f"{cause}#{n}" for n in range(2, 10))]
        )
    ]
    if not found:
        return []
    same = all(entry.source_id == spent.id for entry in found)
    if not same or (amount is not None and sum(entry.amount for entry in found) != amount):
        raise CauseReused(REUSED, field="cause")
    return found


def _shares(
    parts: Sequence[tuple[LedgerLot, int]], skip: int, amount: int
) -> list[tuple[LedgerLot, int]]:
    """Return which lots get how much, after the first ``skip`` that went back earlier."""
    shares = []
    for lot, of_lot in parts:
        skipped = min(skip, of_lot)
        taken = min(of_lot - skipped, amount)
        skip, amount = skip - skipped, amount - taken
        if taken:
            shares.append((lot, taken))
    return shares


def _drafts(
    spent: LedgerEntry,
    shares: Sequence[tuple[LedgerLot, int]],
    held: dict[UUID, accounts.Held],
    cause: str,
    words: str,
    at: datetime,
) -> list[Draft]:
    by_account: dict[UUID, list[tuple[LedgerLot, int]]] = defaultdict(list)
    for lot, amount in shares:
        by_account[lot.account_id].append((lot, amount))
    drafts = []
    for nth, (account_id, of_account) in enumerate(sorted(by_account.items()), 1):
        live = [(lot.id, amount) for lot, amount in of_account if not _has_ended(lot, at)]
        new = [
            NewLot(amount, renewed_until(lot.expires_at, spent.at, at))
            for lot, amount in of_account
            if lot.expires_at is not None and _has_ended(lot, at)
        ]
        drafts.append(
            Draft(
                held[account_id],
                EntryKind.GIVEN_BACK,
                sum(amount for _, amount in of_account),
                cause if nth == 1 else f"{cause}#{nth}",
                words=words,
                source_id=spent.id,
                parts=live,
                lots=new,
            )
        )
    return drafts


def _has_ended(lot: LedgerLot, at: datetime) -> bool:
    return lot.expires_at is not None and lot.expires_at <= at


def renewed_until(expired_at: datetime, spent_at: datetime, at: datetime) -> datetime:
    """Return until when something given back lasts whose own time ended while it was spent."""
    return at + max(expired_at - spent_at, LASTS_AT_LEAST)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was taken back of a credit, and how much of it was gone already."""

    entry: EntryView | None
    missing: int


def take_back(
    book: str,
    credit_cause: str,
    *,
    cause: str,
    amount: int | None = None,
    from_others: bool = False,
    words: str = "",
    by: Actor,
    at: datetime,
) -> TakenBack:
    """Take back what a credit gave, pending or not, as far as it is still there.

    Joins the caller's transaction; ``rule`` of the credit is repeated on the entry.

    :param amount: None takes all that was given, less what was taken back before.
    :param from_others: what was spent of it is taken from other lots, soonest end first.
    :raises NotFound: nothing was credited for this cause.
    """
    with transaction.atomic():
        credit = LedgerEntry.objects.filter(
            book=book, cause=credit_cause, kind=EntryKind.CREDITED
        ).first()
        if credit is None:
            raise NotFound("Nothing was given for this.")
        lot = LedgerLot.objects.get(entry=credit)
        held = accounts.lock_ids({lot.account_id})
        lot.refresh_from_db()
        while lot.account_id not in held:  # moved while we waited
            held = accounts.lock_ids({lot.account_id})
            lot.refresh_from_db()
        before = LedgerEntry.objects.filter(book=book, cause=cause).first()
        taken_before = LedgerEntry.objects.filter(source=credit, kind=EntryKind.REVERSED)
        gone = sum(-(entry.amount + entry.pending) for entry in taken_before)
        given = credit.amount + credit.pending
        if before is not None:
            if before.source_id != credit.id:
                raise CauseReused(REUSED, field="cause")
            took = -(before.amount + before.pending)
            wanted = amount if amount is not None else given - (gone - took)
            return TakenBack(view_of(before, is_repeat=True), max(0, wanted - took))
        wanted = min(given - gone, given if amount is None else amount)
        draft = _reversal(credit, lot, held[lot.account_id], wanted, from_others, cause, words)
        took = -(draft.amount + draft.pending)
        entries = write([draft], by=by, at=at) if took else []
    return TakenBack(entries[0] if entries else None, wanted - took)


def _reversal(
    credit: LedgerEntry,
    lot: LedgerLot,
    account: accounts.Held,
    wanted: int,
    from_others: bool,
    cause: str,
    words: str,
) -> Draft:
    own = min(lot.remaining, wanted)
    pending = own if lot.is_pending else 0
    parts = [(lot.id, -own)] if own else []
    if from_others:
        others = [(o, o.remaining) for o in spendable_lots([account.id]) if o.id != lot.id]
        parts += take(others, min(wanted - own, sum(left for _, left in others)))
    total = sum(amount for _, amount in parts)
    return Draft(
        account,
        EntryKind.REVERSED,
        total + pending,
        cause,
        pending=-pending,
        words=words,
        source_id=credit.id,
        rule=credit.rule,
        parts=parts,
    )
