"""Shopify keeps the contract of all connectors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from doorstep.connectors.base.models import Delivery
from doorstep.connectors.base.signatures import sign_base64
from doorstep.connectors.base.testing import SECRET, ConnectorContract
from doorstep.connectors.shopify.tests.payloads import order
from doorstep.connectors.shopify.webhook import SHOPIFY

pytestmark = pytest.mark.django_db


class TestShopify(ConnectorContract):
    """The shared suite, and what only Shopify does."""

    connector = SHOPIFY
    order_topic = "orders/create"

    def order(self) -> dict[str, Any]:
        return order()

    def headers(self, body: bytes, secret: str, delivery_id: str) -> dict[str, str]:
        return {
            "X-Shopify-Hmac-Sha256": sign_base64(body, secret),
            "X-Shopify-Topic": self.order_topic,
            "X-Shopify-Webhook-Id": delivery_id,
            "X-Shopify-Event-Id": "e-1",
            "X-Shopify-Triggered-At": "2026-03-02T08:15:01.877041743Z",
            "X-Shopify-Shop-Domain": "fern-and-kettle.myshopify.com",
        }

    def test_one_event_about_two_orders_is_two_deliveries(self, connection_id: UUID) -> None:
        for order_id in (1, 2):
            self.send(connection_id, self.body(id=order_id))
        assert Delivery.objects.count() == 2

    def test_one_event_on_two_topics_is_two_deliveries(self, connection_id: UUID) -> None:
        body = self.body()
        for place, topic in enumerate(("orders/create", "orders/paid")):
            headers = self.headers(body, SECRET, f"d-{place}") | {"X-Shopify-Topic": topic}
            self.post(connection_id, body, headers)
        assert Delivery.objects.count() == 2

    def test_an_old_webhook_is_kept_and_marked(self, connection_id: UUID) -> None:
        body = self.body()
        now = datetime.now(UTC)
        for place, age in enumerate((timedelta(hours=30), timedelta(hours=1))):
            changed = body + b" " * place
            headers = self.headers(changed, SECRET, f"d-{place}") | {
                "X-Shopify-Triggered-At": (now - age).isoformat()
            }
            assert self.post(connection_id, changed, headers).status_code == 200
        stored = Delivery.objects.order_by("id")
        assert [one.is_stale for one in stored] == [True, False]
        assert stored[0].triggered_at is not None
