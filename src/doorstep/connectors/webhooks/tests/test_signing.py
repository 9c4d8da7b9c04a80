"""Signatures: as the specification's own library makes and checks them, and by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from doorstep.connectors.webhooks.signing import new_secret, signed_headers

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT)
def test_the_library_verifies_every_body(text: str) -> None:
    secret, body = new_secret(), json.dumps({"text": text}, ensure_ascii=False)
    headers = signed_headers("msg_1", body, [secret], at=datetime.now(UTC))
    assert Webhook(secret).verify(body.encode(), headers) == {"text": text}


def test_by_hand() -> None:
    secret = new_secret()
    headers = signed_headers("msg_1", "{}", [secret], at=datetime(2026, 3, 2, 9, tzinfo=UTC))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert 24 <= len(key) <= 64
    digest = hmac.new(key, b"msg_1.1772442000.{}", hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert headers["webhook-timestamp"] == "1772442000"


def test_another_time_zone_is_the_same_instant() -> None:
    at = datetime.now(UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=9)))
    secret = new_secret()
    assert signed_headers("a", "{}", [secret], at=at) == signed_headers(
        "a", "{}", [secret], at=elsewhere
    )


def test_two_secrets_sign_and_each_verifies() -> None:
    new, old, strange = new_secret(), new_secret(), new_secret()
    headers = signed_headers("msg_1", "{}", [new, old], at=datetime.now(UTC))
    Webhook(new).verify("{}", headers)
    Webhook(old).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(strange).verify("{}", headers)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_is_off_by_more_than_five_minutes_is_refused(minutes: int) -> None:
    secret = new_secret()
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify("{}", signed_headers("msg_1", "{}", [secret], at=at))
