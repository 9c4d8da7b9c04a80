"""The preference centre: what comes about what on which channel, a break, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from doorstep.kernel.actors import Actor
from doorstep.kernel.errors import Invalid
from doorstep.kernel.secrets import InvalidSignedToken, sign, verify
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import Birthday
from doorstep.rooms.messaging import contacts
from doorstep.rooms.messaging.actions.pause_customers import lift_pauses, put_pauses
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.actions.record_refusals import forget_refusal, record_refusal
from doorstep.rooms.messaging.actions.second_words import (
    AskedWhere,
    ask_second_word,
    forget_waiting,
    list_waiting,
)
from doorstep.rooms.messaging.actions.suppress_addresses import add_suppressions, lift_for
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    PauseReason,
    PauseRequest,
    PreferenceCenter,
    Purpose,
    SuppressionReason,
    TopicChoice,
    WaitingChoice,
)
from doorstep.rooms.messaging.models import Message, Pause, Suppression
from doorstep.rooms.messaging.preference_links import Reader, read_reader
from doorstep.rooms.messaging.preference_settings import get_preference_rules
from doorstep.rooms.messaging.rules.addresses import mask_address
from doorstep.rooms.messaging.rules.consent_words import language_of
from doorstep.rooms.messaging.rules.topics import Topic, shown_topics
from doorstep.rooms.stores import api as stores

BREAKS = (30, 90)  # days
UNDO_WORKS_FOR = timedelta(hours=1)
_UNDO = "messaging.undo_preferences"
_REFUSABLE = (Purpose.SERVICE, Purpose.MARKETING)
Key = tuple[Channel, str]  # channel, topic


@dataclass(slots=True)
class _Said:
    """What holds for one person now; suppressed channels apart."""

    purposes: dict[tuple[Channel, Purpose], bool] = field(default_factory=dict)
    said: dict[tuple[Channel, Purpose], tuple[bool, datetime]] = field(default_factory=dict)
    topics: dict[tuple[Channel, str], tuple[bool, datetime]] = field(default_factory=dict)
    suppressed: frozenset[Channel] = frozenset()

    def allows(self, channel: Channel, topic: Topic) -> bool:
        """Tell whether a topic comes, as the gate decides it; suppressions are not looked at."""
        whole = self.said.get((channel, topic.purpose))
        own = self.topics.get((channel, topic.key))
        if own is not None and not own[0]:
            return False
        if own is not None and not (whole and not whole[0] and whole[1] > own[1]):
            return True
        return self.purposes[channel, topic.purpose]


def get_preference_center(token: str, *, locale: str, at: datetime) -> PreferenceCenter:
    """Return what a reader can decide and what holds now; changes nothing.

    :raises NotFound: the link is forged, cut off or too old.
    """
    reader = read_reader(token, at=at)
    with store_scope(reader.store_id):
        return _center(reader, locale, at)


def choose_topics(
    token: str,
    wanted: Iterable[tuple[str, str]],
    *,
    locale: str,
    url: str = "",
    network: str = "",
    at: datetime,
) -> PreferenceCenter:
    """Save which topics come on which channels: pairs of channel and topic, everything ticked.

    Only what is other than before is written. A channel with nothing ticked is unsubscribed. What
    is newly wanted on another channel than the link's own waits for a second word there
    (``second_words.py``); ``waiting`` of the answer has it.

    :raises NotFound: the link is forged, cut off or too old.
    """
    reader = read_reader(token, at=at)
    ticked = set(wanted)
    with store_scope(reader.store_id), transaction.atomic():
        before = _said(reader)
        undo = _undo_token(reader, before, at)
        proof = _Proof(reader, locale, url, network, "preferences", at)
        refused = []
        for channel in reader.keys:
            topics = {t for t in _topics() if (channel.value, t.key) in ticked}
            waiting = _needing_second_word(channel, topics, before, reader)
            _choose_on(channel, topics - waiting, before, proof)
            refused += _ask_for(channel, waiting, proof)
        if reader.message_id is not None and _refuses(reader, ticked, before):
            record_refusal(Message.objects.get(id=reader.message_id), at=at)
        return _center(reader, locale, at, undo=undo, refused=refused)


def _refuses(reader: Reader, ticked: set[tuple[str, str]], before: _Said) -> bool:
    """Tell whether something is refused now that came before."""
    return any(
        before.allows(channel, topic) and (channel.value, topic.key) not in ticked
        for channel in set(reader.keys) - before.suppressed
        for topic in _topics()
    )


def _needing_second_word(
    channel: Channel, ticked: set[Topic], before: _Said, reader: Reader
) -> set[Topic]:
    """Return what is newly wanted on a channel that the link proves nothing about."""
    if channel is reader.proven or reader.customer_id is None:
        return set()
    if channel in before.suppressed:
        return ticked
    return {topic for topic in ticked if not before.allows(channel, topic)}


def _ask_for(channel: Channel, topics: set[Topic], proof: _Proof) -> list[WaitingChoice]:
    """Ask for the second word where one is needed; return what could not be asked."""
    if not topics:
        forget_waiting(proof.reader, [channel])
        return []
    where = AskedWhere(proof.locale, proof.url, proof.network)
    keys = [topic.key for topic in topics]
    asked = ask_second_word(proof.reader, channel, keys, where, at=proof.at)
    return [asked] if asked.refused else []


def unsubscribe_all(
    token: str, *, locale: str, url: str = "", network: str = "", at: datetime
) -> PreferenceCenter:
    """End everything that does not belong to an order, on every channel of the reader.

    :raises NotFound: the link is forged, cut off or too old.
    """
    return choose_topics(token, (), locale=locale, url=url, network=network, at=at)


def undo_choice(token: str, undo: str, *, locale: str, at: datetime) -> PreferenceCenter:
    """Put everything back as it was before the last choice.

    :raises NotFound: the link is forged, cut off or too old.
    :raises Invalid: the way back is an hour old, or of somebody else.
    """
    reader = read_reader(token, at=at)
    try:
        whose, purposes, topics, suppressed = verify(undo, purpose=_UNDO, at=at)
    except (InvalidSignedToken, ValueError, TypeError):
        words = "This can’t be undone any more. Please choose anew below."
        raise Invalid(words, field="undo") from None
    if whose != _whose(reader):
        raise Invalid("This can’t be undone here. Please choose below.", field="undo")
    with store_scope(reader.store_id), transaction.atomic():
        proof = _Proof(reader, locale, "", "", "preferences undone", at)
        forget_waiting(reader, list(reader.keys))
        if reader.customer_id is not None:
            _put_back(proof, purposes, {(Channel(one), key) for one, key in topics}, at)
        for channel in sorted(set(reader.keys) - {Channel(one) for one in suppressed}):
            _lift(reader, channel, at)
        if reader.message_id is not None:
            forget_refusal(reader.message_id)
        return _center(reader, locale, at)


def _put_back(
    proof: _Proof, purposes: list[tuple[str, str, bool]], allowed: set[Key], at: datetime
) -> None:
    """Say again what was said of whole purposes, and then of each topic that differs still."""
    reader = proof.reader
    before = [proof.grant(Channel(c), Purpose(p), "", yes) for c, p, yes in purposes]
    _record(reader, before, at)
    now_said = _said(reader)
    differing = [
        proof.grant(channel, topic.purpose, topic.key, (channel, topic.key) in allowed)
        for channel in reader.keys
        for topic in _topics()
        if now_said.allows(channel, topic) != ((channel, topic.key) in allowed)
    ]
    _record(reader, differing, at)


def take_break(token: str, days: int, *, locale: str, at: datetime) -> PreferenceCenter:
    """Sell nothing to the reader for 30 or 90 days; 0 ends a break.

    :raises NotFound: the link is forged, cut off or too old.
    :raises Invalid: another number of days, or we do not know who reads.
    """
    reader = read_reader(token, at=at)
    if days not in (0, *BREAKS):
        raise Invalid("A break is 30 or 90 days long.", field="days")
    if reader.customer_id is None:
        raise Invalid("We do not know you well enough for a break. Unsubscribe instead.")
    with store_scope(reader.store_id), transaction.atomic():
        by = _actor(reader)
        causes = Pause.objects.filter(
            customer_id=reader.customer_id,
            reason=PauseReason.ASKED_FOR,
            lifted_at__isnull=True,
        ).values_list("cause", flat=True)
        if days == 0:
            lift_pauses(list(causes), by=by, at=at)
        else:
            cause = next(iter(causes), f"customer:{reader.customer_id}:break")
            until = at + timedelta(days=days)
            request = PauseRequest(reader.customer_id, cause, PauseReason.ASKED_FOR, until)
            put_pauses([request], by=by, at=at)
        return _center(reader, locale, at)


def tell_about_oneself(
    token: str,
    *,
    language: str | None = None,
    birthday: Birthday | None = None,
    forget_birthday: bool = False,
    favorite_holiday: str | None = None,
    at: datetime,
) -> None:
    """Save the reader's language and favorite things; None leaves what is known.

    :raises NotFound: the link is forged, cut off or too old.
    :raises Invalid: no such day, language or holiday, or we do not know who reads.
    """
    reader = read_reader(token, at=at)
    if reader.customer_id is None:
        raise Invalid("We do not know you well enough to keep this.")
    with store_scope(reader.store_id):
        customers.set_preferences(
            customer_id=reader.customer_id,
            locale=language,
            birthday=birthday,
            forget_birthday=forget_birthday,
            favorite_holiday=favorite_holiday,
            by=_actor(reader),
            at=at,
        )


@dataclass(frozen=True, slots=True)
class _Proof:
    """What stands beside every word said on the page."""

    reader: Reader
    locale: str
    url: str
    network: str
    source: str
    at: datetime

    def grant(
        self, channel: Channel, purpose: Purpose, topic: str, is_allowed: bool, words: str = ""
    ) -> ConsentGrant:
        """Return one thing said; needs a known customer."""
        assert self.reader.customer_id is not None
        message = self.reader.message_id
        return ConsentGrant(
            self.reader.customer_id,
            channel,
            purpose,
            ConsentState.GRANTED if is_allowed else ConsentState.WITHDRAWN,
            self.source,
            self.at,
            topic=topic,
            proof={"message_id": str(message)} if message else {"link": "asked for by e-mail"},
            wording=words,
            wording_locale=language_of(self.locale),
            url=self.url,
            network=self.network,
        )


def _choose_on(channel: Channel, ticked: set[Topic], before: _Said, proof: _Proof) -> None:
    """Save one channel's ticks."""
    reader, at = proof.reader, proof.at
    if not ticked:
        if reader.customer_id is not None:
            refusals = [proof.grant(channel, purpose, "", False) for purpose in _REFUSABLE]
            _record(reader, refusals, at)
        key = (channel.value, reader.keys[channel])
        add_suppressions({key: SuppressionReason.UNSUBSCRIBE}, source="preferences", at=at)
        return
    if reader.customer_id is not None:
        _record(reader, _changes(channel, ticked, before, proof), at)
    _lift(reader, channel, at)


