"""What people write on WhatsApp and Messenger: it opens the 24 hours, and STOP means stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.ids import new_id
from doorstep.kernel.secrets import constant_time_equal, keyed_hash
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.record_deliveries import record_deliveries
from doorstep.rooms.messaging.actions.suppress_addresses import add_suppressions, lift_for
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    DeliveryReport,
    InboundChat,
    Purpose,
    ReadUpTo,
    RecordedDeliveries,
    SuppressionReason,
)
from doorstep.rooms.messaging.models import Message, Suppression
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.gate import CHANNEL_WORDS
from doorstep.rooms.messaging.rules.sms_answers import chat_answer
from doorstep.rooms.messaging.rules.sms_words import meaning_of
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.stores import api as stores

_REF_SIGNS = 32
# A watermark says "everything up to here"; older messages are settled long since.
_READ_BACK = timedelta(days=7)
_READ_AT_MOST = 50

_UPSERT = """
    INSERT INTO messaging_chatcontact
        (id, store_id, channel, account, address, customer_id, first_inbound_at, last_inbound_at)
    VALUES (%(id)s, %(store)s, %(channel)s, %(account)s, %(address)s, %(customer)s, %(at)s, %(at)s)
    ON CONFLICT (store_id, channel, account, address) DO UPDATE
    SET customer_id = coalesce(excluded.customer_id, messaging_chatcontact.customer_id),
        first_inbound_at = least(messaging_chatcontact.first_inbound_at, excluded.last_inbound_at),
        -- webhooks overtake one another: an older message never closes what a newer one opened
        last_inbound_at = greatest(messaging_chatcontact.last_inbound_at, excluded.last_inbound_at)
    RETURNING customer_id
