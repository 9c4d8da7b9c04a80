"""WhatsApp and Messenger over real HTTP to a Graph API that keeps Meta's rules."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dev.fakes.meta_api import TOKEN, MetaApi, meta_api
from doorstep.connectors.meta import providers
from doorstep.connectors.meta.messenger import MessengerSender
from doorstep.connectors.meta.whatsapp import WhatsAppSender
from doorstep.kernel import clock
from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import Channel, SenderConnectionView
from doorstep.rooms.messaging.models import ChatContact, Message
from doorstep.rooms.messaging.ports import (
    ChatTemplate,
    MessageSender,
    OutgoingChat,
    Provider,
    SendResult,
    bind_provider,
    find_provider,
)
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.sending.way_out import forget_senders
from doorstep.rooms.messaging.tests.cast import (
    INES,
    NUMBER_ID,
    PAGE,
    PSID,
    SYSTEM,
    agree,
    confirmation,
    shopper,
    write_in,
)
from doorstep.rooms.stores.contracts import StoreInfo

SECRET = "0123456789abcdef" * 2
WHATSAPP = {"phone_number_id": NUMBER_ID, "token": TOKEN, "app_secret": SECRET}
MESSENGER = {"page_id": PAGE, "token": TOKEN, "app_secret": SECRET}
TOM = "+14155550123"
TEXTS = "order_confirmation = order_thanks@en_US | {{ order.number }} | {{ links.order }}"


@pytest.fixture
def meta(settings: Any) -> Iterator[MetaApi]:
    with meta_api() as running:
        settings.DOORSTEP_OUTBOUND_ALLOW = [urlsplit(running.url).netloc]
        yield running


def chat(to: str, **changes: Any) -> OutgoingChat:
    return OutgoingChat(new_id(), to, "Order 1042 is on its way.", **changes)


def send(sender: MessageSender, *batch: OutgoingChat) -> list[SendResult]:
    try:
        return sender.send(batch, deadline=time.monotonic() + 30)
    finally:
        sender.close()


def test_free_text_goes_while_the_conversation_is_open(meta: MetaApi) -> None:
    meta.open.add(TOM.strip("+"))
    message = chat(TOM)
    [result] = send(WhatsAppSender(WHATSAPP, meta.url), message)
    assert (result.outcome, result.provider_message_id) == ("accepted", "wamid.1")
    [taken] = meta.taken
    assert taken["account"] == NUMBER_ID
    assert taken["to"] == "14155550123"
    assert taken["text"]["body"] == "Order 1042 is on its way."
    assert taken["biz_opaque_callback_data"] == str(message.message_id)


def test_an_approved_text_goes_at_any_time(meta: MetaApi) -> None:
    template = ChatTemplate("order_thanks", "de", ("1042", "https://shop.example/o/1"))
    [result] = send(WhatsAppSender(WHATSAPP, meta.url), chat(TOM, is_open=False, template=template))
    assert result.outcome == "accepted"
    [taken] = meta.taken
    assert taken["type"] == "template"
    assert taken["template"]["language"] == {"code": "de"}
    [body] = taken["template"]["components"]
    assert [value["text"] for value in body["parameters"]] == ["1042", "https://shop.example/o/1"]


def test_without_either_nothing_is_even_tried(meta: MetaApi) -> None:
    [result] = send(WhatsAppSender(WHATSAPP, meta.url), chat(TOM, is_open=False))
    assert result.outcome == "refused"
    assert "24 hours" in result.words
    assert meta.calls == 0


@pytest.mark.parametrize(
    ("ending", "outcome", "says"),
    [
        ("0190", "refused", "token is not valid"),
        ("1026", "bounced", "can't be reached on WhatsApp"),
        ("1047", "refused", "24 hours"),
        ("0429", "retry", "(130429)"),
        ("0007", "retry", "(80007)"),
        ("0500", "retry", "(131000)"),
        ("2001", "refused", "no approved text of this name"),
    ],
)
def test_metas_errors_on_whatsapp(meta: MetaApi, ending: str, outcome: str, says: str) -> None:
    [result] = send(WhatsAppSender(WHATSAPP, meta.url), chat(f"+1415555{ending}"))
    assert result.outcome == outcome
    assert says in result.words
    assert result.retry_after_seconds == (120.0 if ending == "0429" else 0.0)
    assert meta.calls == 1  # a POST that sends is never repeated by the client


@pytest.mark.parametrize(
    ("ending", "outcome", "says"),
    [
        ("8278", "refused", "24 hours"),
        ("8001", "bounced", "gone, or blocked"),
        ("0551", "bounced", "blocked the page"),
        ("0190", "refused", "token is not valid"),
    ],
)
def test_metas_errors_on_messenger(meta: MetaApi, ending: str, outcome: str, says: str) -> None:
    [result] = send(MessengerSender(MESSENGER, meta.url), chat(f"778899{ending}"))
    assert (result.outcome, says in result.words) == (outcome, True), result.words


def test_messenger_inside_and_after_the_24_hours(meta: MetaApi) -> None:
    meta.open.add(PSID)
    plain = MessengerSender(MESSENGER, meta.url)
    tagged = MessengerSender(MESSENGER | {"tag": "POST_PURCHASE_UPDATE"}, meta.url)
    [inside] = send(plain, chat(PSID))
    [late] = send(plain, chat(PSID, is_open=False, is_transactional=True))
    [news] = send(tagged, chat(PSID, is_open=False, is_transactional=True))
    [offer] = send(tagged, chat(PSID, is_open=False))
    outcomes = [inside.outcome, late.outcome, news.outcome, offer.outcome]
    assert outcomes == ["accepted", "refused", "accepted", "refused"]
    assert [one.get("messaging_type") for one in meta.taken] == ["UPDATE", "MESSAGE_TAG"]
    assert meta.taken[1]["tag"] == "POST_PURCHASE_UPDATE"


def test_a_peer_that_is_away_or_inside_the_firewall(meta: MetaApi, settings: Any) -> None:
    settings.DOORSTEP_OUTBOUND_ALLOW = ["127.0.0.1:9"]
    [away] = send(WhatsAppSender(WHATSAPP, "http://127.0.0.1:9"), chat(TOM))
    [inside] = send(WhatsAppSender(WHATSAPP, meta.url), chat(TOM))
    assert (away.outcome, inside.outcome) == ("retry", "refused")
    assert meta.calls == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"phone_number_id": "+49 30 123456"},
        {"token": ""},
        {"app_secret": "too short"},
        {"approved_texts": "parcel_shiped = text"},
        {"approved_texts": "order_confirmation = Text With Spaces"},
        {"approved_texts": "order_confirmation = thanks | {{ order.nmber }}"},
        {"approved_texts": "order_confirmation = a\norder_confirmation * = b"},
    ],
)
def test_settings_that_can_not_work_are_refused_with_a_reason(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        WhatsAppSender(WHATSAPP | changes)


# -- the whole way: gate, queue, sender ---------------------------------------------------------


def connect(channel: Channel, settings: dict[str, str], meta: MetaApi) -> SenderConnectionView:
    """Connect a provider whose Graph API is the test's."""
    providers.bind()
    forget_senders()
    spec = find_provider(channel, "meta")
    assert spec is not None
    build: Any = partial(spec.build, api=meta.url)
    bind_provider(
        Provider(spec.name, spec.channel, spec.label, spec.fields, build, spec.check, spec.reports)
    )
    return api.connect_sender(
        channel=channel, provider="meta", settings=settings, by=INES, at=clock.now()
    )


