"""What every connector must do, as tests that each runs over its own payloads.

Subclass :class:`ConnectorContract` in a test module as ``TestX``, and say in its four attributes
and methods how the platform writes things; pytest collects the rest.
"""

# ruff: noqa: S105, S106 - these secrets protect nothing but tests

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.test import Client

from doorstep.connectors.base import receive
from doorstep.connectors.base.actions import connect_shop, rotate_secret
from doorstep.connectors.base.contracts import (
    Connector,
    NormalizeContext,
    OrderReceived,
    Rejected,
    Rejection,
)
from doorstep.connectors.base.models import Connection, Delivery
from doorstep.connectors.base.payload import parse_json
from doorstep.kernel.actors import Actor
from doorstep.kernel.tenancy import store_scope

SECRET = "whsec-first-0123456789"
SECOND_SECRET = "whsec-second-0123456789"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INES = Actor("user", "ines", "Ines", role="owner")


class ConnectorContract:
    """Signature, identity, storage and normalizing of one connector."""

    connector: ClassVar[Connector]
    order_topic: ClassVar[str]

    def order(self) -> dict[str, Any]:
        """Return a valid order body of the platform with the total 29.90 EUR."""
        raise NotImplementedError

    def headers(self, body: bytes, secret: str, delivery_id: str) -> dict[str, str]:
        """Return the headers the platform sends with a body, signed with ``secret``."""
        raise NotImplementedError

    # -- how the tests talk to it ---------------------------------------------------------------

    @pytest.fixture(autouse=True)
    def _fresh_cache(self) -> None:
        receive._doors.clear()
        receive._budget.clear()
        receive._refused.clear()

    @pytest.fixture
    def connection_id(self, store: Any) -> UUID:
        """A connection of Fern & Kettle with one secret."""
        made = connect_shop(
            kind=self.connector.kind, name=self.connector.label, secret=SECRET, by=INES, at=AT
        )
        return made.id

    def post(
        self, connection_id: UUID, body: bytes, headers: Mapping[str, str], **extra: Any
    ) -> Any:
        """POST a webhook the way a platform does, without a session or a token."""
        meta: dict[str, Any] = {
            f"HTTP_{name.upper().replace('-', '_')}": v for name, v in headers.items()
        }
        return Client(enforce_csrf_checks=True).post(
            f"/hooks/{connection_id}", body, content_type="application/json", **meta, **extra
        )

    def send(self, connection_id: UUID, body: bytes, *, secret: str = SECRET) -> Any:
        """POST a body that is signed with ``secret``."""
        return self.post(connection_id, body, self.headers(body, secret, str(uuid4())))

    def body(self, **changes: Any) -> bytes:
        """Return the order as bytes."""
        return json.dumps(self.order() | changes, ensure_ascii=False).encode()

    def normalize(self, body: bytes) -> list[Any]:
        """Parse and normalize a body."""
        return self.connector.normalize(parse_json(body), self.order_topic, NormalizeContext())

    # -- the tests ------------------------------------------------------------------------------

    def test_a_signed_order_is_stored_as_its_bytes_came(self, connection_id: UUID) -> None:
        body = self.body()
        assert self.send(connection_id, body).status_code == 200
        stored = Delivery.objects.get()
        assert bytes(stored.body) == body
        assert stored.topic == self.order_topic
        assert stored.status == "received"
        assert "sig" not in json.dumps(stored.headers).lower()
        assert "hmac" not in json.dumps(stored.headers).lower()

    def test_a_wrong_signature_stores_nothing_and_is_counted(self, connection_id: UUID) -> None:
        for _ in range(3):
            answer = self.send(connection_id, self.body(), secret="not the secret")
            assert answer.status_code == 401
            assert answer["Content-Type"] == "application/problem+json"
        assert not Delivery.objects.exists()
        row = Connection.objects.get(id=connection_id)
        assert row.bad_signature_count == 3
        assert row.bad_signature_since is not None

    def test_a_missing_signature_stores_nothing(self, connection_id: UUID) -> None:
        assert self.post(connection_id, self.body(), {}).status_code == 401
        assert not Delivery.objects.exists()

    def test_a_changed_body_does_not_pass(self, connection_id: UUID) -> None:
        headers = self.headers(self.body(), SECRET, "d-1")
        assert self.post(connection_id, self.body() + b" ", headers).status_code == 401
        assert not Delivery.objects.exists()

    def test_an_unknown_connection_answers_like_a_wrong_signature(
        self, connection_id: UUID
    ) -> None:
        unknown = self.send(uuid4(), self.body())
        wrong = self.send(connection_id, self.body(), secret="not the secret")
        assert unknown.status_code == wrong.status_code == 401
        assert unknown.content == wrong.content

    def test_the_same_delivery_twice_is_stored_once(self, connection_id: UUID) -> None:
        body = self.body()
        headers = self.headers(body, SECRET, "d-1")
        assert self.post(connection_id, body, headers).status_code == 200
        assert self.post(connection_id, body, headers).status_code == 200
        assert Delivery.objects.count() == 1

    def test_a_repetition_under_a_new_id_is_stored_once(self, connection_id: UUID) -> None:
        body = self.body()
        for delivery_id in ("d-1", "d-2"):
            headers = self.headers(body, SECRET, delivery_id)
            assert self.post(connection_id, body, headers).status_code == 200
        assert Delivery.objects.count() == 1

    def test_both_secrets_count_while_rotating(self, connection_id: UUID) -> None:
        rotate_secret(connection_id=connection_id, secret=SECOND_SECRET, by=INES, at=AT)
        receive.forget_cached(connection_id)
        assert self.send(connection_id, self.body(), secret=SECRET).status_code == 200
        assert self.send(connection_id, self.body(), secret=SECOND_SECRET).status_code == 200
        rotate_secret(connection_id=connection_id, secret="third-secret", by=INES, at=AT)
        receive.forget_cached(connection_id)
        assert self.send(connection_id, self.body(), secret=SECRET).status_code == 401

    def test_headers_without_their_x_count(self, connection_id: UUID) -> None:
        body = self.body()
        headers = {
            name[2:] if name.lower().startswith("x-") else name: value
            for name, value in self.headers(body, SECRET, "d-1").items()
        }
        assert self.post(connection_id, body, headers).status_code == 200
        assert Delivery.objects.get().topic == self.order_topic

    def test_other_alphabets_survive(self, connection_id: UUID) -> None:
        (outcome,) = self.normalize(self.body())
        assert isinstance(outcome, OrderReceived)
        body = self.body().replace(b"Sencha", "煎茶 شاي 🍵".encode())
        assert self.send(connection_id, body).status_code == 200
        (outcome,) = self.normalize(bytes(Delivery.objects.get().body))
        assert isinstance(outcome, OrderReceived)
        assert "煎茶 شاي 🍵" in outcome.order.lines[0].title

    def test_a_body_too_large_is_refused_unread(self, connection_id: UUID) -> None:
        body = b" " * (receive.MAX_BODY + 1)
        assert self.send(connection_id, body).status_code == 413
        # A stated length that is a lie ends at the limit as well.
        answer = self.post(
            connection_id, b"{}", self.headers(b"{}", SECRET, "d"), CONTENT_LENGTH=str(10 * 2**20)
        )
        assert answer.status_code == 413
        assert not Delivery.objects.exists()

    def test_a_paused_connection_answers_401(self, connection_id: UUID) -> None:
        Connection.objects.filter(id=connection_id).update(is_active=False)
        assert self.send(connection_id, self.body()).status_code == 401
        assert not Delivery.objects.exists()

    def test_only_post_is_answered(self, connection_id: UUID) -> None:
        assert Client().get(f"/hooks/{connection_id}").status_code == 405

    def test_another_stores_connection_is_out_of_reach(
        self, connection_id: UUID, other_store: Any
    ) -> None:
        self.send(connection_id, self.body())
        with store_scope(other_store.id):
            assert not Delivery.objects.exists()
            assert not Connection.objects.exists()

    def test_the_order_says_what_was_bought(self) -> None:
        (outcome,) = self.normalize(self.body())
        assert isinstance(outcome, OrderReceived)
        assert outcome.order.totals.total_minor == 2990
        assert outcome.order.totals.adjustment_minor == 0
        assert outcome.order.currency == "EUR"

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"\xff", b"null", b"[]", b'"text"', b"{}", b"[[[]]]"]
    )
    def test_rubbish_never_raises(self, body: bytes) -> None:
        with suppress(Rejection):
            assert not any(isinstance(one, OrderReceived) for one in self.normalize(body))

    def test_an_unknown_currency_is_rejected_with_its_field(self) -> None:
        (outcome,) = self.normalize(self.body(currency="EUX"))
        assert isinstance(outcome, Rejected)
        assert outcome.field == "currency"
        assert outcome.retriable
