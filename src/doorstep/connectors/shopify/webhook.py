"""Shopify's side of webhook intake: signature, headers, payloads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.connectors.base.contracts import ORDERS, Envelope, NormalizeContext, Outcome
from doorstep.connectors.base.signatures import matches_any, parse_header_time
from doorstep.connectors.shopify.normalize import normalize

_KEPT = ("topic", "shop-domain", "api-version", "webhook-id", "event-id", "triggered-at", "test")


def _header(headers: Mapping[str, str], name: str) -> str:
    """Return a Shopify header; proxies may strip the "X-"."""
    return headers.get(f"x-shopify-{name}") or headers.get(f"shopify-{name}") or ""


class ShopifyConnector:
    """Webhooks of a Shopify shop."""

    kind = "shopify"
    label = "Shopify"
    brings = ORDERS
    guide = ""

    def is_signed(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Tell whether ``X-Shopify-Hmac-Sha256`` is right (base64 HMAC-SHA256 of the raw body)."""
        return matches_any(_header(headers, "hmac-sha256"), body, secrets)

    def open_envelope(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Read topic and identity.

        One happening (a merchant archives twenty orders) has one event id for all it causes, so
        the id only tells a repetition together with the topic and the content.
        """
        content = hashlib.sha256(body).hexdigest()
        event_id = f"{_header(headers, 'event-id')[:100]}:{content[:32]}"
        delivery_id = _header(headers, "webhook-id")
        return Envelope(
            topic=_header(headers, "topic").lower()[:200],
            delivery_id=delivery_id[:200],
            event_id=event_id,
            triggered_at=parse_header_time(_header(headers, "triggered-at")),
            kept_headers={name: v[:300] for name in _KEPT if (v := _header(headers, name))},
        )

    def normalize(self, payload: Any, topic: str, context: NormalizeContext) -> list[Outcome]:
        """Turn a parsed body into outcomes; never raises for bad input."""
        return normalize(payload, topic, context)


SHOPIFY = ShopifyConnector()