@pytest.fixture(autouse=True)
def _unbind() -> Iterator[None]:
    yield
    providers.bind()
    forget_senders()


def test_whatsapp_needs_an_opt_in(store: StoreInfo, meta: MetaApi) -> None:
    connect(Channel.WHATSAPP, WHATSAPP | {"approved_texts": TEXTS}, meta)
    person = shopper(phone=TOM, preferred_channel="whatsapp")
    [decided] = api.request_messages([confirmation(person)], by=SYSTEM, at=clock.now())
    assert (decided.channel, decided.reason) == ("email", "fallback_channel")
    assert "has not agreed to messages on WhatsApp" in decided.words


def test_outside_the_window_the_approved_text_goes(store: StoreInfo, meta: MetaApi) -> None:
    connect(Channel.WHATSAPP, WHATSAPP | {"approved_texts": TEXTS}, meta)
    person = shopper(phone=TOM, preferred_channel="whatsapp")
    agree(person, Channel.WHATSAPP)
    [decided] = api.request_messages([confirmation(person)], by=SYSTEM, at=clock.now())
    assert (decided.channel, decided.status) == ("whatsapp", "queued")
    send_due(at=clock.now() + timedelta(minutes=1))
    [taken] = meta.taken
    assert taken["template"]["name"] == "order_thanks"
    assert taken["template"]["language"] == {"code": "en_US"}
    row = Message.objects.get()
    assert (row.status, row.provider_message_id) == ("sent", "wamid.1")


