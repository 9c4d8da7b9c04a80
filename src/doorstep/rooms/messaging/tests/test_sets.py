"""Sending in sets: batches, at most once, stopping, fairness, pace, and a second way out."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.models import OutboxEvent
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging import api, ports
from doorstep.rooms.messaging.contracts import (
    BatchRecipient,
    BatchSpec,
    Channel,
    ConsentGrant,
    ConsentState,
    ContextAsk,
    Purpose,
)
from doorstep.rooms.messaging.models import (
    ContentFrame,
    HandOver,
    Message,
    MessageBatch,
    MessageContent,
    SenderConnection,
    SenderState,
)
from doorstep.rooms.messaging.ports import Outcome, SendResult
from doorstep.rooms.messaging.sending import (
    chunks,
    claim,
    handover,
    outcomes,
    pace,
    stopping,
    ways,
)
from doorstep.rooms.messaging.sending import send_due as send_due_module
from doorstep.rooms.messaging.sending.send_due import send_awaited, send_due, send_marketing
from doorstep.rooms.messaging.tests.cast import AT, INES, MIA, SYSTEM, Outbox, confirmation, shopper
from doorstep.rooms.stores.contracts import StoreInfo

LATER = AT + timedelta(minutes=1)
BODY = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Dear {{ customer.first_name }}, a word from "
    "{{ brand.name }}: {{ order.number }}. <a href='{{ links.unsubscribe }}'>No more</a></mj-text>"
    "</mj-column></mj-section></mj-body></mjml>"
)


@pytest.fixture
def source() -> Iterator[list[Sequence[ContextAsk]]]:
    """Bind a source that knows people's names, and note what it is asked."""
    asked: list[Sequence[ContextAsk]] = []

    def answer(asks: Sequence[ContextAsk], at: datetime) -> Mapping[UUID, Mapping[str, Any]]:
        asked.append(asks)
        people = customers.get_customers({ask.customer_id for ask in asks if ask.customer_id})
        return {
            ask.message_id: {"customer": {"first_name": people[ask.customer_id].name}}
            for ask in asks
            if ask.customer_id and people[ask.customer_id].name != "Gone"
        }

    ports.bind_context_source("test", answer)
    yield asked
    ports._sources.pop("test")


def people(count: int, name: str = "Shopper") -> list[UUID]:
    """Make shoppers who said yes to offers."""
    claims = [
        PersonClaim(email=f"{name}-{n}@example.com".lower(), name=name, locale="en")
        for n in range(count)
    ]
    ids = customers.resolve_customers(claims, at=AT)
    yes = (Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "test", AT)
    api.record_consent([ConsentGrant(one, *yes) for one in ids], by=SYSTEM, at=AT)
    return ids


def campaign(count: int = 3, *, source: str = "test", body: str = BODY, key: str = "c") -> UUID:
    """Put a text in use and ask for a batch of it."""
    api.publish_version(
        kind="order_confirmation",
        channel=Channel.EMAIL,
        locale="",
        source={"subject": "For {{ customer.first_name }}", "body": body},
        by=MIA,
        at=AT,
    )
    spec = BatchSpec(
        key,
        "order_confirmation",
        Purpose.MARKETING,
        channel=Channel.EMAIL,
        source=source,
        context={"order": {"number": "#7"}},
        label="Autumn teas",
    )
    batch_id = api.open_batch(spec, at=AT)
    recipients = [BatchRecipient(one, f"{key}:{n}") for n, one in enumerate(people(count))]
    api.request_batch(batch_id, recipients, by=SYSTEM, at=AT)
    return batch_id


def statuses() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in Message.objects.values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def test_a_batch_is_rendered_in_sets_and_kept_once(connected: Outbox, source: list[Any]) -> None:
    campaign(7)
    assert send_marketing(at=LATER) == 7
    assert len(source) == 1
    assert len(source[0]) == 7
    assert ContentFrame.objects.count() == 1
    for mail in connected.sent:
        shown = api.get_message(mail.message_id, at=LATER, as_sent=True)
        assert (shown.subject_line, shown.html, shown.text) == (
            mail.subject,
            mail.whole_html(),
            mail.text,
        )
        assert "Dear Shopper, a word from Fern &amp; Kettle: #7" in mail.whole_html()
        assert dict(shown.headers)["List-Unsubscribe"].strip("<>") in mail.whole_html()
    kept = MessageContent.objects.first()
    assert kept is not None
    assert len(bytes(kept.packed)) < 1500
    assert HandOver.all_stores.count() == 0


