"""Who can be reached on WhatsApp, on Messenger and by notification, for the gate, in sets.

Only asked for people who chose these channels, or whose requester did: everybody else costs no
query. What stands in the way is said in plain words and ends up in the gate's trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose
from doorstep.rooms.messaging.models import (
    ChatContact,
    Consent,
    PushSubscription,
    SenderConnection,
)
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.approved_texts import choose_approved, read_approved_texts
from doorstep.rooms.messaging.sending.templates import locale_fallbacks
from doorstep.rooms.stores.contracts import StoreInfo

if TYPE_CHECKING:
    from doorstep.rooms.messaging.contacts import Wish

# Meta: free text for 24 hours after the person's last message.
# https://developers.facebook.com/docs/whatsapp/pricing#customer-service-windows
WINDOW = timedelta(hours=24)
# Under which setting a connection keeps the account that people write to.
ACCOUNT = {Channel.WHATSAPP: "phone_number_id", Channel.MESSENGER: "page_id"}
APPROVED = "approved_texts"
TAG = "tag"
BEYOND = (Channel.WHATSAPP, Channel.MESSENGER, Channel.PUSH)

NOT_AGREED = "The person has not agreed to messages on WhatsApp."
NO_CHAT = "The person has not written to the store on Messenger yet."
NO_DEVICE = "None of the person's devices takes notifications (any more)."
NO_TEXT = (
    "The person's last WhatsApp message is more than 24 hours old, and no approved text is named "
    "for this message. Name one under Settings, Connections, WhatsApp."
)
TOO_LATE = (
    "The person's last message on Messenger is more than 24 hours old; Meta lets nothing through "
    "after that."
)


@dataclass(frozen=True, slots=True)
class Beyond:
    """Addresses beyond e-mail and SMS, and why there is none."""

    usable: Mapping[Channel, str] = field(default_factory=dict)
    unusable: Mapping[Channel, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database says about everybody who was asked for."""

    store: StoreInfo
    at: datetime
    settings: Mapping[Channel, Mapping[str, str]]
    chats: Mapping[tuple[Channel, str], datetime]  # channel, address: the last message
    by_customer: Mapping[tuple[Channel, UUID], str]  # the latest conversation's address
    agreed: frozenset[UUID]
    devices: Mapping[UUID, frozenset[str]]  # what each person's devices hear of

    def is_open(self, channel: Channel, address: str) -> bool:
        last = self.chats.get((channel, address))
        return last is not None and last > self.at - WINDOW


def reach_beyond(
    wishes: Sequence[Wish], people: Sequence[CustomerInfo | None], *, store: StoreInfo, at: datetime
) -> list[Beyond]:
    """Return for each wish how these channels reach its person, with at most four queries."""
    wanted = [_wanted(wish, person) for wish, person in zip(wishes, people, strict=True)]
    if not any(wanted):
        return [Beyond()] * len(wishes)
    known = _look_up(wishes, people, wanted, store, at)
    return [
        _beyond(wish, person, channels, known)
        for wish, person, channels in zip(wishes, people, wanted, strict=True)
    ]


def _wanted(wish: Wish, person: CustomerInfo | None) -> frozenset[Channel]:
    """Return which of these channels the gate will try."""
    if wish.forced is not None:
        return frozenset({wish.forced}) & frozenset(BEYOND)
    first = wish.prefer or (person.preferred_channel if person else "")
    return frozenset(channel for channel in BEYOND if channel == first)


def _look_up(
    wishes: Sequence[Wish],
    people: Sequence[CustomerInfo | None],
    wanted: Sequence[frozenset[Channel]],
    store: StoreInfo,
    at: datetime,
) -> _Known:
    of: dict[Channel, set[UUID]] = defaultdict(set)
    numbers = set()
    for wish, person, channels in zip(wishes, people, wanted, strict=True):
        for channel in channels:
            if person is not None:
                of[channel].add(person.id)
            if channel is Channel.WHATSAPP:
                numbers.add(_phone(wish, person))
    used = {channel for channels in wanted for channel in channels}
    settings = {
        Channel(row.channel): row.settings
        for row in SenderConnection.objects.filter(is_active=True, channel__in=used)
    }
    chats, by_customer = _conversations(numbers - {""}, of[Channel.MESSENGER], settings)
    return _Known(
        store, at, settings, chats, by_customer,
        _who_agreed(of[Channel.WHATSAPP]), _devices(of[Channel.PUSH]),
    )  # fmt: skip


