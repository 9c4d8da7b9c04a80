"""A yes given behind a link that did not come to that number or address: it needs a second word there.

Whoever opens a link proves that they read what came with it: the mailbox it was sent to, or the
phone. Links are forwarded, and a number typed at a checkout may be somebody else's. So a choice
about another channel than the link's own counts only once it is confirmed there: by answering YES
to a text message, or with the link in it. Until then nothing is allowed that was not before.
(47 CFR 64.1200(f)(9): written consent of the called party; CTIA Messaging Principles 5.1.2;
Directive 2002/58/EC, art. 13 with GDPR art. 7(1).)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.secrets import sign
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.request_messages import request_messages
from doorstep.rooms.messaging.actions.suppress_addresses import lift_for
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    MessageRequest,
    MessageStatus,
    Purpose,
    SuppressionReason,
    WaitingChoice,
)
from doorstep.rooms.messaging.models import SignUp
from doorstep.rooms.messaging.preference_links import Reader
from doorstep.rooms.messaging.rules.consent_words import language_of, sign_up_words
from doorstep.rooms.messaging.rules.topics import find_topic, known_topics
from doorstep.rooms.messaging.templating.link_context import link_context
from doorstep.rooms.messaging.wordings import keep_wordings
from doorstep.rooms.stores import api as stores

KIND = "confirm_subscription"
LINK_PURPOSE = "messaging.sign_up"
WORKS_FOR = timedelta(days=7)
SOURCE = "preferences"
# The messages one yes gets at most while it waits: a save is a click, and texts cost money.
MOST_MESSAGES = 3

_ASK = """
    INSERT INTO messaging_signup AS s
        (id, store_id, channel, customer_id, address, address_key, name, locale, topics, wording_id,
         source, url, network, asked_at, expires_at, mails)
    VALUES (%(id)s, %(store)s, %(channel)s, %(customer)s, %(address)s, %(key)s, '', %(locale)s,
            %(topics)s::jsonb, %(wording)s, %(source)s, %(url)s, %(network)s, %(at)s, %(expires)s, 1)
    ON CONFLICT (store_id, channel, address_key) WHERE confirmed_at IS NULL DO UPDATE
    SET customer_id = excluded.customer_id, locale = excluded.locale, topics = excluded.topics,
        wording_id = excluded.wording_id, source = excluded.source, url = excluded.url,
        network = excluded.network, expires_at = excluded.expires_at,
        -- the messages of one week count together
        mails = CASE WHEN s.expires_at <= %(at)s THEN 1 ELSE s.mails + 1 END,
        asked_at = excluded.asked_at
    RETURNING id, mails
"""


@dataclass(frozen=True, slots=True)
class AskedWhere:
    """Where the first word was said, for the proof."""

    locale: str
    url: str = ""
    network: str = ""


def ask_second_word(
    reader: Reader, channel: Channel, topics: Sequence[str], where: AskedWhere, *, at: datetime
) -> WaitingChoice:
    """Keep what was ticked and ask for the second word on the channel itself; return what waits.

    Three messages a week at most go to one number. Where none can go (it said STOP, no provider)
    nothing waits, and ``refused`` says why. Joins the caller's transaction.
    """
    topics = known_topics(topics)
    language = language_of(where.locale)
    words = sign_up_words(stores.get_store().name, topics, language, channel=channel)
    row_id, count = _store(reader, channel, topics, words, where, at)
    if count <= MOST_MESSAGES:
        refused = _send(reader, channel, row_id, count, words, language, at)
        if refused:
            SignUp.objects.filter(id=row_id).delete()
            return WaitingChoice(channel.value, (), refused)
    return WaitingChoice(channel.value, tuple(topics))


def _store(
    reader: Reader,
    channel: Channel,
    topics: Sequence[str],
    words: str,
    where: AskedWhere,
    at: datetime,
) -> tuple[UUID, int]:
    language = language_of(where.locale)
    [wording_id] = keep_wordings([(language, words)], at=at).values()
    values: dict[str, Any] = {
        "id": new_id(),
        "store": reader.store_id,
        "channel": channel.value,
        "customer": reader.customer_id,
        "address": reader.addresses[channel],
        "key": reader.keys[channel],
        "locale": where.locale[:35],
        "topics": json.dumps(list(topics)),
        "wording": wording_id,
        "source": SOURCE,
        "url": where.url[:2000],
        "network": where.network[:200],
        "at": at,
        "expires": at + WORKS_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASK, values)
        row: tuple[UUID, int] = cursor.fetchone()
    return row


def _send(
    reader: Reader, channel: Channel, row_id: UUID, count: int, words: str, language: str,
    at: datetime,
) -> str:  # fmt: skip
    """Have the question sent; return why it can't be, "" when it goes."""
    store = stores.get_store()
    token = confirmation_token(store.id, row_id, at=at)
    url = f"{identity.public_base(store)}/s/{store.slug}/newsletter/{token}"
    request = MessageRequest(
        kind=KIND,
        purpose=Purpose.TRANSACTIONAL,
        cause=f"sign_up:{row_id}:{at.isoformat()}:{count}",
        customer_id=reader.customer_id,
        context=link_context(url=url, days=WORKS_FOR.days, wording=words),
        subject=f"sign_up:{row_id}",
        channel=channel,
        locale=language,
    )
    if channel is Channel.EMAIL:
        request = replace(request, email=reader.addresses[channel])
    else:
        request = replace(request, phone=reader.addresses[channel])
    by = Actor("shopper", str(reader.customer_id), "Reader of a message")
    [decided] = request_messages([request], by=by, at=at)
    return decided.reason if decided.status == MessageStatus.DROPPED else ""


