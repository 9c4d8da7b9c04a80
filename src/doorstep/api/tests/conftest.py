"""Keys, and a client that sends them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from doorstep.kernel.actions.permissions import ALL_PERMISSIONS
from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

Make = Callable[..., dict[str, Any]]
OPENED_AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
BY = Actor.system("api.tests")


@dataclass
class Caller:
    """A system of the merchant's, with its key."""

    secret: str
    client: Client

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str
    ) -> HttpResponse:
        """Send a request; ``key`` is its Idempotency-Key, bytes are sent as they are."""
        sent = {"Authorization": f"Bearer {self.secret}", **headers}
        if key:
            sent["Idempotency-Key"] = key
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(  # type: ignore[return-value]
            method,
            f"/api/v1{path}",
            b"" if body is None else data,
            content_type="application/json",
            headers=sent,
        )


def make_key(store: StoreInfo, *scopes: str) -> Caller:
    """Make a key in a store; without scopes it has them all."""
    with store_scope(store.id):
        made = stores.create_api_key(
            name="Warehouse system",
            scopes=list(scopes or sorted(ALL_PERMISSIONS)),
            by=BY,
            at=datetime.now(UTC),
        )
    return Caller(made.secret, Client())


@pytest.fixture
def call(store: StoreInfo) -> Caller:
    """A key of Fern & Kettle's that may do everything; handlers hear what happens from now on."""
    ensure_cursors()
    return make_key(store)


@pytest.fixture
def stranger(other_store: StoreInfo) -> Caller:
    """A key of the other store's that may do everything there."""
    return make_key(other_store)


@pytest.fixture
def order() -> Make:
    """Make Maya's order, placed an hour ago, varied by the test."""
    placed = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

    def make(external_id: str = "1001", **changes: Any) -> dict[str, Any]:
        return {
            "external_id": external_id,
            "number": f"#{external_id}",
            "currency": "EUR",
            "placed_at": placed,
            "person": {"email": "maya@example.com", "name": "Maya Lindqvist", "locale": "en"},
            "shipping_address": {
                "name": "Maya Lindqvist",
                "line1": "Kastanienallee 12",
                "city": "Berlin",
                "postal_code": "10435",
                "country_code": "DE",
            },
            "lines": [
                {
                    "external_id": "1",
                    "title": "First-flush Darjeeling",
                    "sku": "TEA-DJ-100",
                    "quantity": 2,
                    "unit_price_minor": 1450,
                }
            ],
            "charges": [{"kind": "shipping", "title": "DHL", "amount_minor": 490}],
            "total_minor": 3390,
            **changes,
        }

    return make
