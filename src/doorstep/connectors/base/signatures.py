"""Signatures over raw request bodies."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime


def sign_base64(body: bytes, secret: str) -> str:
    """Return base64(HMAC-SHA256(body)), as Shopify and WooCommerce write it."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def matches_any(signature: str, body: bytes, secrets: Sequence[str]) -> bool:
    """Tell whether one of the secrets made the signature.

    Every secret is tried whatever the answer so far, and compared in constant time, so that the
    time taken tells nothing. An empty signature or no secret is never a match.
    """
    given = signature.strip().encode("utf-8", "replace")
    found = False
    for secret in secrets or ("no secret",):
        expected = sign_base64(body, secret).encode()
        found |= hmac.compare_digest(expected, given) and bool(secret) and bool(secrets)
    return found


def parse_header_time(value: str) -> datetime | None:
    """Return an ISO 8601 header as UTC, None where it is missing or unreadable."""
    try:
        # Shopify writes nanoseconds; Python reads microseconds.
        head, dot, tail = value.strip().partition(".")
        digits = "".join(c for c in tail if c.isdigit())[:6] if dot else ""
        text = f"{head}.{digits}+00:00" if dot and tail.endswith("Z") else value.strip()
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the ends of the calendar have no other time zones
        return None
