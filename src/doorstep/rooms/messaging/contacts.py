"""Gather in sets everything the contact gate's rules look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import connection

from doorstep.kernel.columns import as_array
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.messaging.contact_settings import get_contact_rules
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentState,
    MessageRequest,
    Purpose,
    SuppressionReason,
)
from doorstep.rooms.messaging.models import Consent, Message
from doorstep.rooms.messaging.pauses import pauses_in_force
from doorstep.rooms.messaging.reach import reach_beyond
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.caps import count_held
from doorstep.rooms.messaging.rules.contact import Contact, Decision, Holder
from doorstep.rooms.messaging.rules.contact_rules import DEFAULT_RULES, ContactRules
from doorstep.rooms.messaging.rules.kind_words import kind_title
from doorstep.rooms.messaging.rules.marketplaces import lender_of, marketplace_of
from doorstep.rooms.messaging.rules.pauses import PauseFact
from doorstep.rooms.messaging.rules.places import NOWHERE, Place, phone_start, place_of
from doorstep.rooms.messaging.rules.together import Turn, decide_together
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.slots import HeldSlot, held_slots, holders_for
from doorstep.rooms.stores.contracts import StoreInfo


# Not frozen, like what follows: a campaign makes each of these for everybody, and setting the fields
# of a frozen one takes four times as long.
@dataclass(slots=True)
class Wish:
    """Somebody is to be reached: what gathering needs to know of a request or a message."""

    customer_id: UUID | None
    kind: str
    purpose: Purpose
    forced: Channel | None = None
    email: str = ""
    phone: str = ""
    not_before: datetime | None = None
    prefer: Channel | None = None
    subject: str = ""
    locale: str = ""
    cause: str = ""
    topic: str = ""
    priority: int = 50
    sales_channel: str = ""
    order_completed_at: datetime | None = None
    is_gift_recipient: bool = False
    message_id: UUID | None = None  # of a message that is decided again
    asked_at: datetime | None = None


def wish_of(request: MessageRequest) -> Wish:
    """Return what gathering needs to know of a request."""
    return Wish(
        request.customer_id,
        request.kind,
        request.purpose,
        request.channel,
        request.email,
        request.phone,
        request.not_before,
        request.prefer,
        request.subject,
        request.locale,
        request.cause,
        request.topic,
        request.priority,
        request.sales_channel,
        request.order_completed_at,
        request.is_gift_recipient,
    )


def wish_again(message: Message) -> Wish:
    """Return what gathering needs to know of a message that is about to be sent."""
    is_email = message.channel == Channel.EMAIL
    return Wish(
        message.customer_id,
        message.kind,
        Purpose(message.purpose),
        Channel(message.channel),
        email=message.to_address if is_email else "",
        phone=message.to_address if message.channel in (Channel.SMS, Channel.WHATSAPP) else "",
        not_before=message.not_before,
        subject=message.subject_ref,
        locale=message.locale,
        topic=message.topic,
        priority=message.priority,
        sales_channel=message.sales_channel,
        order_completed_at=message.order_completed_at,
        is_gift_recipient=message.is_gift_recipient,
        message_id=message.id,
        asked_at=message.created_at,
    )


@dataclass(slots=True)
class _Addresses:
    usable: Mapping[Channel, str]
    as_given: Mapping[Channel, str]
    unusable: Mapping[Channel, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reachable:
    """One wish with its facts: the gate's input, and what the message row needs besides."""

    contact: Contact
    as_given: Mapping[Channel, str]  # addresses as they will be written to
    locale: str
    name: str
    customer_id: UUID | None  # who was merged stands here as the survivor
    age: tuple[datetime, int]  # of messages of one priority the oldest goes first
    label: str
    takes_no_slot: bool  # it stands in the set, or in the database, already


