"""Receivers, endpoints and a dispatcher for the tests of webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from dev.fakes.webhook_receiver import Receiver, webhook_receiver
from doorstep.connectors.webhooks import api
from doorstep.connectors.webhooks.actions.endpoints import EndpointMade
from doorstep.connectors.webhooks.models import Delivery
from doorstep.connectors.webhooks.sending.dispatcher import Dispatcher
from doorstep.kernel.actors import Actor
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.events.publish import EventDraft, publish_many
from doorstep.kernel.ids import new_id
from doorstep.rooms.orders.events import OrderPlaced
from doorstep.rooms.stores.contracts import StoreInfo

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INES = Actor("user", "ines", "Ines", role="owner")
WANDA = Actor("user", "wanda", "Wanda", role="warehouse")


def placed(number: str = "#1001", **changes: Any) -> OrderPlaced:
    """Return the fact that Maya placed an order."""
    values: dict[str, Any] = {
        "order_id": new_id(),
        "customer_id": new_id(),
        "number": number,
        "sales_channel": "shopify",
        "currency": "EUR",
        "total_minor": 3390,
        "item_count": 2,
        "state": "ready",
    }
    return OrderPlaced(**values | changes)


def happen(*events: Any, at: datetime = AT) -> None:
    """Publish events and let every handler take them."""
    drafts = [
        EventDraft(one, getattr(one, "customer_id", None) or new_id(), at, INES, "order:x")
        for one in events
    ]
    with transaction.atomic():
        publish_many(drafts)
    run_until_idle()


@pytest.fixture
def listening(store: StoreInfo) -> StoreInfo:
    """Fern & Kettle, whose handlers hear what happens from now on."""
    ensure_cursors()
    return store


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A merchant's system that Doorstep may call, though it is on this machine."""
    with webhook_receiver() as serving:
        settings.DOORSTEP_OUTBOUND_ALLOW = [f"127.0.0.1:{serving.port}"]
        yield serving


@pytest.fixture
def endpoint(receiver: Receiver) -> Callable[..., EndpointMade]:
    """Make an endpoint at a path of the receiver."""

    def make(path: str = "/hooks", **more: Any) -> EndpointMade:
        return api.create_endpoint(url=receiver.url(path), by=INES, at=AT, **more)

    return make


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    """A sender whose threads end with the test."""
    sender = Dispatcher()
    yield sender
    sender.close()


@pytest.fixture
def send(dispatcher: Dispatcher) -> Callable[[datetime], int]:
    """Send what is due at an instant, and wait until it is recorded."""

    def go(at: datetime = AT) -> int:
        taken = 0
        while count := dispatcher.tick(at=at):
            taken += count
            dispatcher.finish()
        return taken

    return go


def only() -> Delivery:
    """Return the one delivery there is."""
    return Delivery.objects.get()


def status_of(delivery_id: UUID) -> str:
    """Return a delivery's status."""
    return Delivery.objects.get(id=delivery_id).status