def confirmation_token(store_id: UUID, sign_up_id: UUID, *, at: datetime) -> str:
    """Return the token of a confirmation's link."""
    return sign([store_id.hex, sign_up_id.hex], purpose=LINK_PURPOSE, at=at)


def list_waiting(reader: Reader, *, at: datetime) -> tuple[WaitingChoice, ...]:
    """Return what the reader ticked and has not confirmed yet."""
    rows = _of(reader).filter(expires_at__gt=at).order_by("channel")
    return tuple(WaitingChoice(row.channel, tuple(row.topics)) for row in rows)


def forget_waiting(reader: Reader, channels: Sequence[Channel]) -> None:
    """Take back what waits on some channels: it was unticked, or everything was."""
    _of(reader).filter(channel__in=channels).delete()


def _of(reader: Reader) -> Any:
    mine = Q(pk__in=[])
    for channel, key in reader.keys.items():
        mine |= Q(channel=channel, address_key=key)
    if reader.customer_id is None:
        return SignUp.objects.none()
    return SignUp.objects.filter(mine, customer_id=reader.customer_id, confirmed_at__isnull=True)


def forget_waiting_at(channel: Channel, key: str) -> None:
    """Take back whatever waits for a number's yes: it said STOP."""
    SignUp.objects.filter(
        channel=channel, address_key=key, customer__isnull=False, confirmed_at__isnull=True
    ).delete()


def confirm_by_answer(
    channel: Channel, key: str, *, text: str, by: Actor, at: datetime
) -> tuple[str, ...]:
    """Let what waits for this number count, for it answered YES; return the topics.

    Nothing waits, or it waited too long: (). Joins the caller's transaction.
    """
    row = (
        SignUp.objects.select_for_update()
        .filter(
            channel=channel,
            address_key=key,
            customer__isnull=False,
            confirmed_at__isnull=True,
            expires_at__gt=at,
        )
        .first()
    )
    if row is None:
        return ()
    grant_second_word(row, {"step": "answer", "text": text[:500]}, by=by, at=at)
    return tuple(row.topics)


def grant_second_word(row: SignUp, step: dict[str, str], *, by: Actor, at: datetime) -> None:
    """Write down what was ticked and is confirmed now, with both steps as its proof.

    :param row: locked, and not confirmed yet.
    :param step: how it was confirmed; its moment is added.
    """
    assert row.customer_id is not None  # of a form's sign-up nobody is known: sign_up.py
    channel = Channel(row.channel)
    proof = {
        "sign_up_id": str(row.id),
        "address": row.address,
        "steps": [
            {"step": SOURCE, "at": row.asked_at.isoformat()},
            {**step, "at": at.isoformat()},
        ],
    }
    grants = [
        ConsentGrant(
            row.customer_id,
            channel,
            topic.purpose,
            ConsentState.GRANTED,
            row.source,
            at,
            topic=topic.key,
            proof=proof,
            wording=row.wording.text,
            wording_locale=row.wording.locale,
            url=row.url,
            network=row.network,
        )
        for key in row.topics
        if (topic := find_topic(key)) is not None
    ]
    record_consent(grants, by=by, at=at)
    lift_for(channel, row.address_key, {SuppressionReason.UNSUBSCRIBE}, by=by, at=at)
    row.confirmed_at = at
    row.save(update_fields=["confirmed_at"])