def gather(
    wishes: Sequence[Wish],
    *,
    store: StoreInfo,
    ways_out: frozenset[Channel],
    templates: StoreTemplates,
    at: datetime,
    hold_pauses: bool = False,
) -> list[Reachable]:
    """Return the facts for each wish, in order, with a constant number of queries.

    :param hold_pauses: keep the pauses found from being lifted until the transaction ends, so
        that what is deferred for one cannot miss its lifting.
    """
    known = customers.get_customers({w.customer_id for w in wishes if w.customer_id})
    # Whom a gift is for is not its buyer: nothing of theirs is looked at, and nobody's address.
    people = [
        known.get(wish.customer_id) if wish.customer_id and not wish.is_gift_recipient else None
        for wish in wishes
    ]
    addresses = [_addresses(wish, person) for wish, person in zip(wishes, people, strict=True)]
    beyond = reach_beyond(wishes, people, store=store, at=at)
    addresses = [_Addresses({**a.usable, **b.usable}, a.as_given, {**a.unusable, **b.unusable})
                 if b.usable or b.unusable else a
                 for a, b in zip(addresses, beyond, strict=True)]  # fmt: skip
    suppressions = _suppressions(addresses)
    said = _consents(wishes, people)
    pauses = _pauses(wishes, people, store, at, hold=hold_pauses)
    rules = _rules(wishes)
    together = frozenset(wish.message_id for wish in wishes if wish.message_id is not None)
    slots = _slots(wishes, people, rules, at, together)
    defaults = consent_defaults(store)
    seen: set[tuple[str, str]] = set()
    reachable = []
    for index, (wish, person, found) in enumerate(zip(wishes, people, addresses, strict=True)):
        of_person = said.get(person.id) if person else None
        held = slots.get(person.id, ()) if person and rules.counts(wish.purpose) else ()
        key = (wish.forced or "", wish.cause)
        holders = _holders(wish, held, key, at, together) if held else ()
        is_known = wish.message_id is None and any(one.key == key for one in held)
        planned = at if wish.not_before is None else max(at, wish.not_before)
        email = found.usable.get(Channel.EMAIL, "")
        contact = Contact(
            purpose=wish.purpose,
            at=at,
            addresses=found.usable,
            preferred=wish.prefer or _preferred(person),
            forced=wish.forced,
            ways_out=ways_out,
            written=templates.written(wish.kind),
            unusable=found.unusable,
            suppressions={
                channel: suppressions[channel, address]
                for channel, address in found.usable.items()
                if (channel, address) in suppressions
            },
            consents=of_person.of_purposes if of_person else {},
            consent_defaults=defaults,
            pauses=pauses.get(person.id, ()) if person else (),
            is_relay=_is_relay(email, person) or _is_lent(email, wish),
            is_demo=store.is_demo,
            not_before=wish.not_before,
            kind=wish.kind,
            topic=wish.topic,
            topics=of_person.of_topic(wish.topic, wish.purpose) if of_person and wish.topic else {},
            priority=wish.priority,
            rules=rules,
            place=_place(wish, person, found, store),
            held=count_held(holders, rules, planned) if holders else {},
            holders=holders,
            asked_at=wish.asked_at,
            marketplace=marketplace_of(wish.sales_channel) if wish.sales_channel else "",
            order_completed_at=wish.order_completed_at,
            is_gift_recipient=wish.is_gift_recipient,
        )
        locale = (person.locale if person else "") or store.default_locale
        reachable.append(
            Reachable(
                contact,
                found.as_given,
                locale,
                person.name if person else "",
                person.id if person else None,
                (wish.asked_at or at, index),
                kind_title(wish.kind),
                is_known or (wish.message_id is None and key in seen),
            )
        )
        seen.add(key)
    return reachable


def as_if_written(found: Reachable) -> Reachable:
    """Return the facts as if there were a text for every channel."""
    return replace(found, contact=replace(found.contact, written=frozenset(Channel)))


def decide_all(reachable: Sequence[Reachable]) -> list[Decision]:
    """Return the gate's decision on each, in order; messages to one person mind each other."""
    return decide_together(
        [
            Turn(found.contact, found.customer_id, found.age, found.label, found.takes_no_slot)
            for found in reachable
        ]
    )


def _rules(wishes: Sequence[Wish]) -> ContactRules:
    """Return the store's contact rules; what a purchase brings with it needs no look."""
    if all(wish.purpose is Purpose.TRANSACTIONAL for wish in wishes):
        return DEFAULT_RULES
    return get_contact_rules()