def test_the_number_of_queries_does_not_depend_on_the_number_of_messages(
    connected: Outbox, source: list[Any]
) -> None:
    def queries(key: str, count: int) -> int:
        campaign(count, key=key)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert send_marketing(at=LATER) == count
        return len(found)

    queries("warm", 2)
    assert queries("few", 3) == queries("many", 20)


def test_what_a_source_leaves_out_is_not_sent_and_says_so(
    connected: Outbox, source: list[Any]
) -> None:
    campaign(2)
    gone = people(1, "Gone")[0]
    batch = MessageBatch.objects.get()
    api.request_batch(batch.id, [BatchRecipient(gone, "gone")], by=SYSTEM, at=AT)
    send_marketing(at=LATER)
    assert statuses() == {"sent": 2, "failed": 1}
    failed = Message.objects.get(status="failed")
    assert "no longer there" in failed.status_words
    assert "no longer there" in api.get_message(failed.id, at=LATER).render_error


def test_a_source_that_no_code_has_any_more(connected: Outbox) -> None:
    campaign(1, source="removed")
    send_marketing(at=LATER)
    assert "not installed" in Message.objects.get().status_words


def test_consent_withdrawn_between_claim_and_sending_counts(
    connected: Outbox, source: list[Any]
) -> None:
    campaign(3)
    one = Message.objects.first()
    assert one is not None
    assert one.customer_id
    no = ConsentGrant(
        one.customer_id, Channel.EMAIL, Purpose.MARKETING, ConsentState.WITHDRAWN, "test", LATER
    )
    api.record_consent([no], by=SYSTEM, at=LATER)
    send_marketing(at=LATER)
    assert statuses() == {"sent": 2, "dropped": 1}


def test_a_bomb_costs_its_own_mails_and_is_said_plainly(
    connected: Outbox, source: list[Any]
) -> None:
    rounds = "{% for i in (1..999) %}{% for j in (1..999) %}x{% endfor %}{% endfor %}"
    campaign(3)
    bomb = BODY.replace("Dear", rounds)
    version = api.get_template("order_confirmation", Channel.EMAIL, "").version_id
    from doorstep.rooms.messaging.models import TemplateVersion

    row = TemplateVersion.objects.get(id=version)
    TemplateVersion.objects.filter(id=version).update(source={**row.source, "body": bomb})
    send_marketing(at=LATER)
    assert statuses() == {"failed": 3}
    assert "go round more than" in Message.objects.all()[0].status_words


def test_marketing_whose_hand_over_had_begun_is_not_sent_again(
    connected: Outbox, source: list[Any], store: StoreInfo
) -> None:
    campaign(4)
    claimed = claim.claim_marketing(store.id, Channel.EMAIL, at=LATER)
    begun = claimed[:2]
    handover.begin(store.id, begun, at=LATER)  # and then it dies
    assert send_marketing(at=LATER + claim.LEASE) == 4
    assert {mail.message_id for mail in connected.sent} == {m.id for m in claimed[2:]}
    for message in Message.objects.filter(id__in=[m.id for m in begun]):
        assert message.status == "failed"
        assert message.status_words == handover.MAY_HAVE_BEEN_SENT
    api.retry_message(message_id=begun[0].id, by=INES, at=LATER + claim.LEASE)
    send_marketing(at=LATER + claim.LEASE)
    assert len(connected.sent) == 3


def test_a_sender_that_was_held_up_sends_nothing_that_another_took_over(
    connected: Outbox, source: list[Any], store: StoreInfo
) -> None:
    campaign(4)
    held_up = claim.claim_marketing(store.id, Channel.EMAIL, at=LATER)
    assert send_marketing(at=LATER + claim.LEASE) == 4
    assert len(connected.sent) == 4
    send_due_module._send_for_store(held_up, at=LATER, stop_at=time.monotonic() + 60)  # it wakes up
    assert len(connected.sent) == 4
    assert statuses() == {"sent": 4}
    assert not HandOver.all_stores.exists()


def test_a_late_answer_leaves_the_note_for_whoever_took_the_claim_over(
    connected: Outbox, source: list[Any], store: StoreInfo
) -> None:
    campaign(1)
    early = claim.claim_marketing(store.id, Channel.EMAIL, at=LATER)
    note, may_go = handover.begin(store.id, early, at=LATER)
    assert may_go == {early[0].id}
    [late] = claim.claim_marketing(store.id, Channel.EMAIL, at=LATER + claim.LEASE)
    answer = outcomes.from_result(early[0], SendResult(early[0].id, "accepted"), at=LATER)
    assert outcomes.record_outcomes(store.id, [answer], at=LATER, notes={note}) == 0
    assert handover.begun({late.id}) == {late.id}


