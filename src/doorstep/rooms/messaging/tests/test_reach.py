"""Conversations, devices and approved texts: what the gate says about them, and what the tables hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dev.fakes.push_service import Browser
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.actions.erase_messages import erase_messages
from doorstep.rooms.messaging.contracts import Channel, DeviceKeys, Purpose
from doorstep.rooms.messaging.models import ChatContact, Message, PushSubscription
from doorstep.rooms.messaging.rules.approved_texts import (
    UnreadableLine,
    choose_approved,
    read_approved_texts,
)
from doorstep.rooms.messaging.rules.devices import agent_words
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.templating.errors import TemplateError
from doorstep.rooms.messaging.templating.push import PushSource, compile_push, render_push
from doorstep.rooms.messaging.templating.samples import sample_context
from doorstep.rooms.messaging.tests.cast import (
    AT,
    INES,
    PSID,
    SYSTEM,
    Outbox,
    agree,
    confirmation,
    reach_everywhere,
    shopper,
    subscribe,
    write_in,
)
from doorstep.rooms.stores.contracts import StoreInfo

TOM = "+14155550123"
CHATS = (Channel.WHATSAPP, Channel.MESSENGER, Channel.PUSH)


@pytest.fixture
def everywhere(store: StoreInfo, outbox: Outbox) -> Outbox:
    """A provider connected on every channel."""
    for channel in Channel:
        sender = {Channel.SMS: "+4930123456", Channel.EMAIL: "hello@fern.example"}
        api.connect_sender(
            channel=channel, provider="outbox", from_address=sender.get(channel, ""),
            by=INES, at=AT,
        )  # fmt: skip
    return outbox


# -- the gate -------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHATS)
def test_who_never_chose_a_channel_is_not_written_to_there(
    everywhere: Outbox, channel: Channel
) -> None:
    person = shopper(phone=TOM)
    [decided] = api.request_messages([confirmation(person)], by=SYSTEM, at=AT)
    assert decided.channel == "email"
    [trace] = api.explain(decided.message_id)
    assert {step.channel for step in trace.trace} == {"email"}


@pytest.mark.parametrize("channel", CHATS)
def test_a_preferred_channel_is_tried_first_and_falls_back(
    everywhere: Outbox, channel: Channel
) -> None:
    person = shopper(phone=TOM)
    [before] = api.request_messages([confirmation(person, "1", prefer=channel)], by=SYSTEM, at=AT)
    assert (before.channel, before.reason) == ("email", "fallback_channel")
    reach_everywhere(person)
    write_in(Channel.WHATSAPP, TOM, person)
    [after] = api.request_messages([confirmation(person, "2", prefer=channel)], by=SYSTEM, at=AT)
    assert after.channel == channel


def test_e_mail_costs_no_query_more(everywhere: Outbox) -> None:
    person = shopper(phone=TOM)
    reach_everywhere(person)
    with CaptureQueriesContext(connection) as queries:
        api.request_messages([confirmation(person)], by=SYSTEM, at=AT)
    assert not [q for q in queries if "chatcontact" in q["sql"] or "pushsub" in q["sql"]]


def test_marketing_by_notification_needs_its_own_yes(everywhere: Outbox) -> None:
    person = shopper()
    subscribe(person, "")
    asked = confirmation(person, "1", purpose=Purpose.MARKETING, channel=Channel.PUSH)
    [refused] = api.request_messages([asked], by=SYSTEM, at=AT)
    assert refused.reason == "consent_missing"
    agree(person, Channel.PUSH, Purpose.MARKETING)
    asked = confirmation(person, "2", purpose=Purpose.MARKETING, channel=Channel.PUSH)
    [allowed] = api.request_messages([asked], by=SYSTEM, at=AT)
    assert allowed.status in {"queued", "deferred"}


def test_a_tests_channel_needs_an_address(everywhere: Outbox) -> None:
    for channel in (Channel.MESSENGER, Channel.PUSH):
        with pytest.raises(Exception, match="e-mail, SMS or WhatsApp"):
            api.send_test(kind="order_confirmation", channel=channel, address=PSID, by=INES, at=AT)
    assert Message.objects.count() == 0


@pytest.mark.parametrize("channel", CHATS)
def test_every_kind_says_something_on_every_channel(everywhere: Outbox, channel: Channel) -> None:
    person = shopper(phone=TOM)
    reach_everywhere(person)
    write_in(Channel.WHATSAPP, TOM, person)
    kinds = ("order_confirmation", "parcel_shipped", "parcel_delivered", "order_refunded")
    requests = [
        confirmation(
            person, f"{kind}:{locale}", kind=kind, channel=channel, locale=locale,
            context=sample_context(kind, locale),
        )
        for kind in kinds
        for locale in ("en", "de", "fr", "es", "ar")
    ]  # fmt: skip
    api.request_messages(requests, by=SYSTEM, at=AT)
    send_due(at=AT + timedelta(minutes=1))
    assert len(everywhere.sent) == len(requests)
    assert all(
        "1042" in (getattr(m, "text", "") or getattr(m, "body", "")) for m in everywhere.sent
    )


# -- notifications' texts -------------------------------------------------------------------------


def test_a_text_message_is_taken_apart() -> None:
    source = PushSource(
        "order_confirmation",
        "{{ brand.name }}: order {{ order.number }} is paid.\n{{ links.order }}",
    )
    context = sample_context("order_confirmation", "en")
    shown = render_push(compile_push(source), context)
    assert shown.title == context["brand"]["name"]
    assert shown.body == "Order #1042 is paid."
    assert shown.url == context["links"]["order"]


def test_own_parts_go_first_and_an_address_is_one() -> None:
    parts = PushSource("order_confirmation", "Thanks!", "Hello", "https://fern.example/x")
    shown = render_push(compile_push(parts), sample_context("order_confirmation", "en"))
    assert (shown.title, shown.body, shown.url) == ("Hello", "Thanks!", "https://fern.example/x")
    wrong = PushSource("order_confirmation", "Thanks!", "Hello", "javascript:alert(1)")
    with pytest.raises(TemplateError, match="begins with https://"):
        render_push(compile_push(wrong), sample_context("order_confirmation", "en"))


def test_a_stores_own_text_message_serves_the_other_channels(everywhere: Outbox) -> None:
    api.publish_version(
        kind="order_confirmation", channel=Channel.SMS, source={"text": "Ta! {{ order.number }}"},
        by=INES, at=AT,
    )  # fmt: skip
    shown = api.preview("order_confirmation", Channel.PUSH, "en")
    assert shown.text == "Ta! #1042"
    api.publish_version(
        kind="order_confirmation", channel=Channel.PUSH,
        source={"title": "Paid", "text": "Thanks", "url": ""}, by=INES, at=AT,
    )  # fmt: skip
    shown = api.preview("order_confirmation", Channel.PUSH, "en")
    assert (shown.subject, shown.text) == ("Paid", "Thanks")
    assert api.preview("order_confirmation", Channel.WHATSAPP, "en").text == "Ta! #1042"


# -- approved texts -------------------------------------------------------------------------------


def test_approved_texts_are_read_line_by_line() -> None:
    texts = read_approved_texts(
        "parcel_shipped = shipped@en_US | {{ order.number }}\n\n"
        "parcel_shipped de-AT = versandt | {{ parcel.estimated_to_date | date: 'day' }} | x\n"
    )
    plain, austrian = texts["parcel_shipped", ""], texts["parcel_shipped", "de-at"]
    assert (plain.name, plain.language, plain.parameters) == (
        "shipped", "en_US", ("{{ order.number }}",),
    )  # fmt: skip
    assert (austrian.language, len(austrian.parameters)) == ("de_AT", 2)
    chosen = [
        choose_approved(texts, "parcel_shipped", locales)
        for locales in (("de-AT", "de", ""), ("fr", ""), ("de", ""))
    ]
    assert chosen == [austrian, plain, plain]
    assert choose_approved(texts, "parcel_lost", ("de", "")) is None


@pytest.mark.parametrize(
    "line", ["x", "= a", "a b c = d", "a = B", "a = b |", "a = b\na = c", "A = b", "a = b@english"]
)
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(UnreadableLine, match=r"Line \d"):
        read_approved_texts(line)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(listing: str) -> None:
    try:
        texts = read_approved_texts(listing)
    except UnreadableLine:
        return
    assert all(text.name for text in texts.values())


# -- the tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        lambda person: write_in(Channel.EMAIL, "maya@example.com"),
        lambda person: write_in(Channel.WHATSAPP, ""),
        lambda person: [write_in(Channel.WHATSAPP, TOM) for _ in range(2)],
        lambda person: ChatContact.objects.filter(id=write_in(Channel.WHATSAPP, TOM).id).update(
            last_inbound_at=AT - timedelta(days=1)
        ),
        lambda person: subscribe(person, endpoint=""),
        lambda person: [subscribe(person) for _ in range(2)],
        lambda person: subscribe(person, ended_at=AT),
        lambda person: subscribe(person, ended_because="gone"),
    ],
)
def test_bad_rows_are_refused(store: StoreInfo, bad: Callable[[UUID], Any]) -> None:
    person = shopper()
    with pytest.raises(IntegrityError), transaction.atomic():
        bad(person)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE messaging_message SET channel = 'pigeon'",
        "UPDATE messaging_consent SET channel = 'pigeon'",
    ],
)
def test_channels_that_are_none_are_still_refused(everywhere: Outbox, statement: str) -> None:
    person = shopper()
    agree(person, Channel.PUSH)
    api.request_messages([confirmation(person)], by=SYSTEM, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_another_store_reaches_nobody(
    store: StoreInfo, other_store: StoreInfo, outbox: Outbox
) -> None:
    person = shopper()
    subscribe(person, "")
    with store_scope(other_store.id):
        assert api.list_devices(person) == []
        assert PushSubscription.objects.count() == 0


def test_erasing_forgets_conversations_and_devices(store: StoreInfo) -> None:
    person = shopper(phone=TOM)
    reach_everywhere(person)
    erase_messages([person], at=AT)
    assert ChatContact.objects.count() == PushSubscription.objects.count() == 0


def test_a_browser_that_changes_hands_hears_of_its_new_owners_order_only(
    store: StoreInfo,
) -> None:
    maya, tom = shopper(), shopper("tom@example.com")
    browser = Browser("shared", "https://push.example/shared")
    for person in (maya, tom):
        turn_on(person, browser, "")
    assert api.list_devices(maya) == []
    assert len(api.list_devices(tom)) == 1


def turn_on(person: UUID, browser: Browser, subject: str) -> None:
    api.turn_on_device(
        DeviceKeys(browser.endpoint, **browser.keys), customer_id=person, subject=subject,
        user_agent="", proof={}, by=Actor("shopper", str(person), "Shopper"), at=AT,
    )  # fmt: skip


def test_a_link_that_is_passed_around_does_not_grow_without_end(store: StoreInfo) -> None:
    person = shopper()
    for number in range(23):
        turn_on(person, Browser("b", f"https://push.example/{number}"), "order:1")
    assert len(api.list_devices(person)) == 20


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_device(store: StoreInfo) -> None:
    person, browser = shopper(), Browser("b", "https://push.example/b")

    def tap(_: int) -> None:
        try:
            with store_scope(store.id):
                turn_on(person, browser, "order:1")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tap, range(8)))
    assert len(api.list_devices(person)) == 1


def test_browsers_have_names() -> None:
    chrome = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
    assert agent_words(chrome) == "Chrome on Android"
    assert agent_words("") == "Browser"
