"""The contact gate's rules, for every combination of facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.messaging.contracts import Channel, ConsentState, Purpose, SuppressionReason
from doorstep.rooms.messaging.rules.gate import PASS, Contact, Verdict, channels_to_try, decide

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BOTH = {Channel.EMAIL: "maya@example.com", Channel.SMS: "+4915112345678"}

ADDRESSES = BOTH | {
    Channel.WHATSAPP: "+4915112345678",
    Channel.MESSENGER: "4512345678901234",
    Channel.PUSH: "device",
}

contacts = st.builds(
    Contact,
    purpose=st.sampled_from(Purpose),
    at=st.just(AT),
    addresses=st.sets(st.sampled_from(Channel)).map(lambda keys: {k: ADDRESSES[k] for k in keys}),
    preferred=st.sampled_from(Channel),
    forced=st.none() | st.sampled_from(Channel),
    ways_out=st.frozensets(st.sampled_from(Channel)),
    written=st.frozensets(st.sampled_from(Channel)),
    suppressions=st.dictionaries(
        st.sampled_from(Channel), st.frozensets(st.sampled_from(SuppressionReason))
    ),
    consents=st.dictionaries(
        st.tuples(st.sampled_from(Channel), st.sampled_from(Purpose)),
        st.sampled_from(ConsentState),
    ),
    consent_defaults=st.dictionaries(
        st.tuples(st.sampled_from(Channel), st.sampled_from(Purpose)), st.booleans()
    ),
    is_relay=st.booleans(),
    is_demo=st.booleans(),
    not_before=st.none() | st.just(AT + timedelta(hours=1)) | st.just(AT - timedelta(hours=1)),
)


@given(contacts)
def test_every_decision_has_a_reason_in_words_and_a_trace(contact: Contact) -> None:
    decision = decide(contact)
    assert decision.reason
    assert decision.words.endswith(".")
    assert decision.trace
    assert decision.outcome in {"send", "defer", "drop"}


@given(contacts)
def test_nothing_goes_where_it_must_not(contact: Contact) -> None:
    decision = decide(contact)
    if decision.outcome == "drop":
        return
    channel = decision.channel
    assert decision.address == contact.addresses[channel]
    assert channel in contact.ways_out
    assert channel in contact.written
    reasons = contact.suppressions.get(channel, frozenset())
    assert not reasons - {SuppressionReason.UNSUBSCRIBE}
    if contact.purpose is Purpose.TRANSACTIONAL:
        return
    assert not reasons
    assert contact.consents.get((channel, contact.purpose)) is not ConsentState.WITHDRAWN


@given(contacts)
def test_marketing_needs_a_yes_and_an_address_of_ones_own(contact: Contact) -> None:
    decision = decide(contact)
    if decision.outcome == "drop" or contact.purpose is not Purpose.MARKETING:
        return
    key = (decision.channel, Purpose.MARKETING)
    said_yes = contact.consents.get(key) is ConsentState.GRANTED
    assert said_yes or contact.consent_defaults.get(key, False)
    assert not (contact.is_relay and decision.channel is Channel.EMAIL)


@given(contacts)
def test_a_purchase_is_confirmed_whenever_any_channel_can_reach(contact: Contact) -> None:
    if contact.purpose is not Purpose.TRANSACTIONAL:
        return
    reachable = [
        channel
        for channel in channels_to_try(contact)
        if channel in contact.addresses
        and channel in contact.ways_out & contact.written
        and not contact.suppressions.get(channel, frozenset()) - {SuppressionReason.UNSUBSCRIBE}
    ]
    decision = decide(contact)
    assert (decision.outcome != "drop") == bool(reachable)
    if reachable:
        assert decision.channel is reachable[0]


@given(contacts)
def test_what_is_early_waits_until_its_time(contact: Contact) -> None:
    decision = decide(contact)
    early = contact.not_before is not None and contact.not_before > contact.at
    if decision.outcome != "drop":
        assert (decision.outcome == "defer") == early
        assert decision.until == (contact.not_before if early else None)


@given(contacts)
def test_deciding_twice_gives_the_same_answer(contact: Contact) -> None:
    assert decide(contact) == decide(contact)


def test_the_preferred_channel_comes_first_and_a_fallback_says_why() -> None:
    contact = Contact(
        Purpose.TRANSACTIONAL,
        AT,
        BOTH,
        preferred=Channel.SMS,
        suppressions={Channel.SMS: frozenset({SuppressionReason.STOP})},
    )
    decision = decide(contact)
    assert (decision.outcome, decision.channel) == ("send", Channel.EMAIL)
    assert decision.words == (
        "Sent by e-mail instead. Not by SMS: "
        "The person answered STOP: no message may be sent to the number."
    )


def test_a_forced_channel_has_no_fallback() -> None:
    contact = Contact(Purpose.TRANSACTIONAL, AT, {Channel.EMAIL: "a@b.example"}, forced=Channel.SMS)
    decision = decide(contact)
    assert (decision.outcome, decision.reason) == ("drop", "no_address")


@pytest.mark.parametrize(
    ("purpose", "said", "default", "reason"),
    [
        (Purpose.TRANSACTIONAL, ConsentState.WITHDRAWN, False, "no_consent_needed"),
        (Purpose.SERVICE, None, True, "consent_default"),
        (Purpose.SERVICE, ConsentState.WITHDRAWN, True, "consent_withdrawn"),
        (Purpose.MARKETING, None, False, "consent_missing"),
        (Purpose.MARKETING, None, True, "consent_default"),
        (Purpose.MARKETING, ConsentState.GRANTED, False, "consent_granted"),
    ],
)
def test_consent(purpose: Purpose, said: ConsentState | None, default: bool, reason: str) -> None:
    key = (Channel.EMAIL, purpose)
    contact = Contact(
        purpose,
        AT,
        {Channel.EMAIL: "maya@example.com"},
        forced=Channel.EMAIL,
        consents={key: said} if said else {},
        consent_defaults={key: default},
    )
    assert decide(contact).reason == reason


def test_a_new_rule_is_one_more_function() -> None:
    def pauses_for_an_open_ticket(contact: Contact, channel: Channel) -> Verdict:
        until = contact.at + timedelta(days=2)
        return Verdict("defer", "open_ticket", "A ticket is open.", until)

    decision = decide(
        Contact(Purpose.MARKETING, AT, BOTH), [lambda c, ch: PASS, pauses_for_an_open_ticket]
    )
    assert (decision.outcome, decision.until) == ("defer", AT + timedelta(days=2))
