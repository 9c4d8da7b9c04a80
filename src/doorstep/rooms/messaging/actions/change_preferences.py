"""What a reader decides themselves: unsubscribe with one click, or choose per purpose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import contacts
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.record_refusals import forget_refusal, record_refusal
from doorstep.rooms.messaging.actions.suppress_addresses import add_suppressions, lift_for
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    Preferences,
    Purpose,
    SuppressionReason,
)
from doorstep.rooms.messaging.models import Message, Suppression
from doorstep.rooms.messaging.queries import message_of_token
from doorstep.rooms.messaging.rules.addresses import mask_address
from doorstep.rooms.stores import api as stores

CHOICES = (Purpose.SERVICE, Purpose.MARKETING)


def unsubscribe(token: str, *, source: str, at: datetime) -> Preferences:
    """Stop what the reader of a message did not ask for, at once (RFC 8058).

    Service and marketing messages end on the message's channel; what belongs to a purchase goes
    on. Doing it again changes nothing. Needs no scope and no sign-in: the link is the proof.

    A message about a topic (a newsletter, a reminder) ends selling messages and those of its own
    purpose: who clicks "unsubscribe" in a newsletter means all news and offers, not only this
    topic, and does not mean the question how the order was.

    :param source: ``"one_click"`` or ``"preferences"``.
    :raises NotFound: the link is forged or cut off.
    """
    message = message_of_token(token)
    ended = set(CHOICES)
    if message.topic and message.customer_id is not None:
        ended = {Purpose.MARKETING, Purpose(message.purpose)} & ended
    if ended == set(CHOICES):
        return change_preferences(token, dict.fromkeys(CHOICES, False), source=source, at=at)
    by = Actor("shopper", str(message.customer_id), "Reader of a message")
    with store_scope(message.store_id), transaction.atomic():
        grants = _grants(message, dict.fromkeys(ended, False), source=source, at=at)
        record_consent(grants, by=by, at=at)
        record_refusal(message, at=at)
        return _preferences(message)


def get_preferences(token: str) -> Preferences:
    """Return what the reader of a message gets now; changes nothing.

    :raises NotFound: the link is forged or cut off.
    """
    message = message_of_token(token)
    with store_scope(message.store_id):
        return _preferences(message)


def change_preferences(
    token: str, choices: Mapping[Purpose, bool], *, source: str, at: datetime
) -> Preferences:
    """Record what the reader of a message wants on its channel, per purpose.

    :raises NotFound: the link is forged or cut off.
    """
    message = message_of_token(token)
    by = Actor("shopper", str(message.customer_id or message.id), "Reader of a message")
    with store_scope(message.store_id), transaction.atomic():
        _record(message, choices, source=source, by=by, at=at)
        return _preferences(message)


def _record(
    message: Message,
    choices: Mapping[Purpose, bool],
    *,
    source: str,
    by: Actor,
    at: datetime,
) -> None:
    channel = Channel(message.channel)
    record_consent(_grants(message, choices, source=source, at=at), by=by, at=at)
    if all(choices.values()):
        forget_refusal(message.id)
    else:
        record_refusal(message, at=at)
    # The address too: it may belong to several customers, or to none.
    if not any(choices.values()):
        key = (channel.value, message.address_key)
        add_suppressions({key: SuppressionReason.UNSUBSCRIBE}, source=source, at=at)
    else:
        lift_for(channel, message.address_key, {SuppressionReason.UNSUBSCRIBE}, by=by, at=at)


def _grants(
    message: Message, choices: Mapping[Purpose, bool], *, source: str, at: datetime
) -> list[ConsentGrant]:
    if message.customer_id is None:
        return []
    proof = {"message_id": str(message.id)}
    return [
        ConsentGrant(
            message.customer_id,
            Channel(message.channel),
            purpose,
            ConsentState.GRANTED if wanted else ConsentState.WITHDRAWN,
            source,
            at,
            proof=proof,
        )
        for purpose, wanted in choices.items()
        if purpose in CHOICES
    ]


def _preferences(message: Message) -> Preferences:
    store = stores.get_store()
    channel = Channel(message.channel)
    said: dict[str, bool] = {}
    if message.customer_id is not None:
        said = {
            row.purpose: row.state == ConsentState.GRANTED
            for row in contacts.current_consents([message.customer_id])
            if row.channel == channel and row.topic == ""
        }
    unsubscribed = Suppression.objects.filter(
        channel=channel,
        address=message.address_key,
        reason=SuppressionReason.UNSUBSCRIBE,
        lifted_at__isnull=True,
    ).exists()
    defaults = contacts.consent_defaults(store)
    allowed = tuple(
        (purpose.value, not unsubscribed and said.get(purpose, defaults[channel, purpose]))
        for purpose in CHOICES
    )
    masked = mask_address(channel, message.to_address)
    return Preferences(message.customer_id, message.store_id, channel.value, masked, allowed)
