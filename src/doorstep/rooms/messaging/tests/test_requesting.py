"""Asking for messages: one decision per cause, stored with its reason, in few queries."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    MessageStatus,
    Purpose,
)
from doorstep.rooms.messaging.models import ContactDecision, Message
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import (
    AT,
    INES,
    SYSTEM,
    WANDA,
    Outbox,
    confirmation,
    shopper,
)
from doorstep.rooms.stores.contracts import StoreInfo


def ask(*requests: Any) -> Any:
    return api.request_messages(list(requests), by=SYSTEM, at=AT)


def test_a_confirmation_is_queued_with_its_reason(connected: Outbox) -> None:
    [decided] = ask(confirmation(shopper()))
    assert (decided.status, decided.channel, decided.duplicate) == ("queued", "email", False)
    [decision] = api.explain(decided.message_id)
    assert (decision.outcome, decision.reason) == ("send", "no_consent_needed")
    assert [step.rule for step in decision.trace][:2] == ["has_address", "has_way_out"]
    message = api.get_message(decided.message_id, at=AT)
    assert message.subject_line
    assert "#1042" in message.text
    assert not message.rendered_at_send
    assert api.list_messages(subject="order:1").items[0].id == decided.message_id


def test_a_second_request_changes_nothing_and_says_so(connected: Outbox) -> None:
    person = shopper()
    [first] = ask(confirmation(person))
    [second] = ask(confirmation(person, email="elsewhere@example.com"))
    assert second.duplicate
    assert second.message_id == first.message_id
    assert "nothing was changed" in second.words
    assert Message.objects.count() == ContactDecision.objects.count() == 1
    assert Message.objects.get().to_address == "maya@example.com"


def test_twice_in_one_call_is_once(connected: Outbox) -> None:
    person = shopper()
    first, second = ask(confirmation(person), confirmation(person))
    assert (first.duplicate, second.duplicate) == (False, True)
    assert Message.objects.count() == 1


def test_one_cause_may_use_two_channels_when_both_are_asked_for(connected: Outbox) -> None:
    person = shopper(phone="+4915112345678")
    decided = ask(
        confirmation(person, channel=Channel.EMAIL), confirmation(person, channel=Channel.SMS)
    )
    assert [d.channel for d in decided] == ["email", "sms"]
    assert Message.objects.count() == 2


def test_the_number_of_queries_does_not_grow(connected: Outbox) -> None:
    people = [shopper(f"shopper{n}@example.com") for n in range(200)]
    with CaptureQueriesContext(connection) as one:
        ask(confirmation(people[0], "cause:0"))
    with CaptureQueriesContext(connection) as many:
        ask(*(confirmation(person, f"cause:{n + 1}") for n, person in enumerate(people)))
    assert len(many) == len(one) <= 14
    assert Message.objects.filter(status="queued").count() == 201


def test_marketing_without_consent_is_dropped_and_nothing_is_sent(connected: Outbox) -> None:
    [decided] = ask(confirmation(shopper(), purpose=Purpose.MARKETING))
    assert (decided.status, decided.reason) == ("dropped", "consent_missing")
    assert send_due(at=AT + timedelta(days=1)) == 0
    assert connected.sent == []
    assert Message.objects.get().due_at is None


def test_a_granted_consent_opens_and_a_withdrawn_one_closes(connected: Outbox) -> None:
    person = shopper()

    def say(state: ConsentState, hours: int) -> None:
        grant = ConsentGrant(
            person, Channel.EMAIL, Purpose.MARKETING, state, "checkout", AT + timedelta(hours=hours)
        )
        api.record_consent([grant], by=SYSTEM, at=AT)

    say(ConsentState.GRANTED, 0)
    assert ask(confirmation(person, "a", purpose=Purpose.MARKETING))[0].status == "queued"
    say(ConsentState.WITHDRAWN, 2)
    say(ConsentState.GRANTED, 1)  # an older word that comes in late
    assert ask(confirmation(person, "b", purpose=Purpose.MARKETING))[0].status == "dropped"


def test_marketing_never_goes_to_a_relay_address(connected: Outbox) -> None:
    person = shopper("x7k2m@marketplace.amazon.com")
    grant = ConsentGrant(
        person, Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "checkout", AT
    )
    api.record_consent([grant], by=SYSTEM, at=AT)
    marketing, transactional = ask(
        confirmation(person, "a", purpose=Purpose.MARKETING), confirmation(person, "b")
    )
    assert marketing.reason == "relay_address"
    assert transactional.status == "queued"


def test_the_preferred_channel_and_its_fallback(connected: Outbox) -> None:
    person = shopper(phone="+4915112345678", preferred_channel="sms")
    assert ask(confirmation(person, "a"))[0].channel == "sms"
    api.suppress_address(channel=Channel.SMS, address="+49 151 12345678", by=INES, at=AT)
    [decided] = ask(confirmation(person, "b"))
    assert (decided.channel, decided.reason) == ("email", "fallback_channel")


def test_sms_without_a_provider_falls_back_to_mail(store: StoreInfo) -> None:
    person = shopper(phone="+4915112345678", preferred_channel="sms")
    [decided] = ask(confirmation(person))
    assert decided.channel == "email"
    assert "No SMS provider is connected" in decided.words


def test_nobody_to_reach_is_said(connected: Outbox) -> None:
    [decided] = ask(confirmation(None))
    assert (decided.status, decided.reason) == ("dropped", "no_address")
    [broken] = ask(confirmation(None, "c", email="not an address"))
    assert broken.reason == "unusable_address"


def test_a_message_for_later_waits(connected: Outbox) -> None:
    later = AT + timedelta(hours=3)
    [decided] = ask(confirmation(shopper(), not_before=later))
    assert decided.status == "deferred"
    assert send_due(at=AT + timedelta(hours=2)) == 0
    assert send_due(at=later) == 1
    assert len(connected.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_a_race_for_one_cause_has_one_winner(connected: Outbox, store: StoreInfo) -> None:
    person = shopper()
    start = threading.Barrier(8)
    answers = []

    def run() -> None:
        with store_scope(store.id):
            start.wait()
            answers.extend(ask(confirmation(person)))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.duplicate for a in answers].count(False) == 1
    assert len({a.message_id for a in answers}) == 1
    assert Message.objects.count() == ContactDecision.objects.count() == 1


def test_a_request_joins_its_causes_transaction(connected: Outbox) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        ask(confirmation(shopper()))
        raise RuntimeError("the order could not be recorded")
    assert Message.objects.count() == 0


def test_another_store_sees_nothing(connected: Outbox, other_store: StoreInfo) -> None:
    [decided] = ask(confirmation(shopper()))
    with store_scope(other_store.id):
        assert api.list_messages().items == ()
        assert api.explain(decided.message_id) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "lost"},
        {"purpose": "spam"},
        {"channel": "fax"},
        {"cause": ""},
        {"status": MessageStatus.SENT, "due_at": None, "sent_at": None},
        {"status": MessageStatus.QUEUED, "due_at": None},
        {"status": MessageStatus.DROPPED},
        {"failures": 1},
    ],
)
def test_the_database_refuses_impossible_messages(connected: Outbox, change: Any) -> None:
    ask(confirmation(shopper()))
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(**change)


def test_who_may_not_suppress_changes_nothing(connected: Outbox) -> None:
    with pytest.raises(Exception, match="may not"):
        api.suppress_address(channel=Channel.EMAIL, address="a@b.example", by=WANDA, at=AT)
    assert api.list_suppressions() == []