def _slots(
    wishes: Sequence[Wish],
    people: Sequence[CustomerInfo | None],
    rules: ContactRules,
    at: datetime,
    together: frozenset[UUID],
) -> dict[UUID, list[HeldSlot]]:
    """Return what holds slots of those whose messages count; these tell each other of theirs."""
    ids = {
        person.id
        for wish, person in zip(wishes, people, strict=True)
        if person is not None and rules.counts(wish.purpose)
    }
    return held_slots(ids, rules, since=at, besides=together)


def _holders(
    wish: Wish,
    held: Sequence[HeldSlot],
    key: tuple[str, str],
    at: datetime,
    together: frozenset[UUID],
) -> Sequence[Holder]:
    asked = (wish.asked_at, wish.message_id) if wish.asked_at and wish.message_id else None
    others = [one for one in held if one.key != key] if wish.message_id is None else held
    return holders_for(others, priority=wish.priority, asked=asked, at=at, besides=together)


def _place(wish: Wish, person: CustomerInfo | None, found: _Addresses, store: StoreInfo) -> Place:
    """Return where the recipient is; what a purchase brings with it goes at any hour."""
    if wish.purpose is Purpose.TRANSACTIONAL:
        return NOWHERE
    phone = found.usable.get(Channel.SMS) or found.usable.get(Channel.WHATSAPP) or ""
    if person is None:
        return place_of("", "", "", phone_start(phone), store.timezone)
    return place_of(
        person.timezone,
        person.country_code,
        person.region_code,
        phone_start(phone),
        store.timezone,
    )


def _is_lent(email: str, wish: Wish) -> bool:
    """Tell whether a marketplace lends the address; only who sells minds."""
    return wish.purpose is Purpose.MARKETING and lender_of(email) is not None


def _is_relay(email: str, person: CustomerInfo | None) -> bool:
    """Tell whether the address is the person's relay; one typed at checkout is their own."""
    if person is None or not person.email_is_relay:
        return False
    return email == person.email.strip().lower()


def _preferred(person: CustomerInfo | None) -> Channel:
    return (
        Channel(person.preferred_channel) if person and person.preferred_channel else Channel.EMAIL
    )


def _addresses(wish: Wish, person: CustomerInfo | None) -> _Addresses:
    """Normalise the wish's own addresses, and the person's where it has none."""
    given = {
        Channel.EMAIL: wish.email or (person.email if person else ""),
        Channel.SMS: wish.phone or (person.phone if person else ""),
    }
    usable, unusable = {}, {}
    for channel, address in given.items():
        if not address:
            continue
        try:
            usable[channel] = normalize_address(channel, address)
        except UnusableAddress as error:
            unusable[channel] = str(error)
    return _Addresses(usable, given, unusable)


_SUPPRESSED = """
    SELECT channel, address, reason FROM messaging_suppression
    WHERE store_id = %s AND channel = ANY(%s::text[]) AND address = ANY(%s::text[])
      AND lifted_at IS NULL
"""


def _suppressions(
    addresses: Iterable[_Addresses],
) -> dict[tuple[Channel, str], frozenset[SuppressionReason]]:
    addresses = list(addresses)
    wanted = {address for found in addresses for address in found.usable.values()}
    channels = {channel.value for found in addresses for channel in found.usable}
    reasons: dict[tuple[Channel, str], set[SuppressionReason]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_SUPPRESSED, [current_store_id(), as_array(channels), as_array(wanted)])
        rows = cursor.fetchall()
    for channel, address, reason in rows:
        reasons[Channel(channel), address].add(SuppressionReason(reason))
    return {key: frozenset(found) for key, found in reasons.items()}