def test_a_chunk_grows_only_while_the_server_is_quick() -> None:
    quick, fair, slow = chunks.QUICK_SECONDS / 4, chunks.QUICK_SECONDS, chunks.CHUNK_SECONDS
    assert chunks.next_size(chunks.CHUNK, quick) == 2 * chunks.CHUNK
    assert chunks.next_size(chunks.LARGEST_CHUNK, quick) == chunks.LARGEST_CHUNK
    assert chunks.next_size(100, fair) == 100
    assert chunks.next_size(100, slow) == 50
    assert chunks.next_size(chunks.CHUNK, slow) == chunks.CHUNK


def test_who_says_no_while_a_claim_is_sent_gets_nothing_of_it_any_more(
    connected: Outbox, source: list[Any], store: StoreInfo
) -> None:
    campaign(chunks.CHUNK + 1)
    last = claim_order()[-1]

    def says_no(mail: Any) -> SendResult:
        no = (Channel.EMAIL, Purpose.MARKETING, ConsentState.WITHDRAWN, "link", LATER)
        api.record_consent([ConsentGrant(last.customer_id, *no)], by=SYSTEM, at=LATER)
        return SendResult(mail.message_id, "accepted")

    connected.answer = says_no
    send_marketing(at=LATER)
    assert statuses() == {"sent": chunks.CHUNK, "queued": 1}
    send_marketing(at=LATER + timedelta(seconds=1))
    assert statuses() == {"sent": chunks.CHUNK, "dropped": 1}
    assert last.id not in {mail.message_id for mail in connected.sent}


def claim_order() -> list[Message]:
    """Return the messages in the order in which a claim sends them."""
    return list(Message.objects.order_by("created_at", "id"))


@pytest.mark.parametrize(
    ("purpose", "status"), [(Purpose.MARKETING, "failed"), (Purpose.TRANSACTIONAL, "queued")]
)
def test_an_uncertain_answer_repeats_what_is_awaited_only(
    connected: Outbox, purpose: Purpose, status: str
) -> None:
    [person] = people(1)
    api.request_messages([confirmation(person, purpose=purpose)], by=SYSTEM, at=AT)
    connected.answer = lambda m: SendResult(m.message_id, "uncertain", words="It hung up.")
    send_due(at=LATER)
    row = Message.objects.get()
    assert (row.status, "It hung up." in row.status_words) == (status, True)


