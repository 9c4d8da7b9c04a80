"""Lots change hands: two holders become one, or part again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.ledger import accounts
from doorstep.kernel.ledger.contracts import AccountKey, EntryKind
from doorstep.kernel.ledger.writing import Draft, write
from doorstep.kernel.models.ledger import LedgerAccount, LedgerLot


def move_holder(
    book: str, from_holder: str, to_holder: str, *, cause: str, words: str, by: Actor, at: datetime
) -> list[UUID]:
    """Move all that one holder has in a book to another; returns the lots that moved.

    Used up lots move too: what is given back of an old spend must find its holder. Joins the
    caller's transaction.
    """
    lots = LedgerLot.objects.filter(account__book=book, account__holder=from_holder)
    ids = list(lots.values_list("id", flat=True))
    move_lots(ids, to_holder, cause=cause, words=words, by=by, at=at)
    return ids


def move_lots(
    lot_ids: Collection[UUID],
    to_holder: str,
    *,
    cause: str,
    words: str,
    by: Actor,
    at: datetime,
    from_holder: str = "",
) -> None:
    """Move lots to another holder's account of the same book and unit, with what is left of them.

    :param from_holder: moves only those that this holder has now.
    """
    if not lot_ids:
        return
    with transaction.atomic():
        mine = LedgerLot.objects.filter(id__in=lot_ids)
        where = LedgerAccount.objects.filter(id__in=mine.values("account_id"))
        sources = where.exclude(holder=to_holder)
        if from_holder:
            sources = sources.filter(holder=from_holder)
        keys = [AccountKey(row.book, row.holder, row.unit) for row in sources]
        targets = [AccountKey(key.book, to_holder, key.unit) for key in keys]
        held = accounts.lock([*keys, *targets], at=at)
        source_of = {held[key].id: held[key] for key in keys}
        lots = list(mine.filter(account_id__in=source_of).order_by("id"))
        by_source: dict[UUID, list[LedgerLot]] = defaultdict(list)
        for lot in lots:
            by_source[lot.account_id].append(lot)
        drafts: list[Draft] = []
        for source_id, of_source in by_source.items():
            source = source_of[source_id]
            target = held[AccountKey(source.key.book, to_holder, source.key.unit)]
            drafts += _drafts(source, target, of_source, cause, words)
            LedgerLot.objects.filter(id__in=[lot.id for lot in of_source]).update(
                account_id=target.id
            )
        write(drafts, by=by, at=at)


def _drafts(
    source: accounts.Held,
    target: accounts.Held,
    lots: Collection[LedgerLot],
    cause: str,
    words: str,
) -> list[Draft]:
    active = sum(lot.remaining for lot in lots if not lot.is_pending)
    pending = sum(lot.remaining for lot in lots if lot.is_pending)
    if not active and not pending:
        return []
    left = [lot for lot in lots if lot.remaining]
    return [
        Draft(
            account,
            kind,
            sign * active,
            f"{cause}:{source.id}:{way}",
            pending=sign * pending,
            words=words,
            parts=[(lot.id, sign * lot.remaining) for lot in left],
        )
        for account, kind, sign, way in (
            (source, EntryKind.MOVED_OUT, -1, "out"),
            (target, EntryKind.MOVED_IN, 1, "in"),
        )
    ]
