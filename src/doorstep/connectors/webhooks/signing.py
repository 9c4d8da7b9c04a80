"""Secrets and signatures of the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

_SECRET_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """Return a new signing secret: ``whsec_`` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(
    webhook_id: str, body: str, secrets: Sequence[str], *, at: datetime
) -> dict[str, str]:
    """Return the three headers that let a receiver check who sent a body, and when.

    :param secrets: the newest first; each adds a signature, so that either of two verifies.
    :param at: when it is sent. Receivers refuse what is five minutes off.
    """
    # The library takes the clock's figures for UTC, whatever zone they are in.
    sent_at = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(webhook_id, sent_at, body) for secret in secrets]
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