def _changes(
    channel: Channel, ticked: set[Topic], before: _Said, proof: _Proof
) -> list[ConsentGrant]:
    grants = []
    for topic in _topics():
        is_wanted = topic in ticked
        if is_wanted != before.allows(channel, topic):
            words = f"{topic.label(proof.locale)}: {topic.explanation(proof.locale)}"
            grants.append(proof.grant(channel, topic.purpose, topic.key, is_wanted, words))
    # Nothing of a purpose is ticked: what is about no topic must not come either.
    left = {topic.purpose for topic in ticked}
    grants += [
        proof.grant(channel, purpose, "", False)
        for purpose in {topic.purpose for topic in _topics()} - left
        if before.purposes[channel, purpose]
    ]
    return grants


def _record(reader: Reader, grants: list[ConsentGrant], at: datetime) -> None:
    record_consent(grants, by=_actor(reader), at=at)


def _lift(reader: Reader, channel: Channel, at: datetime) -> None:
    reasons = {SuppressionReason.UNSUBSCRIBE}
    lift_for(channel, reader.keys[channel], reasons, by=_actor(reader), at=at)


def _actor(reader: Reader) -> Actor:
    return Actor("shopper", str(reader.customer_id or reader.message_id), "Reader of a message")


def _topics() -> tuple[Topic, ...]:
    return shown_topics(get_preference_rules().hidden_topics)


