"""Sending text messages, against Twilio's and Kannel's interfaces on the loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dev.fakes.provider_api import Fake, provider_api
from doorstep.connectors.sms import kannel, twilio
from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.ports import MessageSender, OutgoingSms, SendResult

ACCOUNT = {"account_sid": "AC" + "0" * 32, "auth_token": "secret"}


@pytest.fixture
def fake(settings: Any) -> Iterator[Fake]:
    with provider_api() as running:
        settings.DOORSTEP_OUTBOUND_ALLOW = [urlsplit(running.url).netloc]
        yield running


def send(
    sender: MessageSender, *to: str, text: str = "Your order is on its way"
) -> list[SendResult]:
    batch = [
        OutgoingSms(new_id(), "+4930123456", number, text, "https://shop.example/hooks/sms/x/1")
        for number in to
    ]
    try:
        return sender.send(batch, deadline=time.monotonic() + 30)
    finally:
        sender.close()


def test_twilio_takes_a_text(fake: Fake) -> None:
    [result] = send(twilio.TwilioSender(ACCOUNT, fake.url), "+4915112345678")
    assert result.outcome == "accepted"
    assert result.provider_message_id.startswith("SM")
    [request] = fake.requests
    assert request["path"] == f"/2010-04-01/Accounts/{ACCOUNT['account_sid']}/Messages.json"
    assert request["headers"]["Authorization"].startswith("Basic ")
    assert request["body"] == {
        "To": "+4915112345678",
        "From": "+4930123456",
        "Body": "Your order is on its way",
        "StatusCallback": "https://shop.example/hooks/sms/x/1",
    }


def test_twilio_answers_are_told_apart(fake: Fake) -> None:
    numbers = ["+155500000001", "+155500000002", "+155500000003", "+155500000004"]
    results = send(twilio.TwilioSender(ACCOUNT, fake.url), *numbers)
    assert [r.outcome for r in results] == ["bounced", "stopped", "retry", "refused"]


def test_twilio_not_there_is_a_retry(settings: Any) -> None:
    settings.DOORSTEP_OUTBOUND_ALLOW = ["127.0.0.1:1"]
    [result] = send(twilio.TwilioSender(ACCOUNT, "http://127.0.0.1:1"), "+4915112345678")
    assert result.outcome == "retry"


def gateway(fake: Fake, password: str = "secret") -> kannel.KannelSender:
    return kannel.KannelSender(
        {
            "url": f"{fake.url}/cgi-bin/sendsms",
            "username": "doorstep",
            "password": password,
            "hook_secret": "hush",
        }
    )


@pytest.mark.parametrize(("text", "coding"), [("Danke für alles", "0"), ("شكرا لك", "2")])
def test_kannel_takes_a_text_in_its_alphabet(fake: Fake, text: str, coding: str) -> None:
    [result] = send(gateway(fake), "+4915112345678", text=text)
    assert result.outcome == "accepted"
    query = fake.requests[0]["body"]
    assert (query["text"], query["coding"], query["charset"]) == (text, coding, "UTF-8")
    report = parse_qs(urlsplit(query["dlr-url"]).query)
    assert report["message"] == [str(result.message_id)]
    assert report["status"] == ["%d"]


def test_kannel_answers_are_told_apart(fake: Fake) -> None:
    assert [r.outcome for r in send(gateway(fake), "+4915199")] == ["retry"]
    [refused] = send(gateway(fake, "wrong"), "+4915112345678")
    assert refused.outcome == "refused"
    assert "Authorization failed" in refused.words


def test_a_gateway_on_the_inside_must_be_allowed_first(fake: Fake, settings: Any) -> None:
    settings.DOORSTEP_OUTBOUND_ALLOW = []
    [result] = send(gateway(fake), "+4915112345678")
    assert result.outcome == "refused"
    assert fake.requests == []


@pytest.mark.parametrize(
    ("check", "given"),
    [
        (twilio.check_settings, {"account_sid": "XX", "auth_token": "x"}),
        (twilio.check_settings, {"account_sid": ACCOUNT["account_sid"]}),
        (twilio.check_settings, ACCOUNT | {"messaging_service_sid": "nonsense"}),
        (kannel.check_settings, {"url": "gateway", "username": "a", "password": "b"}),
        (kannel.check_settings, {"url": "http://gateway:13013/cgi-bin/sendsms"}),
    ],
)
def test_settings_that_can_not_work_are_said(check: Any, given: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        check(given)
