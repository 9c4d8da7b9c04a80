"""Sign up for what sells: asked in a form, confirmed by a link in a mail (double opt-in).

Whoever types an address learns nothing about it: known or not, allowed already or unsubscribed,
the answer and the work are the same. Looking at the link of the mail changes nothing either;
only the button on its page does, because scanners look at every link.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.secrets import InvalidSignedToken, verify
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging import identity
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.request_messages import request_messages
from doorstep.rooms.messaging.actions.second_words import (
    KIND,
    LINK_PURPOSE,
    WORKS_FOR,
    confirmation_token,
    grant_second_word,
)
from doorstep.rooms.messaging.actions.suppress_addresses import lift_for
from doorstep.rooms.messaging.contacts import current_consents
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    MessageRequest,
    Purpose,
    SignUpRequest,
    SignUpView,
    SuppressionReason,
)
from doorstep.rooms.messaging.models import ConsentWording, Message, SignUp, Suppression
from doorstep.rooms.messaging.preference_settings import (
    get_preference_rules,
    kept_network,
    needs_confirmation,
)
from doorstep.rooms.messaging.rules.addresses import (
    UnusableAddress,
    mask_address,
    normalize_address,
)
from doorstep.rooms.messaging.rules.consent_words import language_of, sign_up_words
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.messaging.rules.topics import find_topic, known_topics
from doorstep.rooms.messaging.templating.link_context import link_context
from doorstep.rooms.messaging.wordings import clean_wording, keep_wordings
from doorstep.rooms.stores import api as stores

KEPT_FOR = timedelta(days=30)
# The mails one sign-up gets at most while it waits: its form can be sent by anybody.
MOST_MAILS = 3

_ASK = """
    INSERT INTO messaging_signup AS s
        (id, store_id, channel, address, address_key, name, locale, topics, wording_id, source, url,
         network, asked_at, expires_at, mails)
    VALUES (%(id)s, %(store)s, 'email', %(address)s, %(key)s, %(name)s, %(locale)s,
            %(topics)s::jsonb, %(wording)s, %(source)s, %(url)s, %(network)s, %(at)s, %(expires)s, 1)
    ON CONFLICT (store_id, channel, address_key) WHERE confirmed_at IS NULL DO UPDATE
    SET address = excluded.address, name = excluded.name, locale = excluded.locale,
        topics = excluded.topics, wording_id = excluded.wording_id, source = excluded.source,
        url = excluded.url, network = excluded.network, expires_at = excluded.expires_at,
        -- the mails of one week count together
        mails = CASE WHEN s.expires_at <= %(at)s THEN 1 ELSE s.mails + 1 END,
        asked_at = excluded.asked_at
    RETURNING id, mails
