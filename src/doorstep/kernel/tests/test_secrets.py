"""Secrets: unreadable without a key, readable with an old one, never shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.test import override_settings
from django.test.utils import isolate_apps

from doorstep.kernel.secrets import (
    EncryptedJSONField,
    ExpiredSignedToken,
    InvalidSignedToken,
    SecretDict,
    UnreadableSecret,
    constant_time_equal,
    decrypt,
    decrypt_json,
    encrypt,
    encrypt_json,
    keyed_hash,
    reencrypt,
    sign,
    verify,
)

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def keys(new: str, *old: str) -> override_settings:
    return override_settings(SECRET_KEY=new, SECRET_KEY_FALLBACKS=list(old))


def test_what_is_encrypted_comes_back_and_tells_nothing() -> None:
    sealed = encrypt("Bär".encode())
    assert decrypt(sealed).decode() == "Bär"
    assert "B" not in sealed[:1]
    assert sealed != encrypt("Bär".encode())
    assert decrypt_json(encrypt_json({"key": [1, None]})) == {"key": [1, None]}


def test_a_key_can_be_rotated() -> None:
    with keys("old"):
        sealed = encrypt(b"token")
    with keys("new"), pytest.raises(UnreadableSecret):
        decrypt(sealed)
    with keys("new", "older", "old"):
        assert decrypt(sealed) == b"token"
        again = reencrypt(sealed)
    with keys("new"):
        assert decrypt(again) == b"token"
        with pytest.raises(UnreadableSecret):
            reencrypt(sealed)


def test_a_changed_secret_is_refused() -> None:
    sealed = encrypt(b"token")
    # Never the sign that stands there already: one run in 64 would change nothing.
    other = "x" if sealed[30] != "x" else "y"
    for broken in (
        sealed[:-9] + "AAAAAAAAA",
        sealed[:10],
        "",
        "ü",
        sealed[:30] + other + sealed[31:],
    ):
        with pytest.raises(UnreadableSecret):
            decrypt(broken)


def test_no_key_is_an_error_not_a_default() -> None:
    with keys(""), pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        encrypt(b"x")


def test_secrets_show_their_names_only() -> None:
    secrets = SecretDict(api_key="s3cret", shop="tea")
    for shown in (repr(secrets), str(secrets), f"{secrets}", f"{secrets!r}", repr([secrets])):
        assert "s3cret" not in shown
        assert "api_key, shop" in shown
    assert secrets["api_key"] == "s3cret"


@pytest.mark.django_db
@isolate_apps("doorstep.kernel")
def test_the_field_stores_nothing_readable() -> None:
    class Safe(models.Model):
        secrets = EncryptedJSONField(null=True)

        class Meta:
            app_label = "kernel"

        def __str__(self) -> str:
            return f"safe {self.pk}"

    with connection.schema_editor() as editor:
        editor.create_model(Safe)
    safe = Safe.objects.create(secrets={"api_key": "s3cret"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM kernel_safe")
        stored = cursor.fetchone()[0]
    assert "s3cret" not in stored
    assert decrypt_json(stored) == {"api_key": "s3cret"}
    safe.refresh_from_db()
    assert safe.secrets == {"api_key": "s3cret"}
    assert "s3cret" not in repr(safe.secrets)
    empty = Safe.objects.create()
    assert Safe.objects.get(secrets__isnull=True) == empty
    with pytest.raises(FieldError, match="cannot be searched"):
        Safe.objects.filter(secrets={"api_key": "s3cret"})
    with pytest.raises(TypeError, match="takes a dict"):
        Safe.objects.create(secrets="s3cret")
    with pytest.raises(TypeError, match="not serialized"):
        Safe._meta.get_field("secrets").value_to_string(safe)
    assert Safe._meta.get_field("secrets").deconstruct()[1].endswith("EncryptedJSONField")


@pytest.mark.parametrize("payload", ["x", 5, {"order": "F-1001", "nested": [1]}, [], None])
def test_a_signed_payload_comes_back(payload: Any) -> None:
    token = sign(payload, purpose="order_page", at=AT, lifetime=timedelta(days=1))
    assert json.dumps(token).isascii()
    assert verify(token, purpose="order_page", at=AT) == payload


def test_a_token_holds_for_its_time_and_purpose_only() -> None:
    token = sign("1001", purpose="order_page", at=AT, lifetime=timedelta(days=1))
    late = AT + timedelta(days=1)
    assert verify(token, purpose="order_page", at=late - timedelta(seconds=1)) == "1001"
    with pytest.raises(ExpiredSignedToken):
        verify(token, purpose="order_page", at=late)
    with pytest.raises(InvalidSignedToken) as caught:
        verify(token, purpose="unsubscribe", at=AT)
    assert not isinstance(caught.value, ExpiredSignedToken)
    forever = sign("1001", purpose="order_page", at=AT)
    assert verify(forever, purpose="order_page", at=AT + timedelta(days=9999)) == "1001"


def test_a_forged_token_is_refused() -> None:
    token = sign({"order": 1}, purpose="order_page", at=AT)
    body, _, signature = token.rpartition(":")
    for forged in ("", ":", "x:y", body, f"{body}x:{signature}", f"{body}:{signature[:-1]}", "ü:ü"):
        with pytest.raises(InvalidSignedToken):
            verify(forged, purpose="order_page", at=AT)


def test_tokens_survive_a_key_rotation() -> None:
    with keys("old"):
        token = sign("1001", purpose="order_page", at=AT)
    with keys("new", "old"):
        assert verify(token, purpose="order_page", at=AT) == "1001"
    with keys("new"), pytest.raises(InvalidSignedToken):
        verify(token, purpose="order_page", at=AT)


def test_comparing_and_hashing() -> None:
    assert constant_time_equal("ü", "ü".encode())
    assert not constant_time_equal("a", "b")
    assert keyed_hash(["ab", "c"], purpose="x") != keyed_hash(["a", "bc"], purpose="x")
    assert keyed_hash(["a"], purpose="x") != keyed_hash(["a"], purpose="y")
    with keys("other"):
        other = keyed_hash(["a"], purpose="x")
    assert other != keyed_hash(["a"], purpose="x")