"""


def chat_ref(customer_id: UUID) -> str:
    """Return what a link to Messenger carries, so that we know who writes there.

    It comes back with the person's first message; only letters and digits, as Meta asks for.
    """
    return customer_id.hex + _signed(customer_id)


def _signed(customer_id: UUID) -> str:
    parts = [str(current_store_id()), str(customer_id)]
    return keyed_hash(parts, purpose="chat ref")[:_REF_SIGNS]


def _customer_of_ref(ref: str) -> UUID | None:
    """Return whom a link was made for; None for anything we did not sign for this store."""
    try:
        customer_id = UUID(ref[:32])
    except ValueError:
        return None
    if not constant_time_equal(ref[32:], _signed(customer_id)):
        return None
    return customer_id


def answer_chat(inbound: InboundChat, *, connection_id: UUID, by: Actor, at: datetime) -> str:
    """Act on a message that came in, and return what to answer ("" for nothing).

    It opens the 24 hours in which the store may write freely, and says who writes where a link of
    ours (Messenger) or the number (WhatsApp) tells. STOP, or any wording of it, takes effect at
    once, for every purpose on this channel. The same message delivered twice counts once.
    """
    channel = inbound.channel
    meaning = meaning_of(inbound.text)
    report = DeliveryReport(
        kind="stopped" if meaning == "stop" else "inbound",
        recipient=inbound.sender,
        provider_message_id=inbound.provider_message_id,
        occurred_at=inbound.at,
        raw=inbound.raw,
        description=inbound.text[:500],
    )
    try:
        address = normalize_address(channel, inbound.sender)
    except UnusableAddress:
        address = ""
    with transaction.atomic():
        was_stopped = bool(address) and _is_stopped(channel, address)
        recorded = record_deliveries([report], connection_id=connection_id, by=by, at=at)
        if not recorded.recorded or not address:
            return ""
        linked = _person(inbound, address)
        customer_id = _open_window(inbound, address, linked.id if linked else None, at)
        if linked is not None and inbound.ref:
            _note_opt_in(inbound, linked.id, by=by, at=at)
        # Whoever writes is there: what bounced before may be tried again.
        lift_for(channel, address, {SuppressionReason.HARD_BOUNCE}, by=by, at=at)
        if meaning == "stop":
            _stop(inbound, address, customer_id, by=by, at=at)
            return "" if was_stopped else _answer("stopped", channel, customer_id)
        if meaning == "start":
            lifted = lift_for(channel, address, {SuppressionReason.STOP}, by=by, at=at)
            return _answer("started", channel, customer_id) if lifted else ""
    return _answer("help", channel, customer_id) if meaning == "help" else ""


def record_read_up_to(
    read: ReadUpTo, *, connection_id: UUID, by: Actor, at: datetime
) -> RecordedDeliveries:
    """Record that somebody got, or read, all messages up to a moment (Messenger's watermarks)."""
    rows = Message.objects.filter(
        channel=Channel.MESSENGER,
        address_key=read.sender,
        sent_at__lte=read.until,
        sent_at__gt=read.until - _READ_BACK,
    ).order_by("-sent_at")[:_READ_AT_MOST]
    reports = [
        DeliveryReport(
            read.kind, read.sender, row.provider_message_id, read.until,
            # Once per message, however many watermarks pass it.
            {"message": str(row.id), "kind": read.kind}, doorstep_message_id=row.id,
        )
        for row in rows
    ]  # fmt: skip
    return record_deliveries(reports, connection_id=connection_id, by=by, at=at)


def _person(inbound: InboundChat, address: str) -> CustomerInfo | None:
    """Return who writes, where that is certain."""
    if inbound.channel is Channel.WHATSAPP:
        return customers.find_customer_by_phone(address)
    customer_id = _customer_of_ref(inbound.ref) if inbound.ref else None
    if customer_id is None:
        return None
    return customers.get_customers([customer_id]).get(customer_id)


def _open_window(
    inbound: InboundChat, address: str, customer_id: UUID | None, at: datetime
) -> UUID | None:
    """Note the message's moment (never one that lies ahead); return whose conversation it is."""
    values = {
        "id": new_id(),
        "store": current_store_id(),
        "channel": inbound.channel.value,
        "account": inbound.account,
        "address": address,
        "customer": customer_id,
        "at": min(inbound.at, at),
    }
    with database.cursor() as cursor:
        cursor.execute(_UPSERT, values)
        found: UUID | None = cursor.fetchone()[0]
        return found


def _note_opt_in(inbound: InboundChat, customer_id: UUID, *, by: Actor, at: datetime) -> None:
    proof = storable({"text": inbound.text[:500], "from": inbound.sender, "link": "order page"})
    grant = ConsentGrant(
        customer_id, inbound.channel, Purpose.SERVICE, ConsentState.GRANTED, "chat link",
        min(inbound.at, at), proof=proof,
    )  # fmt: skip
    record_consent([grant], by=by, at=at)


def _is_stopped(channel: Channel, address: str) -> bool:
    return Suppression.objects.filter(
        channel=channel, address=address, reason=SuppressionReason.STOP, lifted_at__isnull=True
    ).exists()


def _stop(
    inbound: InboundChat, address: str, customer_id: UUID | None, *, by: Actor, at: datetime
) -> None:
    key = (inbound.channel.value, address)
    add_suppressions({key: SuppressionReason.STOP}, source="answered STOP", at=at)
    if customer_id is None:
        return
    proof = storable({"text": inbound.text[:500], "from": inbound.sender})
    purposes: Sequence[Purpose] = (Purpose.SERVICE, Purpose.MARKETING)
    record_consent(
        [
            ConsentGrant(
                customer_id, inbound.channel, purpose, ConsentState.WITHDRAWN, "STOP", at,
                proof=proof,
            )
            for purpose in purposes
        ],
        by=by,
        at=at,
    )  # fmt: skip


def _answer(meaning: str, channel: Channel, customer_id: UUID | None) -> str:
    """Return the answer in the language of whose conversation it is, else the store's."""
    store = stores.get_store()
    known = customers.get_customers([customer_id]) if customer_id else {}
    locale = next((person.locale for person in known.values()), "") or store.default_locale
    return chat_answer(
        meaning,
        channel=CHANNEL_WORDS[channel],
        shop=store.name,
        locale=locale,
        email=store.support_email,
        phone=store.support_phone,
    )
