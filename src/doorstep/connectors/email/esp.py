"""Sending through the APIs of e-mail service providers, by django-anymail."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from email.utils import formataddr
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from requests.exceptions import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from doorstep.rooms.messaging.ports import CONTROL, Outcome, OutgoingEmail, SendResult

METADATA_KEY = "doorstep_message"  # comes back in the provider's webhooks
_TIMEOUT_SECONDS = 30


class EspSender:
    """Sends e-mails through one provider's HTTP API over a kept session."""

    def __init__(self, backend: str, options: Mapping[str, Any]) -> None:
        """Open nothing yet.

        :raises ValueError: anymail refuses the options.
        """
        try:
            self._backend = get_connection(
                f"anymail.backends.{backend}.EmailBackend", timeout=_TIMEOUT_SECONDS, **options
            )
        except (ImproperlyConfigured, AnymailError) as error:
            raise ValueError(str(error)) from error
        self._is_open = False

    def send(self, batch: Sequence[OutgoingEmail], *, deadline: float) -> list[SendResult]:
        """Send one after the other; the HTTP session is reused."""
        results = []
        for email in batch:
            if time.monotonic() >= deadline:
                results.append(SendResult(email.message_id, "unsent"))
            else:
                results.append(self._send_one(email))
        return results

    def close(self) -> None:
        """Close the HTTP session."""
        self._backend.close()
        self._is_open = False

    def _send_one(self, email: OutgoingEmail) -> SendResult:
        fields = (email.subject, email.from_name, email.from_address, email.to_name,
                  email.to_address, email.reply_to, *(v for _, v in email.headers))  # fmt: skip
        if any(CONTROL.search(text) for text in fields):
            words = "A name, address or header contains a line break."
            return SendResult(email.message_id, "refused", words=words)
        message = _message(email)
        try:
            if not self._is_open:
                self._backend.open()
                self._is_open = True
            self._backend.send_messages([message])
        except AnymailRecipientsRefused:
            return _status(email, message)
        except AnymailError as error:
            return _failure(email, error)
        except ValueError as error:  # an address anymail can't read, and the like
            return SendResult(email.message_id, "refused", words=str(error))
        return _status(email, message)


def _message(email: OutgoingEmail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.text,
        from_email=formataddr((email.from_name, email.from_address)),
        to=[formataddr((email.to_name, email.to_address))],
        reply_to=[email.reply_to] if email.reply_to else None,
        headers={"Message-ID": email.rfc_message_id, **dict(email.headers)},
    )
    if html := email.whole_html():
        message.attach_alternative(html, "text/html")
    message.metadata = {METADATA_KEY: str(email.message_id)}  # type: ignore[attr-defined]
    if email.kind:
        message.tags = [email.kind]  # type: ignore[attr-defined]
    return message


def _status(email: OutgoingEmail, message: EmailMultiAlternatives) -> SendResult:
    """Read anymail's normalised answer for the one recipient."""
    status = message.anymail_status  # type: ignore[attr-defined]
    recipients = list(status.recipients.values())
    state = recipients[0].status if recipients else None
    provider_id = str(recipients[0].message_id or "") if recipients else ""
    if state == "invalid":
        words = "The provider says that the address does not exist."
        return SendResult(email.message_id, "bounced", provider_id, words)
    if state == "rejected":
        words = "The provider refuses to send to this address (it is on its suppression list)."
        return SendResult(email.message_id, "refused", provider_id, words)
    if state == "failed":
        return SendResult(email.message_id, "retry", words="The provider could not send it now.")
    if state in {"queued", "sent"} or provider_id:
        return SendResult(email.message_id, "accepted", provider_id)
    words = "The provider's answer does not say whether it took the message."
    return SendResult(email.message_id, "refused", words=words)


def _failure(email: OutgoingEmail, error: AnymailError) -> SendResult:
    """Tell the provider's bad moment from our mistake by the HTTP status."""
    status = error.status_code
    outcome: Outcome = "refused"
    if status is None and _is_network(error):
        outcome = "retry" if _never_connected(error) else "uncertain"
    elif status == 504:  # a door in front of the provider gave up; what is behind it may not have
        outcome = "uncertain"
    elif status is not None and (status == 429 or status >= 500):
        outcome = "retry"
    first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
    detail = f" (HTTP {status})" if status else ""
    words = f"The e-mail provider did not take it{detail}: {_shown(error) or first_line}"
    return SendResult(email.message_id, outcome, words=words)


def _is_network(error: AnymailError) -> bool:
    return isinstance(error, OSError)  # requests' exceptions are OSErrors


def _never_connected(error: AnymailError) -> bool:
    """Tell whether the provider can't have got anything."""
    cause = error.__cause__
    if isinstance(cause, ConnectTimeout):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    return isinstance(reason, NewConnectionError)  # refused, or no such host


def _shown(error: AnymailError) -> str:
    """Return the provider's own words, cut to what fits on a page."""
    response = error.response
    return str(response.text)[:300].replace("\n", " ") if response is not None else ""
