"""What people text back: STOP, START, HELP, or something for a human."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.record_deliveries import record_deliveries
from doorstep.rooms.messaging.actions.second_words import confirm_by_answer, forget_waiting_at
from doorstep.rooms.messaging.actions.suppress_addresses import add_suppressions, lift_for
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    DeliveryReport,
    InboundSms,
    Purpose,
    SuppressionReason,
)
from doorstep.rooms.messaging.models import Suppression
from doorstep.rooms.messaging.queries import find_customer_by_number
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.sms_answers import sms_answer
from doorstep.rooms.messaging.rules.sms_words import meaning_of
from doorstep.rooms.messaging.rules.storable import storable
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo


def answer_sms(inbound: InboundSms, *, connection_id: UUID, by: Actor, at: datetime) -> str:
    """Act on a text message that came in, and return what to answer ("" for nothing).

    YES is the second word to what was ticked in the preference centre. Every one is kept. STOP takes effect at once, for every purpose, with one confirmation; a
    second STOP is answered with nothing. The same message delivered twice is answered once.
    """
    meaning = inbound.meaning or meaning_of(inbound.text)
    report = DeliveryReport(
        kind="stopped" if meaning == "stop" else "inbound",
        recipient=inbound.sender,
        provider_message_id=inbound.provider_message_id,
        occurred_at=at,
        raw=inbound.raw,
        description=inbound.text[:500],
    )
    try:
        number = normalize_address(Channel.SMS, inbound.sender)
    except UnusableAddress:
        number = ""  # a short code or a name: nobody we could have written to
    with transaction.atomic():
        _one_at_a_time(number)
        was_stopped = bool(number) and _is_stopped(number)
        recorded = record_deliveries([report], connection_id=connection_id, by=by, at=at)
        if not recorded.recorded or not number:
            return ""
        store = stores.get_store()
        if meaning == "stop":
            _stop(number, inbound, by=by, at=at)
            return "" if was_stopped or inbound.is_answered else _answer("stopped", store, number)
        if meaning == "start":
            lifted = lift_for(Channel.SMS, number, {SuppressionReason.STOP}, by=by, at=at)
            agreed = confirm_by_answer(
                Channel.SMS, number, text=storable(inbound.text), by=by, at=at
            )
            if inbound.is_answered or not (agreed or lifted):
                return ""
            return _answer("agreed" if agreed else "started", store, number)
    if meaning == "help" and not inbound.is_answered:
        return _answer("help", store, number)
    return ""


def _one_at_a_time(number: str) -> None:
    """Let two answers from one number wait for each other: only one STOP is confirmed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('sms answer ' || %s || %s, 0))",
            [str(current_store_id()), number],
        )


def _is_stopped(number: str) -> bool:
    return Suppression.objects.filter(
        channel=Channel.SMS, address=number, reason=SuppressionReason.STOP, lifted_at__isnull=True
    ).exists()


def _stop(number: str, inbound: InboundSms, *, by: Actor, at: datetime) -> None:
    key = (Channel.SMS.value, number)
    add_suppressions({key: SuppressionReason.STOP}, source="answered STOP", at=at)
    forget_waiting_at(Channel.SMS, number)
    customer_id = find_customer_by_number(number)
    if customer_id is None:
        return
    proof = storable({"text": inbound.text[:500], "from": inbound.sender})
    grants = [
        ConsentGrant(
            customer_id, Channel.SMS, purpose, ConsentState.WITHDRAWN, "STOP", at, proof=proof
        )
        for purpose in Purpose
        if purpose is not Purpose.TRANSACTIONAL
    ]
    record_consent(grants, by=by, at=at)


def _answer(meaning: str, store: StoreInfo, number: str) -> str:
    """Return the answer in the language of whom the number belongs to, else the store's."""
    customer_id = find_customer_by_number(number)
    known = customers.get_customers([customer_id]) if customer_id else {}
    locale = next((person.locale for person in known.values()), "") or store.default_locale
    return sms_answer(
        meaning,
        shop=store.name,
        locale=locale,
        email=store.support_email,
        phone=store.support_phone,
    )
