"""Sending by SMTP over a connection that is kept open.

At least once: when the connection breaks after the message's last dot was sent and before the
server's answer came, nobody can know whether the server took it; it is sent again with the same
Message-ID (ADR 0007).
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from doorstep.connectors.email.mime import build_message, wire_address
from doorstep.rooms.messaging.ports import OutgoingEmail, SendResult

TIMEOUT_SECONDS = 30
# Enhanced codes (RFC 3463) that say the address itself is dead, not the message unwelcome.
_DEAD_ADDRESS = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
_DEAD_WORDS = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|recipient)|does(?: not|n't) exist"
    r"|mailbox (?:unavailable|not found)|invalid (?:recipient|mailbox)|recipient not found",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where the server is and how to talk to it.

    :param security: ``starttls`` (required, never skipped), ``ssl`` or ``none``.
    :param bounce_address: envelope sender; empty takes the From address.
    """

    host: str
    port: int = 587
    security: str = "starttls"
    username: str = ""
    password: str = ""
    bounce_address: str = ""
    # What in the server's last answer is the id its webhooks will name, e.g. Amazon SES.
    reply_id: re.Pattern[str] | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> SmtpSettings:
        """Read a connection's stored settings. :raises ValueError: they can't work."""
        security = settings.get("security") or "starttls"
        if security not in {"starttls", "ssl", "none"}:
            raise ValueError("Security must be starttls, ssl or none.")
        port_text = settings.get("port") or {"ssl": "465", "none": "25"}.get(security, "587")
        if not port_text.isdigit() or not 0 < int(port_text) < 65536:
            raise ValueError("The port must be a number between 1 and 65535.")
        if not settings.get("host"):
            raise ValueError("Which mail server? Its host name is missing.")
        if settings.get("username") and security == "none":
            raise ValueError("A password must not travel unencrypted: choose starttls or ssl.")
        return cls(
            settings["host"].strip(),
            int(port_text),
            security,
            settings.get("username", ""),
            settings.get("password", ""),
            settings.get("bounce_address", ""),
        )


class _Refused(Exception):
    """The server said no; ``code`` 4xx is for now, 5xx for good."""

    def __init__(self, step: str, code: int, text: bytes) -> None:
        self.step = step
        self.code = code
        self.text = text.decode("utf-8", "replace").replace("\n", " ")
        super().__init__(f"{code} {self.text}")


class _Lost(Exception):
    """The connection broke. ``body_begun``: the server may have taken the message."""

    def __init__(self, error: Exception, *, body_begun: bool) -> None:
        self.body_begun = body_begun
        super().__init__(str(error) or type(error).__name__)