@dataclass(slots=True)
class _Said:
    """What one person said: about whole purposes, and about topics, with when."""

    of_purposes: dict[tuple[Channel, Purpose], ConsentState] = field(default_factory=dict)
    withdrawn_at: dict[tuple[Channel, Purpose], datetime] = field(default_factory=dict)
    # topic -> channel -> the newest word, whatever purpose it was said for
    topics: dict[str, dict[Channel, tuple[Purpose, ConsentState, datetime]]] = field(
        default_factory=dict
    )

    def of_topic(self, topic: str, purpose: Purpose) -> dict[tuple[Channel, Purpose], ConsentState]:
        """Return what counts for a topic: a no always, a yes for its purpose until a later no."""
        counts = {}
        for channel, (of_purpose, state, said_at) in self.topics.get(topic, {}).items():
            key = (channel, purpose)
            if state is ConsentState.GRANTED:
                no = self.withdrawn_at.get(key)
                if of_purpose is not purpose or (no is not None and no > said_at):
                    continue
            counts[key] = state
        return counts


_IN_FORCE = """
    SELECT DISTINCT ON (customer_id, channel, purpose, topic)
        customer_id, channel, purpose, topic, state, at, id
    FROM messaging_consent
    WHERE store_id = %s AND customer_id = ANY(%s::uuid[]) AND topic = ANY(%s::text[])
    ORDER BY customer_id, channel, purpose, topic, at DESC, id DESC
"""


def _consents(wishes: Sequence[Wish], people: Sequence[CustomerInfo | None]) -> dict[UUID, _Said]:
    """Return what is in force per customer; transactional messages need no look."""
    asked = [
        (person.id, wish.topic)
        for wish, person in zip(wishes, people, strict=True)
        if person is not None and wish.purpose is not Purpose.TRANSACTIONAL
    ]
    said: dict[UUID, _Said] = defaultdict(_Said)
    if not asked:
        return said
    ids = as_array({customer_id for customer_id, _ in asked})
    topics = as_array({"", *(topic for _, topic in asked)})
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, [current_store_id(), ids, topics])
        rows = cursor.fetchall()
    for customer_id, channel, purpose, topic, state, at, _id in sorted(
        rows, key=lambda row: (row[5], row[6])
    ):
        _note(said[customer_id], Channel(channel), Purpose(purpose), topic, state, at)
    return said


def _note(
    said: _Said, channel: Channel, purpose: Purpose, topic: str, state: str, at: datetime
) -> None:
    """Add one entry; entries come oldest first."""
    word = ConsentState(state)
    if topic:
        said.topics.setdefault(topic, {})[channel] = (purpose, word, at)
        return
    said.of_purposes[channel, purpose] = word
    if word is ConsentState.WITHDRAWN:
        said.withdrawn_at[channel, purpose] = at


def _pauses(
    wishes: Sequence[Wish],
    people: Sequence[CustomerInfo | None],
    store: StoreInfo,
    at: datetime,
    *,
    hold: bool,
) -> dict[UUID, list[PauseFact]]:
    """Return what is in force per customer; only selling messages are paused."""
    # A pause that was put on somebody who was merged a moment ago still counts.
    person_of = {
        known: person.id
        for wish, person in zip(wishes, people, strict=True)
        if person is not None and wish.purpose is Purpose.MARKETING
        for known in {person.id, wish.customer_id or person.id}
    }
    found: dict[UUID, list[PauseFact]] = defaultdict(list)
    if person_of:
        for customer_id, fact in pauses_in_force(person_of, store, at=at, hold=hold):
            found[person_of[customer_id]].append(fact)
    return found


def current_consents(customer_ids: Iterable[UUID]) -> list[Consent]:
    """Return the newest entry per customer, channel, purpose and topic, in one query."""
    key = ("customer_id", "channel", "purpose", "topic")
    rows = Consent.objects.filter(customer_id__in=list(customer_ids))
    return list(rows.order_by(*key, "-at", "-id").distinct(*key))


def consent_defaults(store: StoreInfo) -> dict[tuple[Channel, Purpose], bool]:
    """Return what the store assumes of people who said nothing.

    Marketing by SMS always needs a yes (47 CFR 64.1200(a)(2)); by e-mail the store may set that a
    purchase is enough where the law lets it (Directive 2002/58/EC, art. 13(2)).
    """
    return {
        **{(channel, Purpose.MARKETING): False for channel in Channel},
        **{(channel, Purpose.SERVICE): True for channel in Channel},
        (Channel.EMAIL, Purpose.MARKETING): not store.marketing_needs_opt_in,
    }