"""


def sign_up(request: SignUpRequest, *, by: Actor, at: datetime) -> bool:
    """Take a sign-up in; return whether it waits for a confirmation.

    Asking again renews it and sends the mail again, three times a week at most. Where the store
    and the law let one step be enough it counts at once, but never for an address whose owner
    unsubscribed, refused or complained.

    :raises Invalid: not an e-mail address, or no topic of ours.
    """
    asked = _cleaned(request)
    store, rules = stores.get_store(), get_preference_rules()
    key = _address_key(asked.email)
    waits = needs_confirmation(
        rules,
        store_country=store.country_code,
        country=asked.country,
        locale=asked.locale,
        email=key,
    )
    language = language_of(asked.locale)
    words = clean_wording(asked.wording) or sign_up_words(store.name, asked.topics, language)
    kept = replace(asked, wording=words, network=kept_network(asked.network, rules))
    with transaction.atomic():
        if not waits and _may_count_at_once(key):
            _grant_at_once(kept, by=by, at=at)
            return False
        sign_up_id, mails = _store(kept, key, at)
        if mails <= MOST_MAILS:
            _ask_by_mail(kept, sign_up_id, mails, by=by, at=at)
    return waits


def _cleaned(request: SignUpRequest) -> SignUpRequest:
    unknown = [topic for topic in request.topics if find_topic(topic) is None]
    if unknown:
        raise Invalid(f"There is no topic “{unknown[0][:40]}”.", field="topics")
    return replace(
        request,
        email=storable(request.email).strip()[:254],
        name=" ".join(storable(request.name).split())[:200],
        topics=tuple(known_topics(request.topics)),
        url=storable(request.url)[:2000],
        source=storable(request.source).strip()[:100] or "form",
        locale=storable(request.locale)[:35] or stores.get_store().default_locale,
    )


def _address_key(email: str) -> str:
    try:
        key = normalize_address(Channel.EMAIL, email)
    except UnusableAddress as error:
        raise Invalid(str(error), field="email") from error
    if "." not in key.rpartition("@")[2]:
        raise Invalid("The part after the @ is not complete.", field="email")
    return key


def _may_count_at_once(key: str) -> bool:
    """Tell whether nobody said no for this address; else its owner must say yes themselves."""
    if Suppression.objects.filter(
        channel=Channel.EMAIL, address=key, lifted_at__isnull=True
    ).exists():
        return False
    known = customers.find_customer_by_email(key)
    if known is None:
        return True
    return not any(
        row.channel == Channel.EMAIL and row.state == ConsentState.WITHDRAWN
        for row in current_consents([known.id])
    )


def _grant_at_once(asked: SignUpRequest, *, by: Actor, at: datetime) -> None:
    proof = {"steps": [{"step": "form", "at": at.isoformat()}], "email": asked.email}
    _grant(asked, asked.wording, asked.locale, proof, by=by, at=at)


def _store(asked: SignUpRequest, key: str, at: datetime) -> tuple[UUID, int]:
    language = language_of(asked.locale)
    [wording_id] = keep_wordings([(language, asked.wording)], at=at).values()
    values: dict[str, Any] = {
        "id": new_id(),
        "store": current_store_id(),
        "address": asked.email,
        "key": key,
        "name": asked.name,
        "locale": asked.locale,
        "topics": _json(asked.topics),
        "wording": wording_id,
        "source": asked.source,
        "url": asked.url,
        "network": asked.network,
        "at": at,
        "expires": at + WORKS_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ASK, values)
        row: tuple[UUID, int] = cursor.fetchone()
    return row


def _json(topics: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{topic}"' for topic in topics) + "]"


def _ask_by_mail(
    asked: SignUpRequest, sign_up_id: UUID, mails: int, *, by: Actor, at: datetime
) -> None:
    store = stores.get_store()
    token = confirmation_token(store.id, sign_up_id, at=at)
    url = f"{identity.public_base(store)}/s/{store.slug}/newsletter/{token}"
    request = MessageRequest(
        kind=KIND,
        purpose=Purpose.TRANSACTIONAL,
        cause=f"sign_up:{sign_up_id}:{at.isoformat()}:{mails}",
        customer_id=None,
        context=link_context(url=url, days=WORKS_FOR.days, wording=asked.wording),
        subject=f"sign_up:{sign_up_id}",
        channel=Channel.EMAIL,
        email=asked.email,
        name=asked.name,
        locale=asked.locale,
    )
    request_messages([request], by=by, at=at)


def get_sign_up(token: str, *, at: datetime) -> SignUpView:
    """Return the sign-up a link belongs to; needs no scope and changes nothing.

    :raises NotFound: forged, cut off, or deleted long since.
    """
    store_id, sign_up_id = _read(token, at)
    with store_scope(store_id):
        row = SignUp.objects.select_related("wording").filter(id=sign_up_id).first()
    if row is None:
        raise NotFound("This link is not complete, or too old. Please sign up again.")
    return _view(row, at)


def _read(token: str, at: datetime) -> tuple[UUID, UUID]:
    try:
        store, row = verify(token, purpose=LINK_PURPOSE, at=at)
        return UUID(store), UUID(row)
    except (InvalidSignedToken, ValueError, TypeError) as error:
        raise NotFound("This link is not complete. Please use the link from the mail.") from error


def _view(row: SignUp, at: datetime) -> SignUpView:
    state = "confirmed" if row.confirmed_at else "expired" if row.expires_at <= at else "waiting"
    return SignUpView(
        row.id,
        row.store_id,
        mask_address(row.channel, row.address),
        row.locale,
        tuple(row.topics),
        row.wording.text,
        state,
        row.asked_at,
        row.expires_at,
        row.channel,
    )


def confirm_sign_up(
    token: str, *, network: str = "", at: datetime
) -> tuple[SignUpView, UUID | None]:
    """Let a sign-up count; return it, and whose consent it became when it did just now.

    Twice changes nothing, and what is expired is left alone (``state`` says so).

    :param network: the address the click came from; kept as the store's settings say.
    :raises NotFound: forged, cut off, or deleted long since.
    """
    store_id, sign_up_id = _read(token, at)
    with store_scope(store_id), transaction.atomic():
        row = SignUp.objects.select_for_update().filter(id=sign_up_id).first()
        if row is None:
            raise NotFound("This link is not complete, or too old. Please sign up again.")
        if row.confirmed_at is not None or row.expires_at <= at:
            return _view(row, at), None
        customer_id = _confirm(row, network, at)
        return _view(row, at), customer_id


def _confirm(row: SignUp, network: str, at: datetime) -> UUID:
    confirmed = {"step": "confirmed", "at": at.isoformat()}
    if kept := kept_network(network, get_preference_rules()):
        confirmed["network"] = kept
    if row.customer_id is not None:
        by = Actor("shopper", str(row.customer_id), "Reader of a confirmation")
        grant_second_word(row, confirmed, by=by, at=at)
        return row.customer_id
    proof = {
        "sign_up_id": str(row.id),
        "email": row.address,
        "steps": [{"step": "form", "at": row.asked_at.isoformat()}, confirmed],
    }
    wording = ConsentWording.objects.get(id=row.wording_id)
    asked = SignUpRequest(
        row.address, row.locale, row.source, row.name, tuple(row.topics), wording.text, row.url,
        row.network,
    )  # fmt: skip
    by = Actor("shopper", str(row.id), "Reader of a confirmation mail")
    customer_id = _grant(asked, wording.text, wording.locale, proof, by=by, at=at)
    row.confirmed_at = at
    row.save(update_fields=["confirmed_at"])
    # Their address has an owner now: it goes with them when they are erased.
    Message.objects.filter(subject_ref=f"sign_up:{row.id}").update(customer_id=customer_id)
    return customer_id


def _grant(
    asked: SignUpRequest,
    wording: str,
    locale: str,
    proof: dict[str, Any],
    *,
    by: Actor,
    at: datetime,
) -> UUID:
    claim = PersonClaim(
        email=asked.email, name=asked.name, locale=asked.locale, country=asked.country
    )
    [customer_id] = customers.resolve_customers([claim], at=at)
    scopes = [
        (topic.purpose, key) for key in asked.topics if (topic := find_topic(key)) is not None
    ] or [(Purpose.MARKETING, "")]
    grants = [
        ConsentGrant(
            customer_id,
            Channel.EMAIL,
            purpose,
            ConsentState.GRANTED,
            asked.source,
            at,
            topic=topic,
            proof=proof,
            wording=wording,
            wording_locale=language_of(locale),
            url=asked.url,
            network=asked.network,
        )
        for purpose, topic in scopes
    ]
    record_consent(grants, by=by, at=at)
    key = normalize_address(Channel.EMAIL, asked.email)
    lift_for(Channel.EMAIL, key, {SuppressionReason.UNSUBSCRIBE}, by=by, at=at)
    return customer_id


def purge_sign_ups(*, at: datetime, size: int = 1_000) -> int:
    """Delete sign-ups of all stores a month after they were asked for; return how many.

    What was confirmed stands in the consents' proof. Of what was not, the mails' addresses go too.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH old AS (
                SELECT id FROM messaging_signup WHERE asked_at < %s
                ORDER BY asked_at LIMIT %s FOR UPDATE SKIP LOCKED
            )
            DELETE FROM messaging_signup s USING old WHERE s.id = old.id
            RETURNING s.id, s.store_id, s.confirmed_at IS NULL
            """,
            [at - KEPT_FOR, size],
        )
        rows = cursor.fetchall()
        nobody = [f"sign_up:{row_id}" for row_id, _, is_open in rows if is_open]
        cursor.execute(
            """
            UPDATE messaging_message
            SET to_address = 'erased', address_key = '', to_name = '', context = '{}'
            WHERE store_id = ANY(%s::uuid[]) AND subject_ref = ANY(%s) AND subject_ref <> ''
              AND customer_id IS NULL
            """,
            [sorted({str(store) for _, store, _ in rows}), nobody],
        )
        cursor.execute(
            """
            DELETE FROM messaging_messagecontent c USING messaging_message m
            WHERE c.message_id = m.id AND m.store_id = ANY(%s::uuid[])
              AND m.subject_ref = ANY(%s) AND m.subject_ref <> '' AND m.customer_id IS NULL
            """,
            [sorted({str(store) for _, store, _ in rows}), nobody],
        )
    return len(rows)