def _said(reader: Reader) -> _Said:
    """Return what holds for a reader (three queries)."""
    found = _Said()
    defaults = contacts.consent_defaults(stores.get_store())
    rows = contacts.current_consents([reader.customer_id]) if reader.customer_id else []
    for row in sorted(rows, key=lambda one: (one.at, one.id)):
        yes = row.state == ConsentState.GRANTED
        if row.topic:
            found.topics[Channel(row.channel), row.topic] = (yes, row.at)
        else:
            found.said[Channel(row.channel), Purpose(row.purpose)] = (yes, row.at)
    for channel in reader.keys:
        for purpose in _REFUSABLE:
            said = found.said.get((channel, purpose))
            found.purposes[channel, purpose] = said[0] if said else defaults[channel, purpose]
    suppressed = Suppression.objects.filter(
        address__in=list(reader.keys.values()),
        reason=SuppressionReason.UNSUBSCRIBE,
        lifted_at__isnull=True,
    ).values_list("channel", "address")
    found.suppressed = frozenset(
        Channel(channel) for channel, key in suppressed if reader.keys.get(Channel(channel)) == key
    )
    return found


def _center(
    reader: Reader,
    locale: str,
    at: datetime,
    *,
    undo: str = "",
    refused: Iterable[WaitingChoice] = (),
) -> PreferenceCenter:
    said = _said(reader)
    topics = tuple(
        TopicChoice(
            topic.key,
            topic.label(locale),
            topic.explanation(locale),
            tuple(
                (channel.value, channel not in said.suppressed and said.allows(channel, topic))
                for channel in reader.keys
            ),
        )
        for topic in _topics()
    )
    return PreferenceCenter(
        reader.store_id,
        reader.customer_id,
        tuple((c.value, mask_address(c, address)) for c, address in reader.addresses.items()),
        topics,
        not any(yes for topic in topics for _, yes in topic.allowed),
        reader.locale,
        _break_until(reader.customer_id, at),
        undo,
        (*list_waiting(reader, at=at), *refused),
    )


def _break_until(customer_id: UUID | None, at: datetime) -> datetime | None:
    if customer_id is None:
        return None
    row = (
        Pause.objects.filter(
            customer_id=customer_id,
            reason=PauseReason.ASKED_FOR,
            lifted_at__isnull=True,
            until__gt=at,
        )
        .order_by("-until")
        .first()
    )
    return row.until if row else None


def _whose(reader: Reader) -> str:
    return (
        f"{reader.store_id.hex}{(reader.customer_id or reader.message_id or reader.store_id).hex}"
    )


def _undo_token(reader: Reader, said: _Said, at: datetime) -> str:
    """Return what leads back to before a choice: what was allowed, signed, for an hour."""
    topics = [
        [channel.value, topic.key]
        for channel in reader.keys
        for topic in _topics()
        if said.allows(channel, topic)
    ]
    purposes = [
        [channel.value, purpose.value, yes] for (channel, purpose), yes in said.purposes.items()
    ]
    suppressed = [channel.value for channel in said.suppressed]
    payload = [_whose(reader), purposes, topics, suppressed]
    return sign(payload, purpose=_UNDO, at=at, lifetime=UNDO_WORKS_FOR)
