"""Stripe's webhook signature (docs.stripe.com/webhooks, "Verify manually").

``Stripe-Signature: t=<Unix time>,v1=<hex>,v1=<hex>,v0=…``: each v1 is HMAC-SHA256 over
``"<t>.<body>"``, one a secret while secrets overlap. v0 is a test's and proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

TOLERANCE_SECONDS = 300


def sign(body: bytes, secret: str, *, at: int) -> str:
    """Return the header with which Stripe would send a body at a Unix time."""
    return f"t={at},v1={_digest(body, secret, str(at))}"


def is_signed(header: str, body: bytes, secrets: Sequence[str], *, at: datetime) -> bool:
    """Tell whether one of the secrets signed the body within five minutes of ``at``.

    Every secret is tried against every signature in constant time, whatever the answer so far.
    """
    parts = [part.strip().partition("=") for part in header[:2_000].split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"][:10]
    time = times[0] if len(times) == 1 and times[0].isascii() and times[0].isdigit() else ""
    found = False
    for secret in secrets or ("no secret",):
        expected = _digest(body, secret, time)
        for one in given or ("",):
            same = hmac.compare_digest(expected.encode(), one.encode("utf-8", "replace"))
            found |= same and bool(secret) and bool(secrets)
    is_fresh = (
        bool(time) and len(time) < 15 and (abs(at.timestamp() - int(time)) <= TOLERANCE_SECONDS)
    )
    return found and is_fresh


def _digest(body: bytes, secret: str, time: str) -> str:
    return hmac.digest(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hex()