def test_outside_the_window_without_one_the_gate_says_what_to_do(
    store: StoreInfo, meta: MetaApi
) -> None:
    connect(Channel.WHATSAPP, WHATSAPP, meta)
    person = shopper(phone=TOM, preferred_channel="whatsapp")
    agree(person, Channel.WHATSAPP)
    forced = confirmation(person, channel=Channel.WHATSAPP)
    [decided] = api.request_messages([forced], by=SYSTEM, at=clock.now())
    assert (decided.status, decided.reason) == ("dropped", "unusable_address")
    assert "Name one under Settings, Connections, WhatsApp" in decided.words


def test_inside_the_window_free_text_goes(store: StoreInfo, meta: MetaApi) -> None:
    connect(Channel.WHATSAPP, WHATSAPP, meta)
    meta.open.add(TOM.strip("+"))
    person = shopper(phone=TOM, preferred_channel="whatsapp")
    write_in(Channel.WHATSAPP, TOM, person, clock.now() - timedelta(hours=23))
    api.request_messages([confirmation(person)], by=SYSTEM, at=clock.now())
    send_due(at=clock.now() + timedelta(minutes=1))
    [taken] = meta.taken
    assert "1042" in taken["text"]["body"] or "confirmed" in taken["text"]["body"]


def test_a_window_that_closes_while_a_message_waits(store: StoreInfo, meta: MetaApi) -> None:
    connect(Channel.WHATSAPP, WHATSAPP, meta)
    person = shopper(phone=TOM, preferred_channel="whatsapp")
    agree(person, Channel.WHATSAPP)
    write_in(Channel.WHATSAPP, TOM, person, clock.now() - timedelta(hours=23))
    api.request_messages([confirmation(person)], by=SYSTEM, at=clock.now())
    ChatContact.objects.update(
        first_inbound_at=clock.now() - timedelta(hours=25),
        last_inbound_at=clock.now() - timedelta(hours=25),
    )
    send_due(at=clock.now() + timedelta(minutes=1))
    row = Message.objects.get()
    assert row.status == "dropped"
    assert "24 hours" in row.status_words
    assert meta.calls == 0


def test_messenger_reaches_who_wrote_and_nobody_else(store: StoreInfo, meta: MetaApi) -> None:
    connect(Channel.MESSENGER, MESSENGER, meta)
    meta.open.add(PSID)
    maya, tom = shopper(), shopper("tom@example.com")
    write_in(Channel.MESSENGER, PSID, maya, clock.now())
    decided = api.request_messages(
        [
            confirmation(maya, "1", channel=Channel.MESSENGER),
            confirmation(tom, "2", channel=Channel.MESSENGER),
        ],
        by=SYSTEM,
        at=clock.now(),
    )
    assert [one.status for one in decided] == ["queued", "dropped"]
    assert "has not written to the store on Messenger" in decided[1].words
    send_due(at=clock.now() + timedelta(minutes=1))
    assert [one["recipient"]["id"] for one in meta.taken] == [PSID]


def test_a_number_that_is_not_on_whatsapp_is_not_tried_again(
    store: StoreInfo, meta: MetaApi
) -> None:
    connect(Channel.WHATSAPP, WHATSAPP | {"approved_texts": TEXTS}, meta)
    person = shopper(phone="+14155551026", preferred_channel="whatsapp")
    agree(person, Channel.WHATSAPP)
    api.request_messages([confirmation(person)], by=SYSTEM, at=clock.now())
    send_due(at=clock.now() + timedelta(minutes=1))
    assert Message.objects.get().status == "bounced"
    [decided] = api.request_messages([confirmation(person, "next")], by=SYSTEM, at=clock.now())
    assert decided.channel == "email"
    assert meta.calls == 1


def test_a_set_costs_the_same_queries_however_many(store: StoreInfo, meta: MetaApi) -> None:
    connect(Channel.WHATSAPP, WHATSAPP | {"approved_texts": TEXTS}, meta)
    people = []
    for number in range(12):
        person = shopper(f"p{number}@example.com", phone=f"+1415555{2100 + number}")
        agree(person, Channel.WHATSAPP)
        people.append(person)

    def ask(ids: list[Any], cause: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            api.request_messages(
                [confirmation(p, f"{cause}:{p}", prefer=Channel.WHATSAPP) for p in ids],
                by=SYSTEM,
                at=clock.now(),
            )
        return len(queries)

    assert ask(people[:2], "few") == ask(people, "many")
