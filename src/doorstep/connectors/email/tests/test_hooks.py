"""Providers' webhooks: who may send them, and what they do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from doorstep.connectors.email import providers
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import Channel, SenderConnectionView
from doorstep.rooms.messaging.models import DeliveryEvent, Message, SenderConnection
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, confirmation, shopper
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.urls("doorstep.connectors.email.urls")


@pytest.fixture(autouse=True)
def bound() -> None:
    providers.bind()


@pytest.fixture
def postmark(store: StoreInfo) -> SenderConnectionView:
    return connect("postmark", {"server_token": "token"})


def connect(provider: str, settings: dict[str, str]) -> SenderConnectionView:
    return api.connect_sender(
        channel=Channel.EMAIL,
        provider=provider,
        settings=settings,
        from_address="hello@fern-and-kettle.example",
        by=INES,
        at=AT,
    )


@pytest.fixture
def message(postmark: SenderConnectionView) -> UUID:
    """A confirmation that Postmark has taken as ``pm-1``."""
    [decided] = api.request_messages([confirmation(shopper())], by=SYSTEM, at=AT)
    Message.objects.update(
        status="sent", sent_at=AT, due_at=None, provider="postmark", provider_message_id="pm-1"
    )
    return decided.message_id


def bounce(kind: str = "HardBounce", **changes: Any) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": kind,
        "MessageID": "pm-1",
        "Details": "smtp;550 5.1.1 unknown user",
        "Email": "maya@example.com",
        "BouncedAt": "2026-11-21T10:05:00Z",
    } | changes


def report(client: Client, to: SenderConnectionView, body: Any, password: str | None = None) -> Any:
    secret = to.hook_secret if password is None else password
    return client.post(
        to.hook_path,
        data=body if isinstance(body, (str, bytes)) else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"},
    )


def test_a_hard_bounce_settles_the_message_and_suppresses(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    assert report(client, postmark, bounce()).status_code == 204
    shown = api.get_message(message, at=AT)
    assert shown.summary.status == "bounced"
    assert "unknown user" in shown.summary.status_words
    assert [d.kind for d in shown.deliveries] == ["bounced"]
    [suppression] = api.list_suppressions()
    assert (suppression.address, suppression.reason) == ("maya@example.com", "hard_bounce")


def test_the_same_report_again_changes_nothing(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    for _ in range(3):
        assert report(client, postmark, bounce()).status_code == 204
    assert DeliveryEvent.objects.count() == 1
    assert len(api.list_suppressions()) == 1


def test_a_soft_bounce_does_not_suppress(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    report(client, postmark, bounce("SoftBounce"))
    assert api.list_suppressions() == []
    assert Message.objects.get().status == "bounced"


def test_a_complaint_wins_over_a_delivery_that_comes_late(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    complaint = bounce("SpamComplaint", RecordType="SpamComplaint")
    report(client, postmark, complaint)
    delivered = {
        "RecordType": "Delivery",
        "MessageID": "pm-1",
        "Recipient": "maya@example.com",
        "DeliveredAt": "2026-11-21T10:01:00Z",
    }
    report(client, postmark, delivered)
    row = Message.objects.get()
    assert row.status == "complained"
    assert row.delivered_at is not None
    assert [s.reason for s in api.list_suppressions()] == ["complaint"]
    assert {c.state for c in api.list_consents(row.customer_id)} == {"withdrawn"}  # type: ignore[arg-type]


def test_a_report_that_overtakes_our_own_record_is_applied_afterwards(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    from doorstep.rooms.messaging.contracts import MessageStatus
    from doorstep.rooms.messaging.sending import outcomes

    Message.objects.update(status="sending", due_at=AT + timedelta(minutes=5), sent_at=None)
    Message.objects.update(provider_message_id="")
    early = bounce(MessageID="pm-9", Metadata={"doorstep_message": str(message)})
    report(client, postmark, early)
    row = Message.objects.get()
    assert row.status == "sending"
    outcome = outcomes.Outcome(row, MessageStatus.SENT, "", provider="postmark")
    outcomes.record_outcomes(row.store_id, [outcome], at=AT)
    assert Message.objects.get().status == "bounced"


def test_a_report_about_nobody_is_kept_and_seen(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    assert report(client, postmark, bounce(MessageID="not-ours")).status_code == 204
    [seen] = api.list_unmatched_deliveries()
    assert seen.kind == "bounced"
    assert Message.objects.get().status == "sent"


@pytest.mark.parametrize("password", ["", "doorstep:wrong", "x"])
def test_without_the_password_nothing_happens(
    client: Client, postmark: SenderConnectionView, message: UUID, password: str
) -> None:
    answer = report(client, postmark, bounce(), password)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer
    assert DeliveryEvent.objects.count() == 0
    assert api.list_suppressions() == []
    assert Message.objects.get().status == "sent"


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '{"RecordType": 1', b"\xff\xfe", '{"a":' * 100_000, "[" * 100_000],
)
def test_a_body_that_is_none_is_refused(
    client: Client, postmark: SenderConnectionView, body: str | bytes
) -> None:
    assert report(client, postmark, body).status_code == 422
    assert DeliveryEvent.objects.count() == 0


def test_what_the_database_can_not_hold_is_left_out_not_refused(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    odd = bounce(Details="no\x00 such \ud83d user", Extra={"\x00": ["\udc00"]})
    assert report(client, postmark, odd).status_code == 204
    assert DeliveryEvent.objects.get().description == "no such ? user"


def test_a_body_that_is_far_too_long_is_refused(
    client: Client, postmark: SenderConnectionView, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert report(client, postmark, bounce(Details="x" * 2000)).status_code in {400, 413}
    assert DeliveryEvent.objects.count() == 0


def test_other_addresses_are_not_found(client: Client, postmark: SenderConnectionView) -> None:
    wrong = postmark.hook_path.replace("postmark", "brevo")
    assert client.post(wrong).status_code == 404
    nobody = f"/hooks/email/postmark/{UUID(int=7)}"
    assert client.post(nobody).status_code == 404
    assert client.get(postmark.hook_path).status_code == 405
    assert client.head(postmark.hook_path).status_code == 200


def test_another_stores_report_can_not_touch_our_message(
    client: Client, message: UUID, other_store: StoreInfo
) -> None:
    from doorstep.kernel.tenancy import store_scope

    with store_scope(other_store.id):
        theirs = connect("postmark", {"server_token": "token"})
        report(client, theirs, bounce(Metadata={"doorstep_message": str(message)}))
        assert len(api.list_unmatched_deliveries()) == 1
    assert Message.objects.get().status == "sent"
    assert api.list_suppressions() == []


def test_mailgun_signs_its_reports(client: Client, store: StoreInfo) -> None:
    key = "webhook-key"
    to = connect(
        "mailgun", {"api_key": "k", "domain": "fern.example", "webhook_key": key, "region": "eu"}
    )

    def body(token: str, signing_key: str) -> dict[str, Any]:
        digest = hmac.new(signing_key.encode(), f"1{token}".encode(), hashlib.sha256).hexdigest()
        return {
            "signature": {"timestamp": "1", "token": token, "signature": digest},
            "event-data": {
                "event": "failed",
                "severity": "permanent",
                "reason": "bounce",
                "id": "e1",
                "timestamp": 1763719200,
                "recipient": "maya@example.com",
                "message": {"headers": {"message-id": "x@fern.example"}},
            },
        }

    assert report(client, to, body("a", "wrong"), "").status_code == 401
    assert DeliveryEvent.objects.count() == 0
    assert report(client, to, body("b", key), "").status_code == 204
    assert report(client, to, body("c", key), "").status_code == 204  # sent again, signed anew
    assert DeliveryEvent.objects.count() == 1
    assert len(api.list_suppressions()) == 1


def test_a_disconnected_provider_still_reports(
    client: Client, postmark: SenderConnectionView, message: UUID
) -> None:
    api.disconnect_sender(connection_id=postmark.id, by=INES, at=AT)
    assert report(client, postmark, bounce()).status_code == 204
    assert Message.objects.get().status == "bounced"
    assert not SenderConnection.objects.get().is_active


_SETTINGS = {
    "amazon_ses": {"region": "eu-central-1", "username": "u", "password": "p"},
    "brevo": {"api_key": "k"},
    "mailgun": {"api_key": "k", "domain": "fern.example", "webhook_key": "w"},
    "mandrill": {"api_key": "k", "webhook_key": "w"},
    "postmark": {"server_token": "t"},
    "sendgrid": {"api_key": "k"},
    "sparkpost": {"api_key": "k"},
}


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
@pytest.mark.parametrize("provider", _SETTINGS)
def test_whatever_is_sent_is_refused_in_order(
    client: Client, store: StoreInfo, provider: str
) -> None:
    hook = connect(provider, _SETTINGS[provider])
    for body in (
        *("[]", "null", '"x"', "[1]", "[[]]", "", "[" * 9_000),
        '[{"event": "bounce", "timestamp": 1e300, "email": "a@b.example"}]',
        '{"RecordType": "Bounce", "Email": ["x"], "MessageID": {}}',
    ):
        for password in (None, "wrong:wrong"):
            status = report(client, hook, body, password).status_code
            assert status in (204, 401, 422), (body[:40], password)
