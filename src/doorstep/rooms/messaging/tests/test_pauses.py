"""Pauses: nothing is sold while something is open, and all else goes on."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.events.registry import Recorded
from doorstep.kernel.ids import new_id
from doorstep.kernel.models import OutboxEvent
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    DecidedMessage,
    PauseReason,
    PauseRequest,
    Purpose,
)
from doorstep.rooms.messaging.handlers import follow_customers
from doorstep.rooms.messaging.models import Message, Pause
from doorstep.rooms.messaging.rules.gate import Contact, decide
from doorstep.rooms.messaging.rules.pauses import WORDS, PauseFact
from doorstep.rooms.messaging.sending import claim, outcomes, send_due
from doorstep.rooms.messaging.sending.templates import StoreTemplates
from doorstep.rooms.messaging.tests.cast import AT, SYSTEM, Outbox, confirmation, shopper
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

LATER = AT + timedelta(hours=1)
UNTIL = AT + timedelta(days=21)
LATE = "tracker:1:late"
WORDS_OF_LATE = "A parcel is late (order #1042): no selling messages until it has arrived, at the latest 12 Dec."


def late(person: UUID, cause: str = LATE, **changes: Any) -> PauseRequest:
    values: dict[str, Any] = {
        "reason": PauseReason.LATE_PARCEL,
        "until": UNTIL,
        "subject": "order:1",
        "about": "order #1042",
    }
    return PauseRequest(person, cause, **values | changes)


def pause(person: UUID, cause: str = LATE, at: datetime = AT, **changes: Any) -> int:
    return api.put_pauses([late(person, cause, **changes)], by=SYSTEM, at=at)


def lift(*causes: str, at: datetime = LATER) -> int:
    return api.lift_pauses(causes, by=SYSTEM, at=at)


def buyer(email: str = "maya@example.com") -> UUID:
    """Return somebody who wants to be sold things."""
    person = shopper(email)
    grant = ConsentGrant(
        person, Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "checkout", AT
    )
    api.record_consent([grant], by=SYSTEM, at=AT)
    return person


def offer(person: UUID, cause: str = "offer", at: datetime = AT, **changes: Any) -> DecidedMessage:
    request = confirmation(person, cause, purpose=Purpose.MARKETING, **changes)
    [decided] = api.request_messages([request], by=SYSTEM, at=at)
    return decided


def stands(message_id: UUID) -> tuple[str, datetime | None]:
    row = Message.objects.get(id=message_id)
    return row.status, row.due_at


@given(
    st.sampled_from(Purpose),
    st.lists(st.tuples(st.sampled_from(PauseReason), st.integers(1, 99)), max_size=3),
)
def test_only_selling_waits_and_for_the_longest_pause(
    purpose: Purpose, pauses: list[tuple[PauseReason, int]]
) -> None:
    facts = [
        PauseFact(reason, "order #1042", AT + timedelta(hours=hours), date(2026, 12, 12))
        for reason, hours in pauses
    ]
    contact = Contact(
        purpose,
        AT,
        {Channel.EMAIL: "maya@example.com"},
        consents={(Channel.EMAIL, Purpose.MARKETING): ConsentState.GRANTED},
        pauses=facts,
    )
    decision = decide(contact)
    if purpose is Purpose.MARKETING and facts:
        assert decision.outcome == "defer"
        assert decision.until == max(fact.until for fact in facts)
        assert decision.reason.startswith("paused_")
        assert "(order #1042)" in decision.words
    else:
        assert decision.outcome == "send"


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(PauseReason)


def test_what_sells_waits_with_the_reason_and_the_parcels_news_go(connected: Outbox) -> None:
    person = buyer()
    assert pause(person) == 1
    decided = offer(person)
    assert (decided.status, decided.reason) == ("deferred", "paused_late_parcel")
    assert decided.words == WORDS_OF_LATE
    assert stands(decided.message_id) == ("deferred", UNTIL)
    [news] = api.request_messages(
        [confirmation(person, "news", purpose=Purpose.TRANSACTIONAL)], by=SYSTEM, at=AT
    )
    [tips] = api.request_messages(
        [confirmation(person, "tips", purpose=Purpose.SERVICE)], by=SYSTEM, at=AT
    )
    assert (news.status, tips.status) == ("queued", "queued")
    [decision] = api.explain(decided.message_id)
    [step] = [step for step in decision.trace if step.rule == "is_not_paused"]
    assert (step.verdict, step.words) == ("defer", WORDS_OF_LATE)
    assert send_due.send_due(at=UNTIL) == 3
    assert len(connected.sent) == 3


def test_a_pause_put_after_the_request_holds_the_message_back(connected: Outbox) -> None:
    person = buyer()
    decided = offer(person)
    assert decided.status == "queued"
    pause(person)
    send_due.send_due(at=LATER)
    assert connected.sent == []
    assert stands(decided.message_id) == ("deferred", UNTIL)
    assert [d.stage for d in api.explain(decided.message_id)] == ["request", "send"]
    assert lift(LATE) == 1
    assert stands(decided.message_id) == ("deferred", LATER)
    send_due.send_due(at=LATER)
    assert len(connected.sent) == 1


def test_lifting_one_of_two_pauses_sends_nothing_yet(connected: Outbox) -> None:
    person = buyer()
    pause(person)
    pause(person, "ticket:7", reason=PauseReason.OPEN_TICKET, about="ticket #7")
    decided = offer(person)
    lift(LATE)
    send_due.send_due(at=LATER)
    assert connected.sent == []
    assert Message.objects.get(id=decided.message_id).status_words.startswith("A question is open")


def test_lifting_does_not_send_before_the_time_that_was_asked_for(connected: Outbox) -> None:
    person = buyer()
    pause(person)
    tomorrow = AT + timedelta(days=1)
    decided = offer(person, not_before=tomorrow)
    assert stands(decided.message_id) == ("deferred", UNTIL)
    lift(LATE)
    send_due.send_due(at=LATER)
    assert connected.sent == []
    assert stands(decided.message_id) == ("deferred", tomorrow)


def test_the_same_cause_puts_one_pause(connected: Outbox) -> None:
    person = buyer()
    assert pause(person) == 1
    assert pause(person) == 0
    decided = offer(person)
    sooner = AT + timedelta(days=2)
    assert pause(person, until=sooner) == 1  # the carrier named a day
    assert stands(decided.message_id)[1] == AT
    send_due.send_due(at=LATER)
    assert stands(decided.message_id) == ("deferred", sooner)
    assert lift(LATE) == 1
    assert lift(LATE) == 0
    assert pause(person, at=LATER) == 1  # late once more
    assert Pause.objects.count() == 2
    names = OutboxEvent.objects.filter(name__startswith="messaging.pause").order_by("id")
    assert [row.name.removeprefix("messaging.") for row in names] == [
        "pause_put", "pause_put", "pause_lifted", "pause_put",
    ]  # fmt: skip
    assert {(row.key, row.subject) for row in names} == {(str(person), "order:1")}


def test_a_pause_that_ended_by_itself_can_begin_anew(connected: Outbox) -> None:
    person = buyer()
    pause(person, until=LATER)
    assert offer(person, "a", at=LATER).status == "queued"
    assert api.count_pauses(at=LATER) == {}
    pause(person, at=LATER)
    [shown] = api.list_pauses(customer_id=person, at=LATER)
    assert (shown.since, shown.until, shown.is_active) == (LATER, UNTIL, True)
    assert shown.words == WORDS_OF_LATE
    assert api.count_pauses(at=LATER) == {"late_parcel": 1}


def test_nothing_is_put_for_strangers_or_for_times_gone_by(
    connected: Outbox, other_store: StoreInfo
) -> None:
    person = buyer()
    assert pause(person, until=AT) == 0
    assert pause(new_id()) == 0
    with store_scope(other_store.id):
        assert pause(person) == 0
        assert lift(LATE) == 0
    assert Pause.objects.count() == 0


def test_thousands_take_no_more_queries_than_one(
    connected: Outbox, django_assert_max_num_queries: Any
) -> None:
    people = [buyer(f"p{n}@example.com") for n in range(60)]
    many = [late(p, f"tracker:{n}:{m}") for n, p in enumerate(people) for m in range(30)]
    with django_assert_max_num_queries(5):
        assert api.put_pauses(many, by=SYSTEM, at=AT) == 1800
    requests = [
        confirmation(p, f"offer:{n}", purpose=Purpose.MARKETING) for n, p in enumerate(people)
    ]
    with django_assert_max_num_queries(14):
        decided = api.request_messages(requests, by=SYSTEM, at=AT)
    assert {one.status for one in decided} == {"deferred"}
    with django_assert_max_num_queries(5):
        assert api.lift_pauses([one.cause for one in many], by=SYSTEM, at=LATER) == 1800
    assert set(Message.objects.values_list("due_at", flat=True)) == {LATER}


@pytest.mark.parametrize(
    "bad",
    [
        {"cause": ""},
        {"reason": ""},
        {"put_by": ""},
        {"until": AT},
        {"until": None},
        {"lifted_at": LATER},
        {"lifted_by": "mia"},
    ],
)
def test_the_database_refuses_what_must_not_be(connected: Outbox, bad: dict[str, Any]) -> None:
    values = {
        "store_id": stores.get_store().id, "customer_id": buyer(), "cause": LATE,
        "reason": "late_parcel", "since": AT, "until": UNTIL, "put_by": "system:x",
    }  # fmt: skip
    Pause.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(**values | {"cause": "other"} | bad)


def happened(event: object, store: StoreInfo) -> Recorded:
    return Recorded(1, new_id(), store.id, "x", event, "k", "", LATER, SYSTEM)


def test_pauses_follow_a_merge_and_its_undoing(connected: Outbox, store: StoreInfo) -> None:
    old, new = buyer("old@example.com"), buyer("new@example.com")
    pause(old)
    merge_id = new_id()
    follow_customers([happened(CustomersMerged(merge_id, new, old), store)])
    assert offer(new).status == "deferred"
    follow_customers([happened(CustomersUnmerged(merge_id, new, old), store)])
    assert offer(old, "c").status == "deferred"
    assert lift(LATE) == 1


def test_erasing_a_person_ends_their_pauses(connected: Outbox, store: StoreInfo) -> None:
    person = buyer()
    pause(person)
    follow_customers([happened(CustomerErased([person]), store)])
    row = Pause.objects.get()
    assert (row.lifted_at, row.lifted_by, row.about) == (LATER, "erased", "")
    assert api.count_pauses(at=LATER) == {}


def gate_of(messages: list[Message]) -> tuple[list[Message], list[outcomes.Outcome]]:
    return send_due._ask_gate_again(
        messages,
        stores.get_store(),
        {},
        StoreTemplates([m.kind for m in messages]),
        LATER,
    )


def test_a_pause_put_while_the_sender_holds_the_message_counts(
    connected: Outbox, store: StoreInfo
) -> None:
    person = buyer()
    decided = offer(person)
    [claimed] = claim.claim_marketing(store.id, Channel.EMAIL, at=LATER)
    pause(person, at=LATER)
    send_due._send_for_store([claimed], at=LATER, stop_at=1e12)
    assert connected.sent == []
    assert stands(decided.message_id) == ("deferred", UNTIL)


def test_a_lifting_between_the_gate_and_its_record_is_not_missed(
    connected: Outbox, store: StoreInfo
) -> None:
    person = buyer()
    pause(person)
    decided = offer(person)
    Message.objects.update(due_at=LATER)
    claimed = claim.claim_marketing(store.id, Channel.EMAIL, at=LATER)
    allowed, done = gate_of(claimed)
    assert (allowed, len(done)) == ([], 1)
    lift(LATE)  # sees a message that is being sent, and makes nothing due
    outcomes.record_outcomes(store.id, done, at=LATER)
    assert stands(decided.message_id) == ("deferred", LATER)
    assert send_due.send_due(at=LATER) == 1
    assert len(connected.sent) == 1


@pytest.mark.django_db(transaction=True)
def test_a_lifting_waits_for_who_defers_a_message(connected: Outbox, store: StoreInfo) -> None:
    person = buyer()
    pause(person)
    started, lifted = threading.Event(), threading.Event()

    def lift_meanwhile() -> None:
        with store_scope(store.id):
            started.set()
            lift(LATE)
            lifted.set()
        connection.close()

    thread = threading.Thread(target=lift_meanwhile)
    with transaction.atomic():
        decided = offer(person)
        thread.start()
        assert started.wait(5)
        assert not lifted.wait(0.5)  # a lifting now would not see the message
    thread.join()
    assert lifted.is_set()
    assert stands(decided.message_id) == ("deferred", LATER)


@pytest.mark.django_db(transaction=True)
def test_many_put_and_lift_the_same_pauses_at_once(connected: Outbox, store: StoreInfo) -> None:
    person = buyer()
    causes = [f"tracker:{n}:late" for n in range(50)]
    start = threading.Barrier(4)
    counted: list[int] = []

    def run(turn: int) -> None:
        order = causes if turn % 2 else causes[::-1]
        with store_scope(store.id):
            start.wait()
            put = api.put_pauses([late(person, cause) for cause in order], by=SYSTEM, at=AT)
            counted.append(put - api.lift_pauses(order, by=SYSTEM, at=LATER))
        connection.close()

    threads = [threading.Thread(target=run, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 4
    assert sum(counted) == 0
    assert api.count_pauses(at=AT) == {}
