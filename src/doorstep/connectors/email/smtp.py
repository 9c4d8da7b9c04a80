"""Sending by SMTP over a connection that is kept open.

When the connection breaks after the message's last dot was sent and before the server's answer
came, nobody can know whether the server took it: the answer is ``uncertain`` (ADR 0007).
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from doorstep.connectors.email.mime import build_message, wire_address
from doorstep.rooms.messaging.ports import Outcome, OutgoingEmail, SendResult

TIMEOUT_SECONDS = 30
_EXPECTED = (250, 250, 354)  # of MAIL, RCPT and DATA
Result = TypeVar("Result")
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


@dataclass(slots=True)
class _Mail:
    """A message on its way: what is said for it, and what it is."""

    email: OutgoingEmail
    envelope: tuple[str, str]
    wire: bytes


class SmtpSender:
    """Sends e-mails over one SMTP connection, opened when needed and kept.

    Where the server takes commands in groups (RFC 2920), the next mail's envelope goes out together
    with the mail before: one round trip a mail instead of four.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def send(self, batch: Sequence[OutgoingEmail], *, deadline: float) -> list[SendResult]:
        """Send one after the other over the kept connection."""
        results: dict[UUID, SendResult] = {}
        waiting = deque(batch)
        while waiting and time.monotonic() < deadline:
            mail = self._next(waiting, results)
            if mail is not None:
                self._send_from(mail, waiting, results, deadline)
        return [
            results.get(one.message_id) or SendResult(one.message_id, "unsent") for one in batch
        ]

    def close(self) -> None:
        """Say QUIT and hang up."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._smtp = None

    def _next(self, waiting: deque[OutgoingEmail], results: dict[UUID, SendResult]) -> _Mail | None:
        """Put the next message into words; those that can't be are answered and passed over."""
        while waiting:
            email = waiting.popleft()
            try:
                wire = build_message(email)
                envelope = (
                    wire_address(self._settings.bounce_address or email.from_address),
                    wire_address(email.to_address),
                )
            except ValueError as error:
                results[email.message_id] = SendResult(
                    email.message_id, "refused", words=str(error)
                )
                continue
            return _Mail(email, envelope, wire)
        return None

    def _send_from(
        self,
        mail: _Mail,
        waiting: deque[OutgoingEmail],
        results: dict[UUID, SendResult],
        deadline: float,
    ) -> None:
        """Send a mail and, for as long as nothing goes wrong, those after it."""
        was_open = self._smtp is not None
        try:
            smtp = self._talking(lambda: self._begin(mail))
        except _Lost as lost:
            # A server may hang up on an idle connection: once more on a fresh one.
            if was_open:
                waiting.appendleft(mail.email)
            else:
                self._answer(mail, results, lost)
            return
        except _Refused as refusal:
            if refusal.code == 421 and was_open:
                waiting.appendleft(mail.email)
            else:
                self._answer(mail, results, refusal)
            return
        following: _Mail | None = mail
        while following is not None:
            mail, following = following, None
            if smtp.has_extn("pipelining") and time.monotonic() < deadline:
                following = self._next(waiting, results)
            following = self._finish(smtp, mail, following, waiting, results)

    def _begin(self, mail: _Mail) -> smtplib.SMTP:
        smtp = self._connection()
        _converse(smtp, _envelope(smtp, *mail.envelope))
        return smtp

    def _finish(
        self,
        smtp: smtplib.SMTP,
        mail: _Mail,
        following: _Mail | None,
        waiting: deque[OutgoingEmail],
        results: dict[UUID, SendResult],
    ) -> _Mail | None:
        """Send a mail whose envelope was taken, with the next one's envelope behind it.

        Return the next one when its envelope was taken too.
        """
        commands: list[str] = []
        if following is not None:
            try:
                commands = _envelope(smtp, *following.envelope)
            except _Refused as refusal:
                self._answer(following, results, refusal)
                following = None
        try:
            reply = self._talking(lambda: _hand_over(smtp, mail.wire, commands), body_begun=True)
            self._accepted(mail, results, reply)
        except (_Lost, _Refused) as trouble:
            self._answer(mail, results, trouble)
        if following is None:
            return None
        if self._smtp is None:  # gone meanwhile; the next was not begun
            waiting.appendleft(following.email)
            return None
        try:
            self._talking(lambda: _hear(smtp, commands))
        except _Refused as refusal:
            if refusal.code != 421:
                self._answer(following, results, refusal)
                return None
        except _Lost:
            pass
        else:
            return following
        waiting.appendleft(following.email)
        return None

    def _accepted(self, mail: _Mail, results: dict[UUID, SendResult], reply: str) -> None:
        found = self._settings.reply_id.search(reply) if self._settings.reply_id else None
        provider_id = found.group(1) if found else ""
        message_id = mail.email.message_id
        results[message_id] = SendResult(message_id, "accepted", provider_id, words=reply)

    def _answer(
        self, mail: _Mail, results: dict[UUID, SendResult], trouble: _Lost | _Refused
    ) -> None:
        message_id = mail.email.message_id
        if isinstance(trouble, _Refused):
            results[message_id] = _judge(mail.email, trouble)
            return
        words = f"The connection to the mail server failed: {trouble}"
        outcome: Outcome = "uncertain" if trouble.body_begun else "retry"
        results[message_id] = SendResult(message_id, outcome, words=words)

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

    def _talking(self, talk: Callable[[], Result], *, body_begun: bool = False) -> Result:
        """Talk to the server; hang up when that fails.

        :raises _Refused: the server says no.
        :raises _Lost: it can't be talked to (any more).
        """
        try:
            return talk()
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
    if not smtp.has_extn("pipelining"):
        for command, wanted in zip(commands, _EXPECTED, strict=True):
            smtp.send((command + "\r\n").encode())
            code, text = smtp.getreply()
            if code != wanted and not (wanted == 250 and code == 251):
                if code != 421:
                    _reset(smtp)
                raise _Refused(command[:4], code, text)
        return
    smtp.send("".join(command + "\r\n" for command in commands).encode())
    _hear(smtp, commands)


def _hand_over(smtp: smtplib.SMTP, wire: bytes, commands: list[str]) -> str:
    """Send a message's text, with the next one's commands behind it; return the server's words.

    :param wire: without a line that begins with a dot, as ``build_message`` makes it.
    """
    end = b".\r\n" if wire.endswith(b"\r\n") else b"\r\n.\r\n"
    smtp.send(wire + end + "".join([command + "\r\n" for command in commands]).encode())
    code, text = smtp.getreply()
    if code != 250:
        raise _Refused("DATA", code, text)
    return text.decode("utf-8", "replace").replace("\n", " ")


def _hear(smtp: smtplib.SMTP, commands: list[str]) -> None:
    """Read the answers to a group of commands."""
    replies = [smtp.getreply() for _ in commands]
    for command, wanted, (code, text) in zip(commands, _EXPECTED, replies, strict=True):
        if code != wanted and not (wanted == 250 and code == 251):
            if replies[-1][0] == 354:  # it waits for a message all the same: give it none
                smtp.send(b".\r\n")
                smtp.getreply()
            if code != 421:
                _reset(smtp)
            raise _Refused(command[:4], code, text)


def _reset(smtp: smtplib.SMTP) -> None:
    smtp.send(b"RSET\r\n")
    smtp.getreply()


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
