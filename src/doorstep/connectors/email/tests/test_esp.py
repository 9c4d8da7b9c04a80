"""Sending through django-anymail, against a provider's API on the loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dev.fakes.provider_api import Fake, provider_api
from doorstep.connectors.email.esp import METADATA_KEY, EspSender
from doorstep.connectors.email.providers import PROVIDERS
from doorstep.connectors.email.tests.test_mime import MAIL
from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.ports import OutgoingEmail, SendResult


@pytest.fixture
def fake() -> Iterator[Fake]:
    with provider_api() as running:
        yield running


@pytest.fixture
def sender(fake: Fake) -> Iterator[EspSender]:
    made = EspSender("postmark", {"server_token": "token", "api_url": fake.url})
    yield made
    made.close()


def send(sender: EspSender, *to: str, **changes: str) -> list[SendResult]:
    mails: list[OutgoingEmail] = [
        replace(MAIL, message_id=new_id(), to_address=address, **changes)  # type: ignore[arg-type]
        for address in to
    ]
    return sender.send(mails, deadline=time.monotonic() + 30)


def test_a_mail_reaches_the_provider_with_all_it_needs(fake: Fake, sender: EspSender) -> None:
    [result] = send(sender, "maya@example.com")
    assert (result.outcome, result.provider_message_id) == ("accepted", "pm-1")
    [request] = fake.requests
    mail = request["body"]
    assert mail["Subject"] == MAIL.subject
    assert mail["HtmlBody"] == MAIL.html
    assert mail["TextBody"] == MAIL.text
    assert "hello@fern-and-kettle.example" in mail["From"]
    assert mail["Metadata"][METADATA_KEY] == str(result.message_id)
    headers = {header["Name"]: header["Value"] for header in mail["Headers"]}
    assert headers["Message-ID"] == MAIL.rfc_message_id
    assert headers["List-Unsubscribe"] == MAIL.headers[0][1]


def test_answers_are_told_apart(fake: Fake, sender: EspSender) -> None:
    results = send(sender, "nobody@example.com", "busy@example.com", "maya@example.com")
    assert [r.outcome for r in results] == ["refused", "retry", "accepted"]


def test_a_wrong_key_is_refused_with_the_providers_words(fake: Fake) -> None:
    sender = EspSender("postmark", {"server_token": "wrong", "api_url": fake.url})
    [result] = send(sender, "maya@example.com")
    sender.close()
    assert result.outcome == "refused"
    assert "Bad or missing Server API token" in result.words


def test_no_provider_there_is_a_retry() -> None:
    sender = EspSender("postmark", {"server_token": "token", "api_url": "http://127.0.0.1:1/"})
    [result] = send(sender, "maya@example.com")
    sender.close()
    assert result.outcome == "retry"


def test_an_injected_header_never_reaches_the_provider(fake: Fake, sender: EspSender) -> None:
    [result] = send(sender, "maya@example.com", to_name="Maya\r\nBcc: all@example.com")
    assert result.outcome == "refused"
    assert fake.requests == []


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_provider_can_be_built_from_its_own_form(provider) -> None:  # type: ignore[no-untyped-def]
    settings = {
        field.name: field.default or (field.choices[0] if field.choices else "value")
        for field in provider.fields
    }
    settings |= {"host": "mail.example.com", "port": ""} if "host" in settings else {}
    if provider.name == "amazon_ses":
        settings["region"] = "eu-central-1"
    if provider.check:
        provider.check(settings)
    provider.build(settings).close()
