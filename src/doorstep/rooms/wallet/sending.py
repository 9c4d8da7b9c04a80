"""What wallets write to people: gift cards on their day, and that credit ends soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from doorstep.kernel.actors import Actor
from doorstep.kernel.ledger import api as ledger
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.contexts import credit_context, day, gift_card_context
from doorstep.rooms.messaging.contracts import Channel, ContextAsk, MessageRequest, Purpose
from doorstep.rooms.messaging.ports import bind_context_source
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.wallet import books, sealing
from doorstep.rooms.wallet.models import GiftCard
from doorstep.rooms.wallet.rules.codes import show_code

NOTICE = timedelta(days=14)
"""How long before its end people are told of credit."""

SET = 100


def send_due_cards(*, by: Actor, at: datetime, limit: int = SET) -> int:
    """Have the gift cards sent whose moment has come; returns how many.

    Each is asked for once per sending, in the transaction that marks it. The message holds no
    code: that is filled in when the mail leaves, and no kept copy has it.
    """
    with transaction.atomic():
        rows = list(
            GiftCard.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(send_at__lte=at, sent_at__isnull=True, disabled_at__isnull=True)
            .order_by("send_at", "id")[:limit]
        )
        if not rows:
            return 0
        store = stores.get_store()
        asked = messaging.request_messages([_request(row, store) for row in rows], by=by, at=at)
        for row, message in zip(rows, asked, strict=True):
            row.sent_at, row.sends, row.message_id = at, row.sends + 1, message.message_id
        GiftCard.objects.bulk_update(rows, ["sent_at", "sends", "message_id"])
        return len(rows)


def _request(row: GiftCard, store: StoreInfo) -> MessageRequest:
    return MessageRequest(
        kind="gift_card",
        # Bought for this person and asked for by nobody else: it is the delivery itself.
        purpose=Purpose.TRANSACTIONAL,
        cause=f"gift_card:{row.id}:{row.sends + 1}",
        customer_id=None,
        context=_context(row, store),
        subject=f"gift_card:{row.id}",
        channel=Channel.EMAIL,
        email=row.recipient_email,
        name=row.recipient_name,
        locale=row.recipient_locale or store.default_locale,
    )


def _context(row: GiftCard, store: StoreInfo, code: str = "") -> dict[str, Any]:
    return gift_card_context(
        amount_minor=row.issued_minor,
        currency=row.currency,
        code=code,
        recipient_name=row.recipient_name,
        sender_name=row.sender_name,
        words=row.words,
        until_date=_last_day(row.expires_at, store),
        url=balance_page(store),
    )


def balance_page(store: StoreInfo) -> str:
    """Return where anybody sees what is left on a card."""
    return f"{messaging.public_base(store)}{reverse('portal:gift_card', args=[store.slug])}"


def _last_day(ends_at: datetime | None, store: StoreInfo) -> str:
    """Return the last day, at the store, on which something can be spent ("" : no end)."""
    if ends_at is None:
        return ""
    return day((ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(store.timezone)).date())


def fill_in_codes(asks: Sequence[ContextAsk], at: datetime) -> Mapping[UUID, Mapping[str, Any]]:
    """Open the codes of cards for the mails that are leaving now; cards that can't be spent any
    more are left out, and their mails not sent.
    """
    ids = {ask.message_id: UUID(ask.subject.partition(":")[2]) for ask in asks}
    rows = GiftCard.objects.filter(id__in=ids.values(), disabled_at__isnull=True)
    live = {row.id: row for row in rows if row.expires_at is None or row.expires_at > at}
    store = stores.get_store()
    return {
        message: _context(live[card], store, show_code(sealing.unseal(live[card].code_sealed)))
        for message, card in ids.items()
        if card in live
    }


def tell_ending(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Tell customers once of store credit that ends within two weeks; returns how many lots.

    It is service: people can refuse it, and quiet hours hold for it.
    """
    with transaction.atomic():
        endings = ledger.claim_ending(books.CREDIT, at=at, within=NOTICE, limit=limit)
        if not endings:
            return 0
        accounts = ledger.get_accounts([ending.account_id for ending in endings], at=at)
        store = stores.get_store()
        requests = [
            MessageRequest(
                kind="credit_expiring",
                purpose=Purpose.SERVICE,
                cause=f"wallet:{e.account_id}:ends:{e.ends_at.isoformat()}",
                customer_id=books.holder_id(e.key.holder),
                context=credit_context(
                    amount_minor=e.amount,
                    balance_minor=accounts[e.account_id].balance,
                    currency=e.key.unit,
                    until_date=_last_day(e.ends_at, store),
                ),
                subject=f"customer:{books.holder_id(e.key.holder)}",
            )
            for e in endings
        ]
        messaging.request_messages(requests, by=by, at=at)
        return len(endings)


def bind() -> None:
    """Register who fills in the codes."""
    bind_context_source("kind:gift_card", fill_in_codes)