@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_a_second_after_the_stop(
    connected: Outbox, source: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = campaign(60)
    begun_at: list[float] = []
    stopped: list[float] = []
    slow = connected.send

    def send(batch: Sequence[Any], *, deadline: float) -> list[SendResult]:
        results = []
        for one in batch:
            at = time.monotonic()
            if at >= deadline:
                results.append(SendResult(one.message_id, "unsent"))
                continue
            time.sleep(0.1)  # ten a second: sixty would take six seconds
            results += slow([one], deadline=deadline)
            begun_at.append(at)
            if len(begun_at) == 6:
                api.stop_batch(batch_id, by=INES, at=LATER)
                stopped.append(time.monotonic())
        return results

    monkeypatch.setattr(connected, "send", send)
    assert send_marketing(at=LATER) == 60
    assert max(begun_at) - stopped[0] < 1
    assert statuses() == {"sent": len(begun_at), "dropped": 60 - len(begun_at)}
    dropped = Message.objects.filter(status="dropped")[0]
    assert dropped.status_words.startswith("“Autumn teas” was stopped by")
    assert HandOver.all_stores.count() == 0


def test_what_a_stopped_batch_has_left_is_dropped_in_sets(
    connected: Outbox, source: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "CHUNK", 4)
    batch_id = campaign(10)
    api.stop_batch(batch_id, by=INES, at=LATER)
    assert send_marketing(at=LATER) == 0
    assert [stopping.settle_stopped(at=LATER) for _ in range(4)] == [4, 4, 2, 0]
    assert statuses() == {"dropped": 10}
    names = list(OutboxEvent.objects.values_list("name", flat=True))
    assert names.count("messaging.message_dropped") == 10


def test_a_campaign_in_front_of_the_door_holds_up_no_confirmation(
    connected: Outbox, source: list[Any]
) -> None:
    campaign(30)
    Message.objects.update(due_at=AT - timedelta(days=1))
    [order] = api.request_messages([confirmation(shopper())], by=SYSTEM, at=AT)
    assert send_awaited(at=LATER) == 1
    assert [mail.message_id for mail in connected.sent] == [order.message_id]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        statement = claim._CLAIM.format(which=claim._AWAITED).partition("RETURNING")[0]
        values = {"at": LATER, "size": 50, "lease_until": LATER, "by": "x"}
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "message_due_awaited" in plan


def limited(per_second: int) -> SenderConnection:
    SenderConnection.objects.filter(channel="email").update(per_second=per_second)
    return SenderConnection.objects.get(channel="email")


def test_a_limit_per_second_is_kept_by_all_together(connected: Outbox, source: list[Any]) -> None:
    limited(5)
    campaign(30)
    sent = []
    at = LATER
    for _ in range(40):  # two seconds, two workers that look in every tenth
        sent += [send_marketing(at=at), send_marketing(at=at)]
        at += timedelta(seconds=0.1)
    assert sum(sent[:20]) <= 5 + 5  # a second's worth that was saved up, and the first second's
    assert 20 <= sum(sent) <= 5 + 4 * 5
    assert len(connected.sent) == sum(sent)


def test_what_is_awaited_goes_first_and_the_rest_gets_its_time(
    connected: Outbox, source: list[Any]
) -> None:
    row = limited(5)
    campaign(10)
    requests = [confirmation(shopper(), f"order:{n}") for n in range(14)]
    api.request_messages(requests, by=SYSTEM, at=AT)
    assert send_awaited(at=LATER) == 14
    assert len(connected.sent) == 10  # a second saved up, a second borrowed
    assert send_marketing(at=LATER) == 0
    waiting = Message.objects.filter(purpose="transactional", status="queued")
    due = sorted(waiting.values_list("due_at", flat=True))
    assert due == [LATER + timedelta(seconds=1) + n * pace.interval(row) for n in range(4)]
    assert send_awaited(at=LATER) == 0


def second_provider() -> Outbox:
    other = Outbox()
    ports.bind_provider(ports.Provider("other", "email", "Other", (), lambda s: other))
    api.connect_sender(
        channel=Channel.EMAIL,
        provider="other",
        from_address="hello@fern-and-kettle.example",
        name="Other",
        is_reserve=True,
        by=INES,
        at=AT,
    )
    return other


def answering(outcome: Outcome) -> Any:
    return lambda message: SendResult(message.message_id, outcome, words="421 not now")


def test_the_second_provider_steps_in_and_the_first_comes_back(connected: Outbox) -> None:
    other = second_provider()
    try:
        requests = [confirmation(shopper(), f"order:{n}") for n in range(ways.FAILURES)]
        api.request_messages(requests, by=SYSTEM, at=AT)
        connected.answer = answering("retry")
        send_awaited(at=LATER)
        assert SenderState.objects.get().resting_until == LATER + ways.RESTS[0]
        assert send_awaited(at=LATER) == ways.FAILURES  # at once, over the other
        assert len(other.sent) == ways.FAILURES
        words = set(Message.objects.values_list("status_words", flat=True))
        assert words == {"Sent through Other, because Outbox did not work at the time."}
        first = next(s for s in api.list_senders() if s.provider == "outbox")
        assert first.resting_until == LATER + ways.RESTS[0]
        assert first.trouble == "421 not now"

        awake = LATER + ways.RESTS[0]
        api.request_messages([confirmation(shopper(), "again")], by=SYSTEM, at=awake)
        send_awaited(at=awake)  # still down: one failure is enough, and the rest is longer
        assert SenderState.objects.get().resting_until == awake + ways.RESTS[1]
        send_awaited(at=awake)
        assert len(other.sent) == ways.FAILURES + 1

        connected.answer = None
        awake += ways.RESTS[1]
        api.request_messages([confirmation(shopper(), "well")], by=SYSTEM, at=awake)
        send_awaited(at=awake)
        assert len(connected.sent) == 1
        state = SenderState.objects.get()
        assert (state.failures, state.resting_until, state.rests) == (0, None, 0)
    finally:
        ports._providers.pop(("email", "other"))


def test_one_greylisted_recipient_is_no_outage(connected: Outbox) -> None:
    other = second_provider()
    try:
        requests = [confirmation(shopper(), f"order:{n}") for n in range(12)]
        api.request_messages(requests, by=SYSTEM, at=AT)
        tried: list[Any] = []

        def odd(message: Any) -> SendResult:
            tried.append(message)
            outcome: Outcome = "retry" if len(tried) % 2 else "accepted"
            return SendResult(message.message_id, outcome)

        connected.answer = odd
        send_awaited(at=LATER)
        assert not SenderState.objects.filter(resting_until__isnull=False).exists()
        assert other.sent == []
    finally:
        ports._providers.pop(("email", "other"))


def test_chunks_are_small() -> None:
    assert chunks.CHUNK <= 25