def _conversations(
    numbers: Iterable[str], customers: Iterable[UUID], settings: Mapping[Channel, Mapping[str, str]]
) -> tuple[dict[tuple[Channel, str], datetime], dict[tuple[Channel, UUID], str]]:
    chats: dict[tuple[Channel, str], datetime] = {}
    latest: dict[tuple[Channel, UUID], str] = {}
    numbers, customers = list(numbers), list(customers)
    if not numbers and not customers:
        return chats, latest
    rows = ChatContact.objects.filter(
        Q(channel=Channel.WHATSAPP, address__in=numbers)
        | Q(channel=Channel.MESSENGER, customer_id__in=customers)
    ).order_by("last_inbound_at")
    for row in rows:
        channel = Channel(row.channel)
        if row.account != settings.get(channel, {}).get(ACCOUNT[channel], row.account):
            continue  # of an account that the store has left
        chats[channel, row.address] = row.last_inbound_at
        if row.customer_id is not None:
            latest[channel, row.customer_id] = row.address
    return chats, latest


def _who_agreed(customers: Iterable[UUID]) -> frozenset[UUID]:
    """Return who allows any messages on WhatsApp, which asks for an opt-in even for order news.

    https://developers.facebook.com/docs/whatsapp/overview/getting-opt-in
    """
    ids = list(customers)
    if not ids:
        return frozenset()
    key = ("customer_id", "purpose", "topic")
    rows = Consent.objects.filter(customer_id__in=ids, channel=Channel.WHATSAPP)
    newest = rows.order_by(*key, "-at", "-id").distinct(*key)
    return frozenset(row.customer_id for row in newest if row.state == ConsentState.GRANTED)


def _devices(customers: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    ids = list(customers)
    found: dict[UUID, set[str]] = defaultdict(set)
    if ids:
        rows = PushSubscription.objects.filter(customer_id__in=ids, ended_at__isnull=True)
        for customer_id, subject in rows.values_list("customer_id", "subject_ref").distinct():
            found[customer_id].add(subject)
    return {customer_id: frozenset(subjects) for customer_id, subjects in found.items()}


def _phone(wish: Wish, person: CustomerInfo | None) -> str:
    try:
        return normalize_address(
            Channel.WHATSAPP, wish.phone or (person.phone if person else "") or "-"
        )
    except UnusableAddress:
        return ""


def _beyond(
    wish: Wish, person: CustomerInfo | None, wanted: frozenset[Channel], known: _Known
) -> Beyond:
    usable, unusable = {}, {}
    for channel in wanted:
        address, words = _ASK[channel](wish, person, known)
        if words:
            unusable[channel] = words
        elif address:
            usable[channel] = address
    return Beyond(usable, unusable)


def _whatsapp(wish: Wish, person: CustomerInfo | None, known: _Known) -> tuple[str, str]:
    number = _phone(wish, person)
    if not number:
        return "", ""
    has_written = (Channel.WHATSAPP, number) in known.chats
    # Without a person it is a test to a number of the team.
    if person is not None and not has_written and person.id not in known.agreed:
        return "", NOT_AGREED
    if known.is_open(Channel.WHATSAPP, number) or known.store.is_demo:
        return number, ""
    listing = known.settings.get(Channel.WHATSAPP, {}).get(APPROVED, "")
    locale = wish.locale or (person.locale if person else "") or known.store.default_locale
    texts = read_approved_texts(listing)
    if choose_approved(texts, wish.kind, locale_fallbacks(locale)) is None:
        return "", NO_TEXT
    return number, ""


def _messenger(wish: Wish, person: CustomerInfo | None, known: _Known) -> tuple[str, str]:
    address = known.by_customer.get((Channel.MESSENGER, person.id), "") if person else ""
    if not address:
        return "", NO_CHAT
    tagged = bool(known.settings.get(Channel.MESSENGER, {}).get(TAG))
    if (
        known.is_open(Channel.MESSENGER, address)
        or known.store.is_demo
        or (tagged and wish.purpose is Purpose.TRANSACTIONAL)
    ):
        return address, ""
    return "", TOO_LATE


def _push(wish: Wish, person: CustomerInfo | None, known: _Known) -> tuple[str, str]:
    hears_of = known.devices.get(person.id, frozenset()) if person else frozenset()
    if person is None or not hears_of & {"", wish.subject}:
        return "", NO_DEVICE
    return str(person.id), ""


_ASK = {Channel.WHATSAPP: _whatsapp, Channel.MESSENGER: _messenger, Channel.PUSH: _push}