class SmtpSender:
    """Sends e-mails over one SMTP connection, opened when needed and kept."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def send(self, batch: Sequence[OutgoingEmail], *, deadline: float) -> list[SendResult]:
        """Send one after the other over the kept connection."""
        results: list[SendResult] = []
        for email in batch:
            if time.monotonic() >= deadline:
                results.append(SendResult(email.message_id, "unsent"))
                continue
            results.append(self._send_one(email))
        return results

    def close(self) -> None:
        """Say QUIT and hang up."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._smtp = None

    def _send_one(self, email: OutgoingEmail) -> SendResult:
        try:
            wire = build_message(email)
            envelope = (
                wire_address(self._settings.bounce_address or email.from_address),
                wire_address(email.to_address),
            )
        except ValueError as error:
            return SendResult(email.message_id, "refused", words=str(error))
        was_open = self._smtp is not None
        try:
            try:
                reply = self._transfer(*envelope, wire)
            except _Lost as lost:
                # A server may hang up on an idle connection: once more on a fresh one, unless the
                # message could have got through.
                if not was_open or lost.body_begun:
                    raise
                reply = self._transfer(*envelope, wire)
        except _Lost as lost:
            words = f"The connection to the mail server failed: {lost}"
            return SendResult(email.message_id, "retry", words=words)
        except _Refused as refusal:
            return _judge(email, refusal)
        found = self._settings.reply_id.search(reply) if self._settings.reply_id else None
        provider_id = found.group(1) if found else ""
        return SendResult(email.message_id, "accepted", provider_id, words=reply)

    def _connection(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = self._connect()
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = ssl.create_default_context()
        smtp: smtplib.SMTP
        if settings.security == "ssl":
            smtp = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            smtp = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
        try:
            if settings.security == "starttls":
                smtp.starttls(context=context)  # raises when not offered: never silently plain
            smtp.ehlo_or_helo_if_needed()
            if settings.username:
                smtp.login(settings.username, settings.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _transfer(self, sender: str, recipient: str, wire: bytes) -> str:
        """Do one mail transaction and return the server's last words."""
        body_begun = False
        try:
            smtp = self._connection()
            commands = _envelope(smtp, sender, recipient)
            _converse(smtp, commands)
            body_begun = True
            smtp.send(_stuffed(wire))
            code, text = smtp.getreply()
            if code != 250:
                raise _Refused("DATA", code, text)
            return text.decode("utf-8", "replace").replace("\n", " ")
        except _Refused as refusal:
            if refusal.code == 421:
                self._drop()
            raise
        except smtplib.SMTPAuthenticationError as error:
            self._drop()
            raise _Refused("AUTH", error.smtp_code, _bytes(error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            self._drop()
            raise _Refused("STARTTLS", 554, str(error).encode()) from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise _Lost(error, body_begun=body_begun) from error

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _envelope(smtp: smtplib.SMTP, sender: str, recipient: str) -> list[str]:
    options = ""
    if not (sender + recipient).isascii():
        if not smtp.has_extn("smtputf8"):
            words = b"5.6.7 The mail server does not take addresses with such letters."
            raise _Refused("RCPT", 553, words)
        options = " SMTPUTF8"
    return [f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{recipient}>", "DATA"]


def _converse(smtp: smtplib.SMTP, commands: list[str]) -> None:
    """Say MAIL, RCPT and DATA; at once where the server takes them so (RFC 2920)."""
    expected = (250, 250, 354)
    if not smtp.has_extn("pipelining"):
        for command, wanted in zip(commands, expected, strict=True):
            smtp.send((command + "\r\n").encode())
            code, text = smtp.getreply()
            if code != wanted and not (wanted == 250 and code == 251):
                _reset(smtp)
                raise _Refused(command[:4], code, text)
        return
    smtp.send("".join(command + "\r\n" for command in commands).encode())
    replies = [smtp.getreply() for _ in commands]
    for command, wanted, (code, text) in zip(commands, expected, replies, strict=True):
        if code != wanted and not (wanted == 250 and code == 251):
            if replies[-1][0] == 354:  # it waits for a message all the same: give it none
                smtp.send(b".\r\n")
                smtp.getreply()
            _reset(smtp)
            raise _Refused(command[:4], code, text)


def _reset(smtp: smtplib.SMTP) -> None:
    smtp.send(b"RSET\r\n")
    smtp.getreply()


def _stuffed(wire: bytes) -> bytes:
    """Double leading dots and end with the final one (RFC 5321, 4.5.2)."""
    body = wire.replace(b"\r\n.", b"\r\n..")
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


def _judge(email: OutgoingEmail, refusal: _Refused) -> SendResult:
    """Tell a dead address from a refused message and from a bad moment."""
    words = f"The mail server said: {refusal.code} {refusal.text}"
    if 400 <= refusal.code < 500:
        return SendResult(email.message_id, "retry", words=words)
    said = refusal.text
    has_enhanced = re.search(r"\b5\.\d+\.\d+\b", said)
    is_dead = bool(_DEAD_ADDRESS.search(said)) or (not has_enhanced and _DEAD_WORDS.search(said))
    if refusal.step in {"RCPT", "DATA"} and is_dead:
        return SendResult(email.message_id, "bounced", words=words)
    return SendResult(email.message_id, "refused", words=words)
