"""Send notifications to browsers through their push services (RFC 8030)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

from doorstep.connectors.sms.certainty import outcome_of
from doorstep.connectors.webpush.encryption import MAX_PLAIN_BYTES, UnusableKey, encrypt
from doorstep.connectors.webpush.vapid import PRIVATE, PUBLIC, Tokens, read_key
from doorstep.kernel.http import Limits, OutboundError, OutboundRefused, client, retry_after
from doorstep.rooms.messaging.ports import Outcome, OutgoingPush, PushDevice, SendResult

_LIMITS = Limits(read_seconds=10, total_seconds=15, attempts=1, max_bytes=64 * 1024, redirects=0)
_NO_DEVICE = "No device takes the person's notifications any more."


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one push service said about one device."""

    kind: Literal["taken", "gone", "later", "unsure", "refused"]
    words: str = ""
    wait_seconds: float = 0.0
    location: str = ""


class WebPushSender:
    """Encrypts and sends notifications of one store."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Read the store's key.

        :raises ValueError: the settings can't work.
        """
        check_settings(settings)
        self._tokens = Tokens(settings[PRIVATE], f"mailto:{settings['contact']}")
        self._http = client("webpush", limits=_LIMITS)

    def send(self, batch: Sequence[OutgoingPush], *, deadline: float) -> list[SendResult]:
        """Send one after the other, each to all its devices."""
        results = []
        for push in batch:
            if time.monotonic() >= deadline:
                results.append(SendResult(push.message_id, "unsent"))
            else:
                results.append(self._send_one(push))
        return results

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def _send_one(self, push: OutgoingPush) -> SendResult:
        payload = payload_of(push)
        answers = [(device, self._send_to(device, payload, push)) for device in push.devices]
        return _sum_up(push, answers)

    def _send_to(self, device: PushDevice, payload: bytes, push: OutgoingPush) -> _Answer:
        try:
            body = encrypt(payload, device.p256dh, device.auth)
        except UnusableKey as error:
            return _Answer("gone", str(error))
        headers = {
            "Authorization": self._tokens.authorization(device.endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl_seconds),
            "Urgency": push.urgency,
            "Topic": push.topic,
        }
        try:
            answer = self._http.post(device.endpoint, content=body, headers=headers)
        except OutboundRefused as error:
            return _Answer("refused", str(error))
        except OutboundError as error:
            # It may have it though no answer came: offers are then not sent a second time.
            kind: Literal["later", "unsure"] = "later" if outcome_of(error) == "retry" else "unsure"
            return _Answer(kind, f"The push service: {error}")
        return _judge(answer)


def payload_of(push: OutgoingPush) -> bytes:
    """Return what the service worker gets, as JSON that fits into one record."""
    news = {"title": push.title, "body": push.body, "url": push.url, "tag": push.message_id.hex}
    if push.icon:
        news["icon"] = push.icon
    body = push.body
    while len(plain := json.dumps(news, ensure_ascii=False).encode()) > MAX_PLAIN_BYTES:
        body = body[: len(body) * 3 // 4]
        news["body"] = f"{body}…"
        if not body:  # an address as long as that leads nowhere worth going
            news.pop("icon", None)
            news["url"] = ""
    return plain


def _judge(answer: httpx.Response) -> _Answer:
    status = answer.status_code
    said = re.sub(r"\s+", " ", answer.text).strip()[:200]
    if status in (200, 201, 202, 204):
        return _Answer("taken", location=answer.headers.get("Location", ""))
    if status in (404, 410):  # RFC 8030, 7.3
        return _Answer("gone", "The device turned notifications off.")
    if status == 413:
        return _Answer("refused", "The push service says that the notification is too large.")
    if status in (429, 503):
        words = f"The push service asks to wait (HTTP {status})."
        return _Answer("later", words, retry_after(answer))
    if status >= 500:  # it failed somewhere on the way: before or after taking it, nobody says
        words = f"The push service broke off (HTTP {status})."
        return _Answer("unsure", words, retry_after(answer))
    return _Answer("refused", f"The push service refused it (HTTP {status}): {said or 'no reason'}")


def _sum_up(push: OutgoingPush, answers: Sequence[tuple[PushDevice, _Answer]]) -> SendResult:
    """Return one word for all devices: one that has it is enough, nobody gets it twice.

    Where one may have it, the whole is uncertain: trying the others again would repeat it there.
    """
    gone = tuple(device.id for device, answer in answers if answer.kind == "gone")
    by_kind = {answer.kind: answer for _, answer in answers}
    if taken := by_kind.get("taken"):
        provider_id = taken.location.rpartition("/")[2][:200]
        return SendResult(push.message_id, "accepted", provider_id, gone=gone)
    if later := by_kind.get("unsure") or by_kind.get("later"):
        wait = max(answer.wait_seconds for _, answer in answers)
        outcome: Outcome = "uncertain" if later.kind == "unsure" else "retry"
        return SendResult(
            push.message_id, outcome, words=later.words, retry_after_seconds=wait, gone=gone
        )
    refused = by_kind.get("refused")
    words = refused.words if refused else _NO_DEVICE
    return SendResult(push.message_id, "refused", words=words, gone=gone)


def check_settings(settings: Mapping[str, str]) -> None:
    """Check what the connection's form asks for.

    :raises ValueError: with what is wrong.
    """
    if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+", settings.get("contact", "")):
        raise ValueError("The contact is an e-mail address that somebody reads.")
    if not settings.get(PRIVATE) or not settings.get(PUBLIC):
        raise ValueError("The keys are missing: connect notifications again.")
    read_key(settings[PRIVATE])
