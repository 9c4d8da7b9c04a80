"""Deliveries for the intake's tests."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from doorstep.connectors.base.actions import connect_shop
from doorstep.connectors.base.models import Connection, Delivery
from doorstep.kernel.actors import Actor

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INES = Actor("user", "ines", "Ines", role="owner")


@pytest.fixture
def connection_id(store: Any) -> UUID:
    """A Shopify connection of Fern & Kettle."""
    return connect_shop(kind="shopify", name="Shop", secret="0123456789", by=INES, at=AT).id


@pytest.fixture
def deliver(connection_id: UUID) -> Callable[..., Delivery]:
    """Store a delivery as receiving would have."""
    numbers = itertools.count(1)

    def store_one(
        body: Any, topic: str = "orders/create", *, connection_id: UUID = connection_id
    ) -> Delivery:
        number = next(numbers)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Delivery.objects.create(
            store_id=Connection.objects.get(id=connection_id).store_id,
            connection_id=connection_id,
            topic=topic,
            body=raw,
            external_delivery_id=f"d-{number}",
            received_at=AT + timedelta(milliseconds=number),
            next_attempt_at=AT + timedelta(milliseconds=number),
        )

    return store_one
