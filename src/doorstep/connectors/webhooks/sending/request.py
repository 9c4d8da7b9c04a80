"""One request: signed, sent, and what came back in words."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from doorstep.connectors.webhooks.addresses import policy
from doorstep.connectors.webhooks.sending.claim import Claimed
from doorstep.connectors.webhooks.signing import signed_headers
from doorstep.kernel.http import (
    Limits,
    OutboundError,
    OutboundRefused,
    OutboundTimeout,
    client,
    retry_after,
)

TIMEOUT_SECONDS = 15
BODY_KEPT = 1024  # bytes of an answer
MAX_LOST_LEASES = 5  # then it is the delivery that kills the sender, and it is set aside
_LIMITS = Limits(
    connect_seconds=5,
    read_seconds=TIMEOUT_SECONDS,
    total_seconds=TIMEOUT_SECONDS,
    attempts=1,
    max_bytes=1024 * 1024,
    redirects=0,
)
_GONE = 410
_ASKS_TO_WAIT = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try.

    :param at: when it was over. :param sent_at: when it began.
    :param error: why it does not count as delivered; empty when it does.
    :param asked_wait: seconds that the receiver asks us to wait.
    :param is_hopeless: trying again can't help.
    """

    claimed: Claimed
    sent_at: datetime
    at: datetime
    duration_ms: int
    signature: str
    status_code: int | None = None
    error: str = ""
    response_body: str = ""
    asked_wait: float = 0.0
    is_gone: bool = False
    is_hopeless: bool = False


def send(claimed: Claimed, *, at: datetime) -> Outcome:
    """Send one delivery once and say what came of it; whatever the network does is no error."""
    if claimed.target.trouble:
        return Outcome(claimed, at, at, 0, "", error=claimed.target.trouble)
    if claimed.lost_leases >= MAX_LOST_LEASES:
        words = f"The sender stopped {claimed.lost_leases} times while sending this."
        return Outcome(claimed, at, at, 0, "", error=words, is_hopeless=True)
    headers = signed_headers(claimed.webhook_id, claimed.body, claimed.target.secrets, at=at)
    started = time.monotonic()
    answer, error = _post(claimed, headers)
    took = timedelta(seconds=time.monotonic() - started)
    return Outcome(
        claimed,
        sent_at=at,
        at=at + took,
        duration_ms=int(took.total_seconds() * 1000),
        signature=headers["webhook-signature"],
        status_code=None if answer is None else answer.status_code,
        error=error,
        response_body="" if answer is None else _shown(answer.content),
        asked_wait=_asked_wait(answer),
        is_gone=answer is not None and answer.status_code == _GONE,
    )


def _post(claimed: Claimed, headers: dict[str, str]) -> tuple[httpx.Response | None, str]:
    try:
        # A connection of its own: one kept open and closed by the other side meanwhile would
        # count as a failure of the endpoint.
        with client("webhooks", limits=_LIMITS, policy=policy(is_demo=claimed.is_demo)) as http:
            answer = http.post(
                claimed.target.url,
                content=claimed.body.encode(),
                headers={
                    **headers,
                    "Content-Type": "application/json",
                    "User-Agent": "Doorstep-Webhooks/1",
                },
            )
    except OutboundTimeout:
        return None, f"No whole answer within {TIMEOUT_SECONDS} seconds."
    except OutboundRefused as error:
        if claimed.is_demo:
            return None, (
                "This is a demo shop: its webhooks go only to addresses that "
                "DOORSTEP_OUTBOUND_ALLOW names."
            )
        return None, _storable(str(error))
    except OutboundError as error:
        return None, _storable(str(error))
    return answer, _verdict(answer.status_code)


def _verdict(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status}, a redirect. Redirects are not followed: enter the address it leads to."
    if status == _GONE:
        return "It answered 410: it wants no more webhooks."
    return f"It answered {status}."


def _asked_wait(answer: httpx.Response | None) -> float:
    if answer is None or answer.status_code not in _ASKS_TO_WAIT:
        return 0.0
    return retry_after(answer)


def _shown(content: bytes) -> str:
    return _storable(content[:BODY_KEPT].decode("utf-8", "replace"))


def _storable(text: str) -> str:
    return text.replace("\x00", "�")[:2000]
