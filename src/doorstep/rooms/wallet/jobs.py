"""The room's loops: value that ends, notices before, gift cards on their day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.clock import now
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ledger import api as ledger
from doorstep.kernel.ledger.api import EntryView
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.worker import worker_loop
from doorstep.rooms.wallet import books, sending
from doorstep.rooms.wallet.events import ValueExpired
from doorstep.rooms.wallet.models import GiftCard

_BY = Actor.system("wallet.time")


@worker_loop("wallet.time", idle_seconds=60)
def pass_time() -> int:
    """Book what has ended and tell of what will, a set of each store's accounts."""
    at, done = now(), 0
    for book in (books.CREDIT, books.CARD):
        within = sending.NOTICE if book == books.CREDIT else sending.NOTICE * 0
        for store_id in ledger.list_stores_due(book, at=at, within=within):
            with store_scope(store_id):
                done += expire_value(book, at=at)
                if book == books.CREDIT:
                    done += sending.tell_ending(by=_BY, at=at)
    return done


def expire_value(book: str, *, at: datetime) -> int:
    """Book what has ended in the store's scope; returns how many entries."""
    with transaction.atomic():
        entries = ledger.expire_due(book, by=_BY, at=at)
        _tell_expired(book, entries, at)
        return len(entries)


def _tell_expired(book: str, entries: Sequence[EntryView], at: datetime) -> None:
    accounts = ledger.get_accounts({entry.account_id for entry in entries})
    holders = {id_: books.holder_id(view.key.holder) for id_, view in accounts.items()}
    buyers = (
        dict(GiftCard.objects.filter(id__in=holders.values()).values_list("id", "buyer_id"))
        if book == books.CARD
        else {holder: holder for holder in holders.values()}
    )
    drafts = []
    for entry in entries:
        holder = holders[entry.account_id]
        customer = buyers.get(holder)
        event = ValueExpired(
            entry.account_id, customer, book, accounts[entry.account_id].key.unit, -entry.amount
        )
        subject = f"{'gift_card' if book == books.CARD else 'customer'}:{holder}"
        drafts.append(EventDraft(event, customer or holder, at, _BY, subject))
    publish_many(drafts)


@worker_loop("wallet.gift_cards", idle_seconds=15)
def send_gift_cards() -> int:
    """Send gift cards on the morning of their day."""
    at = now()
    due = GiftCard.all_stores.filter(
        send_at__lte=at, sent_at__isnull=True, disabled_at__isnull=True
    )
    done = 0
    for store_id in due.values_list("store_id", flat=True).distinct():
        with store_scope(store_id):
            done += sending.send_due_cards(by=Actor.system("wallet.gift_cards"), at=at)
    return done
