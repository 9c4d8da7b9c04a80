"""Text messages through Twilio's REST API (no SDK needed for one call).

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import httpx
from django.utils.crypto import constant_time_compare

from doorstep.connectors.sms.certainty import outcome_of
from doorstep.kernel.http import OutboundError, OutboundRefused, client
from doorstep.rooms.messaging.ports import Outcome, OutgoingSms, SendResult

API = "https://api.twilio.com"
# https://www.twilio.com/docs/api/errors: what is wrong with the number, not with us.
_DEAD_NUMBER = {21211, 21214, 21217, 21614, 30005, 30006}
_STOPPED = {21610}  # the recipient answered STOP
_LATER = {20429, 21611, 30001, 30022, 63018}  # queue full, rate limits


class TwilioSender:
    """Sends text messages of one Twilio account."""

    def __init__(self, settings: Mapping[str, str], api: str = API) -> None:
        """Check the settings.

        :raises ValueError: they can't work.
        """
        check_settings(settings)
        self._account = settings["account_sid"]
        self._service = settings.get("messaging_service_sid", "")
        self._url = f"{api}/2010-04-01/Accounts/{quote(self._account)}/Messages.json"
        self._http = client("twilio", auth=(self._account, settings["auth_token"]))

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
        form = {"To": sms.to_number, "Body": sms.text}
        if self._service:
            form["MessagingServiceSid"] = self._service
        else:
            form["From"] = sms.sender
        if sms.status_url.startswith("https://"):  # Twilio can't reach anything else
            form["StatusCallback"] = sms.status_url
        try:
            answer = self._http.post(self._url, data=form)
        except OutboundRefused as error:
            return SendResult(sms.message_id, "refused", words=str(error))
        except OutboundError as error:
            return SendResult(sms.message_id, outcome_of(error), words=f"Twilio: {error}")
        return _judge(sms, answer)


def _judge(sms: OutgoingSms, answer: httpx.Response) -> SendResult:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    if answer.status_code in (200, 201):
        return SendResult(sms.message_id, "accepted", str(body.get("sid", "")))
    code = body.get("code")
    words = f"Twilio said: {body.get('message') or f'HTTP {answer.status_code}'} ({code})"
    outcome: Outcome = "refused"
    if code in _STOPPED:
        outcome = "stopped"
    elif code in _DEAD_NUMBER:
        outcome = "bounced"
    elif code in _LATER or answer.status_code == 429 or answer.status_code >= 500:
        outcome = "retry"
    return SendResult(sms.message_id, outcome, words=words)


def check_settings(settings: Mapping[str, str]) -> None:
    """Check what Twilio's forms ask for.

    :raises ValueError: with what is wrong.
    """
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", settings.get("account_sid", "")):
        raise ValueError("The account SID starts with AC and has 32 more characters.")
    if not settings.get("auth_token"):
        raise ValueError("The auth token is missing.")
    service = settings.get("messaging_service_sid", "")
    if service and not re.fullmatch(r"MG[0-9a-fA-F]{32}", service):
        raise ValueError("The messaging service SID starts with MG and has 32 more characters.")


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """Return ``X-Twilio-Signature`` for a form that Twilio posts to a URL.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    signed = url + "".join(key + form[key] for key in sorted(form))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(auth_token: str, url: str, form: Mapping[str, str], given: str) -> bool:
    """Tell whether a callback really comes from Twilio."""
    return bool(given) and constant_time_compare(signature(auth_token, url, form), given)
