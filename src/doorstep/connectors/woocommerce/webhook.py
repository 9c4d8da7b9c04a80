"""WooCommerce's side of webhook intake: signature, headers, payloads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.connectors.base.contracts import ORDERS, Envelope, NormalizeContext, Outcome
from doorstep.connectors.base.signatures import matches_any
from doorstep.connectors.woocommerce.normalize import normalize

_KEPT = ("topic", "resource", "event", "webhook-id", "delivery-id", "source")


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return a WooCommerce header; proxies may strip the "X-"."""
    return headers.get(f"x-wc-webhook-{name}") or headers.get(f"wc-webhook-{name}") or ""


class WooCommerceConnector:
    """Webhooks of a WooCommerce shop."""

    kind = "woocommerce"
    label = "WooCommerce"
    brings = ORDERS
    guide = ""

    def is_signed(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Tell whether ``X-WC-Webhook-Signature`` is right (base64 HMAC-SHA256 of the raw body)."""
        return matches_any(_header(headers, "signature"), body, secrets)

    def open_envelope(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Read topic and identity; saving a webhook first sends a form "webhook_id=…" as a ping.

        A repeated delivery gets a new delivery id, so the content counts as the event's identity:
        every change of an order moves its ``date_modified``. A deletion carries nothing but the
        id and may happen again after a restore, so there the delivery id alone decides.
        """
        topic = _header(headers, "topic").lower()[:200]
        delivery_id = _header(headers, "delivery-id")[:200]
        # The ping is sent unsigned by some versions and carries no order either way.
        is_ping = not topic and body.startswith(b"webhook_id=") and body[11:31].strip().isdigit()
        by_content = not topic.endswith(".deleted") or not delivery_id
        return Envelope(
            topic=topic,
            delivery_id=delivery_id,
            event_id="sha256:" + hashlib.sha256(body).hexdigest() if by_content else "",
            is_ping=is_ping,
            kept_headers={name: v[:300] for name in _KEPT if (v := _header(headers, name))},
        )

    def normalize(self, payload: Any, topic: str, context: NormalizeContext) -> list[Outcome]:
        """Turn a parsed body into outcomes; never raises for bad input."""
        return normalize(payload, topic, context)


WOOCOMMERCE = WooCommerceConnector()
