"""What Twilio and Kannel call: delivery reports and people's answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from django.test import Client

from doorstep.connectors.sms import kannel_reports, providers, twilio_reports
from doorstep.connectors.sms.twilio import signature
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import (
    Channel,
    DeliveryReport,
    InboundSms,
    SenderConnectionView,
)
from doorstep.rooms.messaging.models import DeliveryEvent, Message
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, confirmation, shopper
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.urls("doorstep.connectors.sms.urls")
FOLDER = (
    Path(os.environ.get("DOORSTEP_FIXTURES", Path(__file__).parents[6] / "shared" / "fixtures"))
    / "messaging"
    / "sms"
)
TOKEN = "twilio-token"
TOM = "+14155550123"


@pytest.fixture(autouse=True)
def bound(settings: Any) -> None:
    providers.bind()
    settings.BASE_URL = "https://doorstep.example"


@pytest.fixture
def twilio(store: StoreInfo) -> SenderConnectionView:
    settings = {"account_sid": "AC" + "0" * 32, "auth_token": TOKEN}
    return api.connect_sender(
        channel=Channel.SMS,
        provider="twilio",
        settings=settings,
        from_address="+4930123456",
        by=INES,
        at=AT,
    )


@pytest.fixture
def message(twilio: SenderConnectionView) -> UUID:
    """A confirmation to Tom that Twilio has taken as ``SM1``."""
    person = shopper("tom@example.com", phone=TOM, preferred_channel="sms")
    [decided] = api.request_messages([confirmation(person)], by=SYSTEM, at=AT)
    Message.objects.update(
        status="sent", sent_at=AT, due_at=None, provider="twilio", provider_message_id="SM1"
    )
    return decided.message_id


def call(client: Client, to: SenderConnectionView, form: dict[str, str], token: str = TOKEN) -> Any:
    url = f"https://doorstep.example{to.hook_path}"
    given = signature(token, url, form)
    return client.post(to.hook_path, form, headers={"X-Twilio-Signature": given})


def text(body: str, sid: str = "SM9", **more: str) -> dict[str, str]:
    return {
        "From": TOM, "To": "+4930123456", "Body": body, "MessageSid": sid, "SmsStatus": "received",
    } | more  # fmt: skip


def test_twilios_own_example_has_this_signature() -> None:
    # https://www.twilio.com/docs/usage/security, with its sample token and URL
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_delivery_report_settles_the_message(
    client: Client, twilio: SenderConnectionView, message: UUID
) -> None:
    answer = call(client, twilio, {"MessageSid": "SM1", "MessageStatus": "delivered", "To": TOM})
    assert answer.status_code == 200
    assert Message.objects.get().status == "delivered"


def test_stop_ends_everything_at_once_with_one_confirmation(
    client: Client, twilio: SenderConnectionView, message: UUID
) -> None:
    first = call(client, twilio, text("please stop texting me"))
    assert "You are unsubscribed" in first.content.decode()
    again = call(client, twilio, text("STOP", "SM10"))
    assert "<Message>" not in again.content.decode()
    [suppression] = api.list_suppressions()
    assert (suppression.address, suppression.reason) == (TOM, "stop")
    row = Message.objects.get()
    assert {c.state for c in api.list_consents(row.customer_id)} == {"withdrawn"}  # type: ignore[arg-type]
    person = row.customer_id
    forced = confirmation(person, "next", channel=Channel.SMS)
    [decided] = api.request_messages([forced], by=SYSTEM, at=AT)
    assert decided.reason == "suppressed_stop"


def test_start_lifts_the_stop(client: Client, twilio: SenderConnectionView, message: UUID) -> None:
    call(client, twilio, text("STOP"))
    answer = call(client, twilio, text("UNSTOP", "SM10"))
    assert "again" in answer.content.decode()
    assert api.list_suppressions() == []


def test_help_answers(client: Client, twilio: SenderConnectionView, message: UUID) -> None:
    answer = call(client, twilio, text("HELP"))
    assert "Fern &amp; Kettle" in answer.content.decode()
    assert "Reply STOP" in answer.content.decode()


def test_what_twilio_answered_itself_is_not_answered_twice(
    client: Client, twilio: SenderConnectionView, message: UUID
) -> None:
    answer = call(client, twilio, text("STOP", OptOutType="STOP"))
    assert "<Message>" not in answer.content.decode()
    assert [s.reason for s in api.list_suppressions()] == ["stop"]


def test_the_same_answer_delivered_twice_is_answered_once(
    client: Client, twilio: SenderConnectionView, message: UUID
) -> None:
    assert "<Message>" in call(client, twilio, text("STOP")).content.decode()
    assert "<Message>" not in call(client, twilio, text("STOP")).content.decode()
    assert DeliveryEvent.objects.count() == 1


def test_other_words_are_kept_for_a_human(
    client: Client, twilio: SenderConnectionView, message: UUID
) -> None:
    answer = call(client, twilio, text("When does it arrive?"))
    assert "<Message>" not in answer.content.decode()
    [kept] = api.list_unmatched_deliveries()
    assert (kept.kind, kept.description) == ("inbound", "When does it arrive?")
    assert api.list_suppressions() == []


def test_a_stop_that_twilio_reports_by_error_counts_too(
    client: Client, twilio: SenderConnectionView, message: UUID
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21610", "To": TOM}
    call(client, twilio, form)
    assert [s.reason for s in api.list_suppressions()] == ["stop"]


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_forged_call_does_nothing(
    client: Client, twilio: SenderConnectionView, message: UUID, token: str
) -> None:
    assert call(client, twilio, text("STOP"), token).status_code == 403
    assert client.post(twilio.hook_path, text("STOP")).status_code == 403
    assert DeliveryEvent.objects.count() == 0
    assert api.list_suppressions() == []


def test_kannel_reports_and_answers(client: Client, store: StoreInfo) -> None:
    to = api.connect_sender(
        channel=Channel.SMS,
        provider="kannel",
        settings={
            "url": "http://gateway.example:13013/cgi-bin/sendsms",
            "username": "doorstep",
            "password": "secret",
        },
        from_address="Fern",
        by=INES,
        at=AT,
    )
    person = shopper("tom@example.com", phone=TOM, preferred_channel="sms")
    [decided] = api.request_messages([confirmation(person)], by=SYSTEM, at=AT)
    Message.objects.update(status="sent", sent_at=AT, due_at=None, provider="kannel")
    query = {"message": str(decided.message_id), "status": "1", "token": to.hook_secret}
    assert client.get(to.hook_path, query | {"token": "guess"}).status_code == 403
    assert Message.objects.get().status == "sent"
    assert client.get(to.hook_path, query).status_code == 200
    assert Message.objects.get().status == "delivered"
    stop = {"from": TOM.strip("+"), "text": "Stop", "id": "7", "token": to.hook_secret}
    assert "unsubscribed" in client.get(to.hook_path, stop).content.decode()
    assert [s.address for s in api.list_suppressions()] == [TOM]
    assert to.hook_secret not in str(DeliveryEvent.objects.values_list("raw", flat=True))


def test_what_is_neither_is_said() -> None:
    assert kannel_reports.read({"from": "x"}) is None
    assert kannel_reports.read({"status": "1", "message": "not-an-id"}) is None
    assert twilio_reports.read({"To": "x"}) is None


@pytest.mark.fixtures
@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"recorded SMS calls are not here ({FOLDER})")
def test_every_recorded_call_of_twilio_is_understood() -> None:
    expected = {
        "receiveValid.txt": "Msg", "receiveMediaWithMsg.txt": "Msg", "receiveMedia.txt": "",
        "tmsReceiveExtra.txt": "John Cruz", "waReceiveValid.txt": "Msg",
        "statusValid.txt": "delivered", "statusInvalid.txt": "unknown", "statusRead.txt": "opened",
        "statusRateLimit.txt": "failed", "statusStop.txt": "stopped", "tmsStatusExtra.txt": "sent",
        "delivered.txt": "delivered",
    }  # fmt: skip
    for path in sorted(FOLDER.rglob("*.txt")):
        found = twilio_reports.read(dict(parse_qsl(path.read_text(), keep_blank_values=True)))
        if isinstance(found, InboundSms):
            assert found.sender == "+14133881111", path.name
            assert expected.get(path.name, found.text) == found.text, path.name
        else:
            assert isinstance(found, DeliveryReport), path.name
            assert found.kind == expected[path.name], path.name
