"""Gather in sets everything the contact gate's rules look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose, SuppressionReason
from doorstep.rooms.messaging.models import Consent, Suppression
from doorstep.rooms.messaging.pauses import pauses_in_force
from doorstep.rooms.messaging.reach import reach_beyond
from doorstep.rooms.messaging.rules.addresses import UnusableAddress, normalize_address
from doorstep.rooms.messaging.rules.gate import Contact
from doorstep.rooms.messaging.rules.pauses import PauseFact
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.stores.contracts import StoreInfo


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class _Addresses:
    usable: Mapping[Channel, str]
    as_given: Mapping[Channel, str]
    unusable: Mapping[Channel, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reachable:
    """One wish with its facts: the gate's input, and what the message row needs besides."""

    contact: Contact
    as_given: Mapping[Channel, str]  # addresses as they will be written to
    locale: str
    name: str
    customer_id: UUID | None  # who was merged stands here as the survivor


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
    people = [known.get(wish.customer_id) if wish.customer_id else None for wish in wishes]
    addresses = [_addresses(wish, person) for wish, person in zip(wishes, people, strict=True)]
    beyond = reach_beyond(wishes, people, store=store, at=at)
    addresses = [_Addresses({**a.usable, **b.usable}, a.as_given, {**a.unusable, **b.unusable})
                 for a, b in zip(addresses, beyond, strict=True)]  # fmt: skip
    suppressions = _suppressions(addresses)
    consents = _consents(wishes, people)
    pauses = _pauses(wishes, people, store, at, hold=hold_pauses)
    defaults = consent_defaults(store)
    reachable = []
    for wish, person, found in zip(wishes, people, addresses, strict=True):
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
            consents=consents.get(person.id, {}) if person else {},
            consent_defaults=defaults,
            pauses=pauses.get(person.id, ()) if person else (),
            is_relay=_is_relay(found.usable.get(Channel.EMAIL, ""), person),
            is_demo=store.is_demo,
            not_before=wish.not_before,
        )
        locale = (person.locale if person else "") or store.default_locale
        reachable.append(
            Reachable(
                contact,
                found.as_given,
                locale,
                person.name if person else "",
                person.id if person else None,
            )
        )
    return reachable


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


def _suppressions(
    addresses: Iterable[_Addresses],
) -> dict[tuple[Channel, str], frozenset[SuppressionReason]]:
    wanted = {address for found in addresses for address in found.usable.values()}
    reasons: dict[tuple[Channel, str], set[SuppressionReason]] = defaultdict(set)
    rows = Suppression.objects.filter(address__in=wanted, lifted_at__isnull=True)
    for channel, address, reason in rows.values_list("channel", "address", "reason"):
        reasons[Channel(channel), address].add(SuppressionReason(reason))
    return {key: frozenset(found) for key, found in reasons.items()}


def _consents(
    wishes: Sequence[Wish], people: Sequence[CustomerInfo | None]
) -> dict[UUID, dict[tuple[Channel, Purpose], ConsentState]]:
    """Return what is in force per customer; transactional messages need no look."""
    ids = {
        person.id
        for wish, person in zip(wishes, people, strict=True)
        if person is not None and wish.purpose is not Purpose.TRANSACTIONAL
    }
    if not ids:
        return {}
    in_force: dict[UUID, dict[tuple[Channel, Purpose], ConsentState]] = defaultdict(dict)
    for row in current_consents(ids):
        if row.topic == "":
            key = Channel(row.channel), Purpose(row.purpose)
            in_force[row.customer_id][key] = ConsentState(row.state)
    return in_force


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
