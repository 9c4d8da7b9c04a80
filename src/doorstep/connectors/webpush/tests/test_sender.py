"""Notifications over real HTTP to a push service that checks the token and decrypts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from dev.fakes.push_service import Browser, PushService, push_service
from doorstep.connectors.webpush import providers
from doorstep.connectors.webpush.encryption import MAX_PLAIN_BYTES
from doorstep.connectors.webpush.sender import WebPushSender, payload_of
from doorstep.connectors.webpush.vapid import PRIVATE, PUBLIC, generate_keys
from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import (
    Channel,
    DeviceKeys,
    Purpose,
    SenderConnectionView,
)
from doorstep.rooms.messaging.models import (
    Message,
    MessageContent,
    PushSubscription,
    SenderConnection,
)
from doorstep.rooms.messaging.ports import OutgoingPush, PushDevice, SendResult
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, agree, confirmation, shopper
from doorstep.rooms.stores.contracts import StoreInfo

CONTACT = {"contact": "ines@fern-and-kettle.example"}


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    with push_service() as running:
        settings.DOORSTEP_OUTBOUND_ALLOW = [urlsplit(running.url).netloc]
        yield running


def push_to(*browsers: Browser, **changes: Any) -> OutgoingPush:
    devices = tuple(PushDevice(new_id(), b.endpoint, **b.keys) for b in browsers)
    message_id = new_id()
    values: dict[str, Any] = {
        "message_id": message_id, "recipient": "maya", "about": "order:1",
        "title": "Fern & Kettle", "body": "Order 1042 is on its way.",
        "url": "https://shop.example/o/1", "icon": "https://shop.example/logo.png",
        "ttl_seconds": 3600, "urgency": "high", "topic": message_id.hex, "devices": devices,
    }  # fmt: skip
    return OutgoingPush(**values | changes)


def send(*batch: OutgoingPush, keys: dict[str, str] | None = None) -> list[SendResult]:
    sender = WebPushSender(CONTACT | (keys or generate_keys()))
    try:
        return sender.send(batch, deadline=time.monotonic() + 30)
    finally:
        sender.close()


def test_a_notification_arrives_encrypted_and_signed_by_the_store(service: PushService) -> None:
    maya, keys = service.browser("maya"), generate_keys()
    push = push_to(maya)
    [result] = send(push, keys=keys)
    assert result.outcome == "accepted"
    [got] = maya.got
    assert got["news"] == {
        "title": "Fern & Kettle",
        "body": "Order 1042 is on its way.",
        "url": "https://shop.example/o/1",
        "icon": "https://shop.example/logo.png",
        "tag": push.message_id.hex,
    }
    assert got["claims"]["k"] == keys[PUBLIC]
    assert got["claims"]["sub"] == "mailto:ines@fern-and-kettle.example"
    headers = got["headers"]
    assert (headers["TTL"], headers["Urgency"]) == ("3600", "high")
    assert headers["Topic"] == push.message_id.hex
    assert service.refused == []


def test_every_device_gets_it_once_and_one_is_enough(service: PushService) -> None:
    phone, laptop, old = (service.browser(name) for name in ("phone", "laptop", "old"))
    laptop.answer, old.answer = (503, {}), (410, {})
    push = push_to(phone, laptop, old)
    [result] = send(push)
    assert result.outcome == "accepted"
    assert len(phone.got) == 1
    assert result.gone == (push.devices[2].id,)


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_named(service: PushService, status: int) -> None:
    maya = service.browser("maya")
    maya.answer = status, {}
    push = push_to(maya)
    [result] = send(push)
    assert (result.outcome, result.gone) == ("refused", (push.devices[0].id,))


def test_a_busy_service_says_how_long_to_wait(service: PushService) -> None:
    maya = service.browser("maya")
    maya.answer = 429, {"Retry-After": "90"}
    [result] = send(push_to(maya))
    assert (result.outcome, result.retry_after_seconds) == ("retry", 90.0)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0, "uncertain"), (500, "uncertain"), (502, "uncertain"), (504, "uncertain"),
        (503, "retry"), (413, "refused"), (400, "refused"),
    ],
)  # fmt: skip
def test_other_answers(service: PushService, status: int, outcome: str) -> None:
    maya = service.browser("maya")
    maya.answer = status, {}
    [result] = send(push_to(maya))
    assert result.outcome == outcome
    assert result.words.endswith((".", "reason"))
    assert result.gone == ()


def test_one_device_that_may_have_it_makes_all_uncertain_but_one_that_has_it_is_enough(
    service: PushService,
) -> None:
    maya, tablet, phone = (
        service.browser("maya"),
        service.browser("tablet"),
        service.browser("phone"),
    )
    maya.answer, tablet.answer = (0, {}), (429, {"Retry-After": "60"})
    [result] = send(push_to(maya, tablet))
    assert (result.outcome, result.retry_after_seconds) == ("uncertain", 60.0)
    [result] = send(push_to(maya, tablet, phone))
    assert result.outcome == "accepted"


def test_nobody_there_is_tried_again(settings: Any) -> None:
    settings.DOORSTEP_OUTBOUND_ALLOW = ["127.0.0.1:9"]
    [result] = send(push_to(Browser("maya", "http://127.0.0.1:9/push/maya")))
    assert result.outcome == "retry"


def test_an_address_inside_the_firewall_is_never_called(
    service: PushService, settings: Any
) -> None:
    settings.DOORSTEP_OUTBOUND_ALLOW = []
    maya = service.browser("maya")
    [result] = send(push_to(maya))
    assert result.outcome == "refused"
    assert maya.got == []


def test_what_is_not_begun_in_time_stays(service: PushService) -> None:
    sender = WebPushSender(CONTACT | generate_keys())
    [result] = sender.send([push_to(service.browser("maya"))], deadline=time.monotonic() - 1)
    sender.close()
    assert result.outcome == "unsent"


def test_a_long_text_is_cut_until_it_fits(service: PushService) -> None:
    maya = service.browser("maya")
    push = push_to(maya, body="Ä" * 5000, url="https://shop.example/" + "x" * 900)
    assert len(payload_of(push)) <= MAX_PLAIN_BYTES
    [result] = send(push)
    assert result.outcome == "accepted"
    assert maya.got[0]["news"]["body"].endswith("…")


# -- the whole way: order, gate, queue, sender, device -----------------------------------------


@pytest.fixture
def push(store: StoreInfo) -> SenderConnectionView:
    providers.bind()
    return api.connect_sender(
        channel=Channel.PUSH, provider="webpush", settings=dict(CONTACT), by=INES, at=AT
    )


def turn_on(person: UUID, browser: Browser, subject: str = "order:1") -> UUID:
    view = api.turn_on_device(
        DeviceKeys(browser.endpoint, **browser.keys),
        customer_id=person,
        subject=subject,
        user_agent="Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
        proof={"words": "Tell me on this device"},
        by=SYSTEM,
        at=AT,
    )
    return view.id


def test_the_keys_are_made_once_encrypted_and_never_shown(push: SenderConnectionView) -> None:
    row = SenderConnection.objects.get()
    public, private = row.settings[PUBLIC], row.settings[PRIVATE]
    assert api.push_key() == public
    again = api.connect_sender(
        channel=Channel.PUSH, provider="webpush", settings={"contact": "mia@fern.example"},
        by=INES, at=AT,
    )  # fmt: skip
    assert api.push_key() == public
    assert private not in repr(again)
    stored = SenderConnection.objects.extra(select={"raw": "settings"}).values_list("raw")
    assert private not in str(list(stored))


def test_an_order_is_told_on_the_device(push: SenderConnectionView, service: PushService) -> None:
    person, phone = shopper(), service.browser("phone")
    turn_on(person, phone)
    [decided] = api.request_messages([confirmation(person, prefer=Channel.PUSH)], by=SYSTEM, at=AT)
    assert (decided.channel, decided.status) == ("push", "queued")
    assert send_due(at=AT + timedelta(minutes=1)) == 1
    [got] = phone.got
    assert got["news"]["title"] == "Fern & Kettle"
    assert got["news"]["url"].startswith("https://")
    assert "http" not in got["news"]["body"]
    row = Message.objects.get()
    assert (row.status, row.provider) == ("sent", "webpush")
    assert MessageContent.objects.get().subject_line == "Fern & Kettle"
    [consent] = api.list_consents(person)
    assert (consent.channel, consent.purpose, consent.state) == ("push", "service", "granted")


def test_a_device_that_is_gone_ends_and_the_next_news_come_by_mail(
    push: SenderConnectionView, service: PushService
) -> None:
    person, phone = shopper(), service.browser("phone")
    turn_on(person, phone)
    phone.answer = 410, {}
    api.request_messages([confirmation(person, prefer=Channel.PUSH)], by=SYSTEM, at=AT)
    send_due(at=AT + timedelta(minutes=1))
    assert Message.objects.get().status == "failed"
    assert PushSubscription.objects.get().ended_because
    assert api.list_devices(person) == []
    [decided] = api.request_messages(
        [confirmation(person, "next", prefer=Channel.PUSH)], by=SYSTEM, at=AT
    )
    assert (decided.channel, decided.reason) == ("email", "fallback_channel")
    assert api.list_suppressions() == []


def test_a_busy_push_service_is_asked_again_not_sooner_than_it_said(
    push: SenderConnectionView, service: PushService
) -> None:
    person, phone = shopper(), service.browser("phone")
    turn_on(person, phone)
    phone.answer = 429, {"Retry-After": "7200"}
    api.request_messages([confirmation(person, channel=Channel.PUSH)], by=SYSTEM, at=AT)
    at = AT + timedelta(minutes=1)
    send_due(at=at)
    row = Message.objects.get()
    assert (row.status, row.due_at) == ("queued", at + timedelta(hours=2))
    phone.answer = 201, {}
    assert send_due(at=at + timedelta(hours=1)) == 0
    assert send_due(at=at + timedelta(hours=2)) == 1
    assert len(phone.got) == 1


@pytest.mark.parametrize(
    ("purpose", "status", "times"), [(Purpose.MARKETING, "failed", 1), (Purpose.SERVICE, "sent", 2)]
)
def test_what_a_device_may_have_is_repeated_only_where_it_is_awaited(
    push: SenderConnectionView, service: PushService, purpose: Purpose, status: str, times: int
) -> None:
    person, phone = shopper(), service.browser("phone")
    turn_on(person, phone)
    agree(person, Channel.PUSH, purpose)
    phone.answer = 0, {}
    asked = confirmation(person, channel=Channel.PUSH, purpose=purpose)
    api.request_messages([asked], by=SYSTEM, at=AT)
    send_due(at=AT + timedelta(minutes=1))
    assert len(phone.got) == 1
    phone.answer = 201, {}
    send_due(at=AT + timedelta(hours=6))
    assert len(phone.got) == times
    assert Message.objects.get().status == status


def test_a_device_hears_of_its_order_alone(
    push: SenderConnectionView, service: PushService
) -> None:
    person, phone, laptop = shopper(), service.browser("phone"), service.browser("laptop")
    turn_on(person, phone, "order:1")
    turn_on(person, laptop, "")
    turn_on(person, laptop, "order:1")
    two = [
        confirmation(person, "1", channel=Channel.PUSH),
        confirmation(person, "2", channel=Channel.PUSH, subject="order:2"),
    ]
    api.request_messages(two, by=SYSTEM, at=AT)
    assert send_due(at=AT + timedelta(minutes=1)) == 2
    assert (len(phone.got), len(laptop.got)) == (1, 2)
