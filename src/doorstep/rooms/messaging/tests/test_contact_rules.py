"""Contact rules in the database: counted in sets, decided again when sending, set by the team."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid, NotFound, PermissionDenied
from doorstep.kernel.models import AuditEntry
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    DecidedMessage,
    Purpose,
)
from doorstep.rooms.messaging.models import ContactDecision, ContactSettings, Message
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import (
    AT,
    INES,
    MIA,
    SYSTEM,
    Outbox,
    confirmation,
    shopper,
)
from doorstep.rooms.stores.contracts import StoreInfo

CAPS = {"caps": {"email": (2, 7)}, "hours": {}}


def say(person: UUID, state: ConsentState = ConsentState.GRANTED, **more: Any) -> None:
    values: dict[str, Any] = {"channel": Channel.EMAIL, "purpose": Purpose.MARKETING, "said_at": AT}
    grant = ConsentGrant(person, state=state, source="preferences", **values | more)
    api.record_consent([grant], by=SYSTEM, at=AT)


def reader(email: str = "maya@example.com", **more: Any) -> UUID:
    """Return somebody who wants offers by e-mail."""
    person = shopper(email, **more)
    say(person)
    return person


def offer(person: UUID, cause: str, at: datetime = AT, **changes: Any) -> DecidedMessage:
    request = confirmation(person, cause, **{"purpose": Purpose.MARKETING} | changes)
    return api.request_messages([request], by=SYSTEM, at=at)[0]


def set_rules(**changes: Any) -> None:
    api.set_contact_rules(**CAPS | changes, by=INES, at=AT)


def stands(decided: DecidedMessage) -> tuple[str, str]:
    row = Message.objects.get(id=decided.message_id)
    return row.status, row.status_words


def test_the_third_of_two_waits_and_goes_when_there_is_room(connected: Outbox) -> None:
    set_rules(defer_days=30)
    person = reader()
    for cause in ("a", "b"):
        assert offer(person, cause).status == "queued"
    third = offer(person, "c", AT + timedelta(days=1))
    assert (third.status, third.reason) == ("deferred", "frequency_cap")
    while send_due(at=AT + timedelta(days=1)):
        pass
    assert len(connected.sent) == 2
    # They went on day one, so there is room on day eight and not before.
    send_due(at=AT + timedelta(days=7, hours=1))
    assert len(connected.sent) == 2
    assert send_due(at=AT + timedelta(days=8, minutes=1))
    assert len(connected.sent) == 3


def test_what_a_purchase_brings_is_neither_counted_nor_held(connected: Outbox) -> None:
    set_rules()
    person = reader()
    for n in range(4):
        bought = offer(person, f"order:{n}", purpose=Purpose.TRANSACTIONAL)
        assert bought.status == "queued"
    assert offer(person, "offer").status == "queued"


def test_what_was_dropped_holds_no_slot(connected: Outbox) -> None:
    set_rules(defer_days=0)
    person = reader()
    states = [offer(person, str(n)).status for n in range(4)]
    assert states == ["queued", "queued", "dropped", "dropped"]
    Message.objects.filter(cause="1").update(status="dropped", due_at=None)
    assert offer(person, "again").status == "queued"


def test_in_one_call_the_more_important_one_gets_the_last_slot(connected: Outbox) -> None:
    set_rules(caps={"email": (1, 7)}, defer_days=0)
    person = reader()
    low = confirmation(person, "low", purpose=Purpose.MARKETING, priority=10)
    high = confirmation(person, "high", purpose=Purpose.MARKETING, priority=90)
    decided = api.request_messages([low, high], by=SYSTEM, at=AT)
    assert [one.status for one in decided] == ["dropped", "queued"]
    assert "“Order confirmation” goes before this one (priority 90 to 10)" in decided[0].words


def test_a_more_important_one_takes_a_slot_from_one_that_waits(connected: Outbox) -> None:
    set_rules(caps={"email": (1, 7)}, defer_days=30)
    person = reader()
    low = offer(person, "low", not_before=AT + timedelta(hours=2), priority=10)
    high = offer(person, "high", AT + timedelta(hours=1), priority=90)
    assert (low.status, high.status) == ("deferred", "queued")
    assert send_due(at=AT + timedelta(hours=1)) == 1
    send_due(at=AT + timedelta(hours=2))
    assert len(connected.sent) == 1
    status, words = stands(low)
    assert status == "deferred"
    assert "“Order confirmation” goes before this one (priority 90 to 10)" in words


def test_a_cause_asked_for_twice_does_not_stand_in_its_own_way(connected: Outbox) -> None:
    set_rules(caps={"email": (1, 7)})
    person = reader()
    assert offer(person, "a").status == "queued"
    again = offer(person, "a")
    assert again.duplicate
    twice = [confirmation(reader("j@example.com"), "b", purpose=Purpose.MARKETING)] * 2
    assert [one.status for one in api.request_messages(twice, by=SYSTEM, at=AT)] == ["queued"] * 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_for_the_last_slot_do_not_both_go(connected: Outbox, store: StoreInfo) -> None:
    set_rules(caps={"email": (1, 7)}, defer_days=30)
    person = reader()
    start = threading.Barrier(6)

    def run(number: int) -> None:
        with store_scope(store.id):
            start.wait()
            offer(person, f"cause:{number}")
            send_due(at=AT, size=1)  # each its own sender, with its own claim
        connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seconds in range(0, 300, 20):  # whoever waited for another looks again
        while send_due(at=AT + timedelta(seconds=seconds), size=1):
            pass
    assert len(connected.sent) == 1
    assert Message.objects.filter(status="sent").count() == 1
    assert Message.objects.exclude(status="sent").filter(status="deferred").count() == 5


def test_a_consent_withdrawn_between_decision_and_sending_counts(connected: Outbox) -> None:
    person = reader()
    decided = offer(person, "a")
    say(person, ConsentState.WITHDRAWN, said_at=AT + timedelta(minutes=1))
    send_due(at=AT + timedelta(minutes=2))
    assert connected.sent == []
    assert stands(decided)[0] == "dropped"
    request, sending = api.explain(decided.message_id)
    assert (request.outcome, sending.stage, sending.reason) == ("send", "send", "consent_withdrawn")


def test_a_topic_withdrawn_drops_and_a_purpose_covers_its_topics(connected: Outbox) -> None:
    person = reader()
    assert offer(person, "a", topic="birthday").status == "queued"
    say(person, ConsentState.WITHDRAWN, topic="birthday", said_at=AT + timedelta(minutes=1))
    refused = offer(person, "b", topic="birthday")
    assert (refused.status, refused.reason) == ("dropped", "topic_withdrawn")
    assert offer(person, "c", topic="newsletter").status == "queued"
    send_due(at=AT + timedelta(minutes=2))
    assert {row.topic for row in Message.objects.filter(status="sent")} == {"newsletter"}


def test_a_later_no_to_everything_outweighs_an_older_yes_to_a_topic(connected: Outbox) -> None:
    person = shopper()
    say(person, topic="birthday", said_at=AT)
    assert offer(person, "a", topic="birthday").reason == "topic_granted"
    say(person, ConsentState.WITHDRAWN, said_at=AT + timedelta(minutes=1))
    assert offer(person, "b", topic="birthday").reason == "consent_withdrawn"
    say(person, topic="birthday", state=ConsentState.WITHDRAWN, said_at=AT + timedelta(minutes=2))
    say(person, topic="birthday", said_at=AT + timedelta(minutes=3))
    assert offer(person, "c", topic="birthday").reason == "topic_granted"


def test_quiet_hours_that_began_meanwhile_hold_a_text_back(connected: Outbox) -> None:
    person = shopper(phone="+4915112345678")
    say(person, channel=Channel.SMS)
    decided = offer(person, "a", channel=Channel.SMS)
    assert decided.status == "queued"
    night = AT + timedelta(hours=11)  # 22:00 in Berlin
    send_due(at=night)
    assert connected.sent == []
    assert "It is Saturday 22:00 for the person (Europe/Berlin)" in stands(decided)[1]
    # On Sunday morning it goes: Germany has no law on Sundays.
    assert send_due(at=AT + timedelta(hours=22)) == 1
    assert len(connected.sent) == 1


def test_the_address_of_an_order_tells_the_state(connected: Outbox) -> None:
    claim = PersonClaim(
        email="tom@example.com", phone="+12125550123", country="US", region="Texas", name="Tom"
    )
    [tom] = customers.resolve_customers([claim], at=AT)
    answer = api.ask_gate(customer_id=tom, purpose=Purpose.MARKETING, channel=Channel.SMS, at=AT)
    assert answer.places == ("US", "US-NY", "US-TX")
    assert answer.zones == ("America/Chicago", "America/Denver")


def test_a_marketplace_order_is_told_nothing_to_buy(connected: Outbox) -> None:
    person = reader()
    refused = offer(person, "a", sales_channel="amazon-de")
    assert refused.reason == "marketplace"
    assert refused.words.startswith("Amazon: communication guidelines, no marketing")
    assert offer(person, "b", sales_channel="shopify").status == "queued"


def test_a_gifts_recipient_is_not_its_buyer(connected: Outbox) -> None:
    buyer = reader()
    asked = {"is_gift_recipient": True, "kind": "parcel_shipped", "purpose": Purpose.TRANSACTIONAL}
    nobody = offer(buyer, "a", **asked)
    assert (nobody.status, nobody.reason) == ("dropped", "no_address")
    told = offer(buyer, "b", email="rose@example.com", name="Rose", **asked)
    assert told.status == "queued"
    row = Message.objects.get(id=told.message_id)
    assert (row.to_address, row.customer_id, row.is_gift_recipient) == ("rose@example.com", None, True)  # fmt: skip
    assert "minor" not in str(row.context)
    offered = offer(buyer, "c", **asked | {"purpose": Purpose.MARKETING, "email": "r@example.com"})
    assert (offered.status, offered.reason) == ("dropped", "gift_recipient")


def test_the_number_of_queries_does_not_grow_with_people_or_their_messages(
    connected: Outbox,
) -> None:
    people = [reader(f"reader{n}@example.com") for n in range(60)]
    with CaptureQueriesContext(connection) as one:
        offer(people[0], "one")
    requests = [
        confirmation(person, f"{n}:{nth}", purpose=Purpose.MARKETING)
        for n, person in enumerate(people)
        for nth in range(2)
    ]
    with CaptureQueriesContext(connection) as many:
        api.request_messages(requests, by=SYSTEM, at=AT)
    assert len(many) == len(one) <= 18


def test_asking_writes_nothing_and_says_everything(connected: Outbox) -> None:
    set_rules()
    person = reader()
    offer(person, "a")
    before = Message.objects.count(), ContactDecision.objects.count()
    answer = api.ask_gate(customer_id=person, purpose=Purpose.MARKETING, topic="offers", at=AT)
    assert (answer.outcome, answer.channel) == ("send", "email")
    rules = [step.rule for step in answer.trace]
    assert rules[0] == "has_address"
    assert rules[-1] == "demo_stays_inside"
    assert any("1 of at most 2 in 7 days by e-mail" in step.words for step in answer.trace)
    assert (Message.objects.count(), ContactDecision.objects.count()) == before
    with pytest.raises(Invalid):
        api.ask_gate(customer_id=person, purpose=Purpose.MARKETING, topic="weather", at=AT)


def test_nobody_is_asked_about_in_another_store(connected: Outbox, other_store: StoreInfo) -> None:
    person = reader()
    with store_scope(other_store.id), pytest.raises(NotFound):
        api.ask_gate(customer_id=person, purpose=Purpose.MARKETING, at=AT)


def test_who_sets_the_rules_stands_in_the_audit_trail(connected: Outbox) -> None:
    set_rules(defer_days=5)
    entry = AuditEntry.objects.latest("id")
    assert entry.action == "messaging.set_contact_rules"
    assert entry.changes["defer_days"] == [3, 5]
    count = ContactSettings.objects.count()
    set_rules(defer_days=5)
    assert ContactSettings.objects.count() == count == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"caps": {"fax": (1, 7)}},
        {"caps": {"email": (0, 7)}},
        {"hours": {"fax": {"marketing": (9, 20)}}},
        {"hours": {"sms": {"marketing": (20, 9)}}},
        {"defer_days": 31},
    ],
)
def test_senseless_rules_change_nothing(connected: Outbox, changes: Any) -> None:
    with pytest.raises(Invalid):
        set_rules(**changes)
    assert not ContactSettings.objects.exists()


def test_who_may_not_set_rules_changes_nothing(connected: Outbox) -> None:
    with pytest.raises(PermissionDenied):
        api.set_contact_rules(**CAPS, by=MIA, at=AT)
    assert not ContactSettings.objects.exists()


@pytest.mark.parametrize("bad", [{"defer_days": 31}, {"changed_by": ""}])
def test_the_database_refuses_impossible_settings(connected: Outbox, bad: dict[str, Any]) -> None:
    set_rules()
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactSettings.objects.update(**bad)


def test_each_store_has_rules_of_its_own(connected: Outbox, other_store: StoreInfo) -> None:
    set_rules()
    with store_scope(other_store.id):
        assert api.get_contact_rules().cap("email").limit == 3  # type: ignore[union-attr]
    assert api.get_contact_rules().cap("email").limit == 2  # type: ignore[union-attr]
