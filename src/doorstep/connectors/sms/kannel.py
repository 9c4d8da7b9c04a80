"""Text messages through a Kannel gateway's sendsms interface.

https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html, chapter 10
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

import httpx

from doorstep.connectors.sms.certainty import outcome_of
from doorstep.kernel.http import Limits, OutboundError, OutboundRefused, client
from doorstep.rooms.messaging.ports import OutgoingSms, SendResult, measure_sms

# Delivery reports wanted: delivered, undeliverable, queued, handed to and refused by the centre.
_DLR_MASK = 1 | 2 | 4 | 8 | 16


class KannelSender:
    """Sends text messages through one gateway."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        """Check the settings.

        :raises ValueError: they can't work.
        """
        check_settings(settings)
        self._url = settings["url"]
        self._user = {"username": settings["username"], "password": settings["password"]}
        self._hook_secret = settings.get("hook_secret", "")
        # A GET that sends: once only, or a lost answer would text somebody twice at once.
        self._http = client("kannel", limits=Limits(attempts=1))

    def send(self, batch: Sequence[OutgoingSms], *, deadline: float) -> list[SendResult]:
        """Send one after the other."""
        results = []
        for sms in batch:
            if time.monotonic() >= deadline:
                results.append(SendResult(sms.message_id, "unsent"))
            else:
                results.append(self._send_one(sms))
        return results

    def close(self) -> None:
        """Close the kept connections."""
        self._http.close()

    def _send_one(self, sms: OutgoingSms) -> SendResult:
        try:
            # A GET that sends: tried twice by the client, it could reach the phone twice.
            answer = self._http.get(self._url, params=self._query(sms), repeatable=False)
        except OutboundRefused as error:
            return SendResult(sms.message_id, "refused", words=str(error))
        except OutboundError as error:
            return SendResult(sms.message_id, outcome_of(error), words=f"Kannel: {error}")
        return _judge(sms, answer)

    def _query(self, sms: OutgoingSms) -> dict[str, str]:
        is_gsm = measure_sms(sms.text).encoding == "GSM-7"
        query = self._user | {
            "from": sms.sender,
            "to": sms.to_number,
            "text": sms.text,
            "charset": "UTF-8",
            "coding": "0" if is_gsm else "2",
        }
        if sms.status_url:
            # Kannel fills in %d (what happened), %A (the centre's words) and %t (when).
            report = urlencode({"message": str(sms.message_id), "token": self._hook_secret})
            query["dlr-mask"] = str(_DLR_MASK)
            query["dlr-url"] = f"{sms.status_url}?{report}&status=%d&answer=%A&at=%t"
        return query


def _judge(sms: OutgoingSms, answer: httpx.Response) -> SendResult:
    said = answer.text.strip()[:200]
    if answer.status_code in (200, 202):
        # "0: Accepted for delivery" or "3: Queued for later delivery"; Kannel gives no id, its
        # reports come back with ours.
        return SendResult(sms.message_id, "accepted", words=said)
    words = f"Kannel said: {said or f'HTTP {answer.status_code}'}"
    if answer.status_code in (400, 401, 403, 404):
        return SendResult(sms.message_id, "refused", words=words)
    return SendResult(sms.message_id, "retry", words=words)


def check_settings(settings: Mapping[str, str]) -> None:
    """Check what the connection's form asks for.

    :raises ValueError: with what is wrong.
    """
    parts = urlsplit(settings.get("url", ""))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("The address looks like http://gateway:13013/cgi-bin/sendsms.")
    if not settings.get("username") or not settings.get("password"):
        raise ValueError("The sendsms user and its password are missing.")
