"""WooCommerce keeps the contract of all connectors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from doorstep.connectors.base.models import Delivery
from doorstep.connectors.base.signatures import sign_base64
from doorstep.connectors.base.testing import SECRET, ConnectorContract
from doorstep.connectors.woocommerce.tests.payloads import order
from doorstep.connectors.woocommerce.webhook import WOOCOMMERCE

pytestmark = pytest.mark.django_db


class TestWooCommerce(ConnectorContract):
    """The shared suite, and what only WooCommerce does."""

    connector = WOOCOMMERCE
    order_topic = "order.created"

    def order(self) -> dict[str, Any]:
        return order()

    def headers(self, body: bytes, secret: str, delivery_id: str) -> dict[str, str]:
        return {
            "X-WC-Webhook-Signature": sign_base64(body, secret),
            "X-WC-Webhook-Topic": self.order_topic,
            "X-WC-Webhook-Delivery-ID": delivery_id,
            "X-WC-Webhook-ID": "142",
        }

    def test_the_first_save_pings_without_a_signature(self, connection_id: UUID) -> None:
        assert self.post(connection_id, b"webhook_id=142", {}).status_code == 200
        assert not Delivery.objects.exists()

    def test_what_only_looks_like_a_ping_is_refused(self, connection_id: UUID) -> None:
        for body in (b"webhook_id=1&a=2", b"webhook_id=x", b"webhook_id="):
            assert self.post(connection_id, body, {}).status_code == 401

    def test_a_second_deletion_of_one_order_counts(self, connection_id: UUID) -> None:
        body = b'{"id": 727}'
        for delivery_id in ("d-1", "d-2", "d-2"):
            headers = self.headers(body, SECRET, delivery_id)
            headers["X-WC-Webhook-Topic"] = "order.deleted"
            assert self.post(connection_id, body, headers).status_code == 200
        assert Delivery.objects.count() == 2
