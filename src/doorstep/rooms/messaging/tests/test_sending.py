"""The sender: claims, leases, retries, crashes, templates that fail, and what is recorded."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from doorstep.kernel.errors import Conflict
from doorstep.kernel.models import OutboxEvent, WorkerHeartbeat
from doorstep.kernel.worker import this_worker
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import Channel, DeliveryReport, Purpose
from doorstep.rooms.messaging.models import Message, MessageContent, SenderConnection
from doorstep.rooms.messaging.ports import Outcome, SendResult
from doorstep.rooms.messaging.rules.backoff import DELAYS
from doorstep.rooms.messaging.sending import claim
from doorstep.rooms.messaging.sending.send_due import MAX_LOST_LEASES, send_due
from doorstep.rooms.messaging.tests.cast import AT, INES, MIA, SYSTEM, Outbox, confirmation, shopper

LATER = AT + timedelta(minutes=1)


def queue(count: int = 1, **changes: Any) -> list[UUID]:
    person = shopper()
    requests = [confirmation(person, f"cause:{n}", **changes) for n in range(count)]
    return [d.message_id for d in api.request_messages(requests, by=SYSTEM, at=AT)]


def answering(outcome: Outcome, words: str = "") -> Any:
    return lambda message: SendResult(message.message_id, outcome, words=words)


def event_names() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("name", flat=True))


def test_what_was_sent_is_kept_as_it_was_sent(connected: Outbox) -> None:
    [message_id] = queue()
    assert send_due(at=LATER) == 1
    [mail] = connected.sent
    assert mail.from_address == "hello@fern-and-kettle.example"
    assert mail.reply_to == "help@fern-and-kettle.example"
    assert mail.to_address == "maya@example.com"
    assert mail.rfc_message_id == f"<{message_id}@fern-and-kettle.example>"
    shown = api.get_message(message_id, at=LATER)
    assert (shown.subject_line, shown.html, shown.text) == (
        mail.subject,
        mail.whole_html(),
        mail.text,
    )
    assert shown.rendered_at_send
    assert shown.summary.status == "sent"
    assert shown.summary.sent_at == LATER
    assert event_names()[-1] == "messaging.message_sent"
    assert send_due(at=LATER) == 0


def test_a_line_break_in_a_name_costs_no_mail(connected: Outbox) -> None:
    queue(name="Eve\r\nBcc: all@example.com\u2028Doe")
    send_due(at=LATER)
    assert connected.sent[0].to_name == "Eve Bcc: all@example.com Doe"


def test_transactional_mail_has_no_unsubscribe_and_service_mail_has_one_click(
    connected: Outbox,
) -> None:
    queue()
    person = shopper()
    request = confirmation(person, "care-tips", purpose=Purpose.SERVICE)
    api.request_messages([request], by=SYSTEM, at=AT)
    send_due(at=LATER)
    transactional, service = (dict(mail.headers) for mail in connected.sent)
    assert transactional == {"Auto-Submitted": "auto-generated"}
    assert service["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert service["List-Unsubscribe"].startswith("<http")
    token = service["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    api.unsubscribe(token, source="one_click", at=LATER)
    assert dict(api.get_preferences(token).allowed) == {"service": False, "marketing": False}


def test_the_gate_is_asked_again_before_sending(connected: Outbox) -> None:
    [message_id] = queue()
    api.suppress_address(channel=Channel.EMAIL, address="MAYA@example.com", by=INES, at=AT)
    send_due(at=LATER)
    assert connected.sent == []
    first, second = api.explain(message_id)
    assert (first.outcome, second.outcome) == ("send", "drop")
    assert (second.stage, second.reason) == ("send", "suppressed_manual")
    assert Message.objects.get().status == "dropped"
    assert event_names()[-1] == "messaging.message_dropped"


def test_a_transient_failure_is_tried_again_later_and_given_up_in_the_end(
    connected: Outbox,
) -> None:
    queue()
    connected.answer = answering("retry", "451 try later")
    at = AT
    for delay in DELAYS:
        assert send_due(at=at) == 1
        row = Message.objects.get()
        assert (row.status, row.due_at) == ("queued", at + delay)
        assert send_due(at=at) == 0
        at += delay
    assert send_due(at=at) == 1
    row = Message.objects.get()
    assert (row.status, row.due_at) == ("failed", None)
    assert "451 try later" in row.status_words
    assert event_names()[-1] == "messaging.message_failed"


def test_a_dead_address_is_suppressed(connected: Outbox) -> None:
    queue()
    connected.answer = answering("bounced", "550 5.1.1 no such user")
    send_due(at=LATER)
    assert Message.objects.get().status == "bounced"
    [suppression] = api.list_suppressions()
    assert (suppression.address, suppression.reason) == ("maya@example.com", "hard_bounce")
    [decided] = api.request_messages([confirmation(shopper(), "next")], by=SYSTEM, at=LATER)
    assert decided.reason == "suppressed_hard_bounce"


def test_a_refusal_fails_and_can_be_retried(connected: Outbox) -> None:
    [message_id] = queue()
    connected.answer = answering("refused", "535 wrong password")
    send_due(at=LATER)
    assert Message.objects.get().status == "failed"
    connected.answer = None
    api.retry_message(message_id=message_id, by=INES, at=LATER)
    send_due(at=LATER)
    [mail] = connected.sent
    assert mail.rfc_message_id == f"<{message_id}@fern-and-kettle.example>"
    with pytest.raises(Conflict):
        api.retry_message(message_id=message_id, by=INES, at=LATER)


def test_what_time_did_not_allow_costs_no_attempt(connected: Outbox) -> None:
    queue()
    connected.answer = answering("unsent")
    send_due(at=LATER)
    row = Message.objects.get()
    assert (row.status, row.due_at, row.failures) == ("queued", LATER, 0)


def test_a_template_that_fails_parks_only_its_messages(connected: Outbox) -> None:
    source = {"subject": "Order", "body": _mjml("{{ order.lines[0].unit_price | money }}")}
    api.publish_version(
        kind="order_confirmation", channel=Channel.EMAIL, locale="de", source=source, by=MIA, at=AT
    )
    good = confirmation(shopper(), "good")
    context = dict(good.context)
    context["order"] = context["order"] | {"lines": [{"unit_price": "not money"}]}
    bad = confirmation(shopper(), "bad", locale="de", context=context)
    good_id, bad_id = (d.message_id for d in api.request_messages([good, bad], by=SYSTEM, at=AT))
    send_due(at=LATER)
    assert [m.message_id for m in connected.sent] == [good_id]
    failed = Message.objects.get(id=bad_id)
    assert failed.status == "failed"
    assert "line" in failed.status_words
    mended = {"subject": "Order", "body": _mjml("Thank you")}
    api.publish_version(
        kind="order_confirmation", channel=Channel.EMAIL, locale="de", source=mended, by=MIA, at=AT
    )
    api.retry_message(message_id=bad_id, by=INES, at=LATER)
    send_due(at=LATER)
    assert connected.sent[-1].message_id == bad_id
    assert Message.objects.get(id=bad_id).template_version_id is not None


def _mjml(content: str) -> str:
    return (
        "<mjml><mj-body><mj-section><mj-column>\n"
        f"<mj-text>{content}</mj-text>\n"
        "</mj-column></mj-section></mj-body></mjml>"
    )


def test_a_connector_that_breaks_loses_nothing(connected: Outbox) -> None:
    def explode(message: Any) -> SendResult:
        raise RuntimeError("a fault in the connector")

    queue(3)
    connected.answer = explode
    send_due(at=LATER)
    assert {m.status for m in Message.objects.all()} == {"queued"}
    connected.answer = None
    send_due(at=LATER + timedelta(hours=1))
    assert len(connected.sent) == 3


def test_what_a_provider_says_is_made_fit_for_the_database(connected: Outbox) -> None:
    """Otherwise nothing of the set is recorded, and all of it is sent again."""
    queue(2)

    def odd(message: Any) -> SendResult:
        outcome: Outcome = "accepted" if not connected.sent else "refused"
        return SendResult(message.message_id, outcome, "id\x00\udc81", "550 no\x00\udc81")

    connected.answer = odd
    assert send_due(at=LATER) == 2
    assert {m.status: m.status_words for m in Message.objects.all()}["failed"] == "550 no?"
    assert Message.objects.get(status="sent").provider_message_id == "id?"


@pytest.mark.django_db(transaction=True)
def test_what_was_sent_is_recorded_though_the_database_refuses_at_first(
    connected: Outbox,
) -> None:
    [message_id] = queue()
    locked, threads = threading.Event(), []

    def hold() -> None:
        with transaction.atomic():
            Message.all_stores.select_for_update().get(id=message_id)
            locked.set()
            time.sleep(0.5)
        connection.close()

    def send(message: Any) -> SendResult:
        threads.append(threading.Thread(target=hold))
        threads[0].start()
        assert locked.wait(5)
        return SendResult(message.message_id, "accepted")

    connected.answer = send
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        send_due(at=LATER)
    finally:
        threads[0].join()
        connection.close()  # with its lock_timeout
    assert Message.objects.get().status == "sent"


def test_an_old_report_says_nothing_about_sending_again(connected: Outbox) -> None:
    [message_id] = queue()
    send_due(at=LATER)
    report = DeliveryReport(
        kind="bounced",
        recipient="maya@example.com",
        provider_message_id="",
        occurred_at=None,
        raw={},
        doorstep_message_id=message_id,
        description="Mailbox full",
        is_permanent=False,
    )
    sender = SenderConnection.objects.get(channel="email").id
    api.record_deliveries([report], connection_id=sender, by=SYSTEM, at=LATER)
    assert Message.objects.get().status == "bounced"
    hour_later = LATER + timedelta(hours=1)
    api.retry_message(message_id=message_id, by=INES, at=hour_later)
    send_due(at=hour_later)
    assert Message.objects.get().status == "sent"
    again = replace(report, raw={"attempt": 2})
    api.record_deliveries([again], connection_id=sender, by=SYSTEM, at=hour_later)
    assert Message.objects.get().status == "bounced"


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_take_the_same_message(connected: Outbox) -> None:
    queue(120)
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        while send_due(at=LATER, size=10):
            pass
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [mail.message_id for mail in connected.sent]
    assert len(ids) == len(set(ids)) == 120
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}


def test_a_lost_lease_is_taken_over_with_the_same_message_id(connected: Outbox) -> None:
    queue()
    [taken] = claim.claim_due(at=LATER)  # and its sender is never heard of again
    assert send_due(at=LATER + claim.LEASE / 2) == 0
    assert send_due(at=LATER + claim.LEASE) == 1
    [mail] = connected.sent
    assert mail.rfc_message_id == taken.message_id_header
    assert Message.objects.get().lost_leases == 1


def test_who_comes_back_after_the_lease_records_nothing(connected: Outbox) -> None:
    from doorstep.rooms.messaging.sending import outcomes

    queue()
    [slow] = claim.claim_due(at=LATER)
    assert send_due(at=LATER + claim.LEASE) == 1
    sent_at = Message.objects.get().sent_at
    late = outcomes.from_result(slow, SendResult(slow.id, "refused"), at=LATER)
    assert outcomes.record_outcomes(slow.store_id, [late], at=LATER) == 0
    row = Message.objects.get()
    assert (row.status, row.sent_at) == ("sent", sent_at)


def test_a_message_that_kills_its_sender_is_set_aside(connected: Outbox) -> None:
    queue()
    at = LATER
    for _ in range(MAX_LOST_LEASES):
        claim.claim_due(at=at)
        at += claim.LEASE
    send_due(at=at)
    assert connected.sent == []
    row = Message.objects.get()
    assert row.status == "failed"
    assert "stopped" in row.status_words


def test_without_a_provider_mail_stays_in_the_mailbox(store: Any) -> None:
    queue()
    send_due(at=LATER)
    [kept] = api.list_messages(provider="mailbox").items
    assert kept.status == "sent"
    assert MessageContent.objects.count() == 1


def test_sms_goes_out_as_text(connected: Outbox) -> None:
    person = shopper(phone="+4915112345678", preferred_channel="sms")
    api.request_messages([confirmation(person)], by=SYSTEM, at=AT)
    send_due(at=LATER)
    [sms] = connected.sent
    assert (sms.to_number, sms.sender) == ("+4915112345678", "+4930123456")
    assert "1042" in sms.text


def test_what_a_dead_worker_held_is_sent_without_waiting_for_the_lease(connected: Outbox) -> None:
    queue()
    [held] = claim.claim_due(at=LATER)
    assert held.claimed_by == this_worker()
    WorkerHeartbeat.objects.create(worker_id=this_worker(), at=LATER)
    assert claim.release_claims_of_the_dead(at=LATER + claim.DEAD_AFTER / 2) == 0
    assert send_due(at=LATER + claim.DEAD_AFTER / 2) == 0

    silent = LATER + claim.DEAD_AFTER
    assert claim.release_claims_of_the_dead(at=silent) == 1
    assert send_due(at=silent) == 1
    assert connected.sent[0].rfc_message_id == held.message_id_header
