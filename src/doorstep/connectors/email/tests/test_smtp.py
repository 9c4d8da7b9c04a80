"""Sending through a real SMTP server in a process of its own."""

from __future__ import annotations

import datetime
import email
import email.policy
import ipaddress
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from doorstep.connectors.email.smtp import SmtpSender, SmtpSettings
from doorstep.connectors.email.tests.test_mime import MAIL
from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.ports import OutgoingEmail, SendResult

ROOT = Path(__file__).resolve().parents[5]


@dataclass
class Server:
    """A running server and what it kept."""

    port: int
    folder: Path

    def kept(self) -> list[EmailMessage]:
        """Return the messages in the order they were accepted."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.folder.glob("*.eml"))
        ]


def serve(folder: Path, *options: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "dev.fakes.smtp_server", str(folder), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Server(int(process.stdout.readline()), folder)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    yield from serve(tmp_path)


def mail(to: str = "maya@example.com", **changes: object) -> OutgoingEmail:
    return replace(MAIL, message_id=new_id(), to_address=to, **changes)  # type: ignore[arg-type]


def send(sender: SmtpSender, *mails: OutgoingEmail) -> list[SendResult]:
    return sender.send(mails, deadline=time.monotonic() + 30)


@pytest.fixture
def sender(server: Server) -> Iterator[SmtpSender]:
    made = SmtpSender(SmtpSettings("127.0.0.1", server.port, security="none"))
    yield made
    made.close()


def test_mails_arrive_whole_over_one_connection(server: Server, sender: SmtpSender) -> None:
    text = "A line\n.\n.. and dots\n.leading\nthe end"
    mails = [mail(), mail(text=text, subject="Größe 😀 " * 12 + "!"), mail("jonas@bücher.example")]
    results = send(sender, *mails)
    assert [r.outcome for r in results] == ["accepted"] * 3
    first, second, third = server.kept()
    assert first["Subject"] == MAIL.subject
    plain = second.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == text
    assert second["Subject"] == "Größe 😀 " * 12 + "!"
    assert third["X-Envelope"].split()[1] == "jonas@xn--bcher-kva.example"


def test_refusals_are_told_apart(server: Server, sender: SmtpSender) -> None:
    names = ["nobody", "busy", "full", "spam", "maya"]
    results = send(sender, *(mail(f"{name}@example.com") for name in names))
    assert [r.outcome for r in results] == ["bounced", "retry", "refused", "refused", "accepted"]
    assert "550 5.1.1" in results[0].words
    assert len(server.kept()) == 1


def test_a_connection_lost_after_the_data_is_sent_again_with_the_same_id(
    server: Server, sender: SmtpSender
) -> None:
    message = mail("hangup@example.com")
    for _ in range(2):
        [result] = send(sender, message)
        assert result.outcome == "uncertain"
    # At least once: the server had taken it both times, and both carry one Message-ID.
    first, second = server.kept()
    assert first["Message-ID"] == second["Message-ID"] == message.rfc_message_id
    assert send(sender, mail())[0].outcome == "accepted"


def test_an_idle_connection_that_was_closed_is_opened_again(
    server: Server, sender: SmtpSender
) -> None:
    send(sender, mail())
    assert sender._smtp is not None
    sender._smtp.sock.close()
    assert send(sender, mail())[0].outcome == "accepted"


def test_a_mail_with_letters_before_the_at_goes_as_smtputf8(
    server: Server, sender: SmtpSender
) -> None:
    assert send(sender, mail("jürgen@example.com"))[0].outcome == "accepted"
    assert "jürgen@example.com" in server.kept()[0]["X-Envelope"]


def test_nothing_to_connect_to_is_a_retry() -> None:
    sender = SmtpSender(SmtpSettings("127.0.0.1", 1, security="none"))
    [result] = send(sender, mail())
    assert result.outcome == "retry"
    assert "connection" in result.words


def test_an_injected_header_is_refused_and_the_others_go(
    server: Server, sender: SmtpSender
) -> None:
    results = send(sender, mail(to_name="Maya\r\nBcc: all@example.com"), mail())
    assert [r.outcome for r in results] == ["refused", "accepted"]
    assert len(server.kept()) == 1


def test_out_of_time_is_unsent(server: Server, sender: SmtpSender) -> None:
    [result] = sender.send([mail()], deadline=time.monotonic() - 1)
    assert result.outcome == "unsent"
    assert server.kept() == []


def test_encryption_is_never_skipped(server: Server) -> None:
    sender = SmtpSender(SmtpSettings("127.0.0.1", server.port))  # STARTTLS, not offered
    [result] = send(sender, mail())
    assert result.outcome == "refused"
    assert server.kept() == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_starttls_with_a_password(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for server in serve(folder, "--certificate", str(certificate), "--login"):
        settings = SmtpSettings("127.0.0.1", server.port, "starttls", "doorstep", "secret")
        untrusted = SmtpSender(settings)
        assert send(untrusted, mail())[0].outcome == "retry"  # nobody vouches for the certificate
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted = SmtpSender(settings)
        assert send(trusted, mail())[0].outcome == "accepted"
        trusted.close()
        wrong = SmtpSender(replace(settings, password="wrong"))
        [result] = send(wrong, mail())
        assert result.outcome == "refused"
        assert "535" in result.words
        assert len(server.kept()) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "host name"),
        ({"host": "mail.example.com", "port": "zero"}, "port"),
        ({"host": "mail.example.com", "security": "tls"}, "Security"),
        ({"host": "mail.example.com", "security": "none", "username": "x"}, "unencrypted"),
    ],
)
def test_settings_that_can_not_work_are_said(settings: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SmtpSettings.from_settings(settings)
