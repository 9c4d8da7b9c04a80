"""Marketing mails whose sender is killed at any moment: none comes twice, and none is lost in silence."""

from __future__ import annotations

import email
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from dev.testing.database import ROOT
from doorstep.kernel.tests.threads import wait_for_the_dead
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import (
    Channel,
    ConsentGrant,
    ConsentState,
    Purpose,
)
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.sending import chunks, claim, handover
from doorstep.rooms.messaging.sending.send_due import send_awaited, send_marketing
from doorstep.rooms.messaging.sending.way_out import forget_senders
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, confirmation
from doorstep.rooms.stores.contracts import StoreInfo

OFFERS, NEWS = 12, 6


@pytest.fixture
def kept(tmp_path: Path, store: StoreInfo) -> Iterator[Path]:
    """Send through a real mail server that keeps what it takes in this folder."""
    folder = tmp_path / "kept"
    folder.mkdir()
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "dev.fakes.smtp_server", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        settings = {
            "host": "127.0.0.1",
            "port": server.stdout.readline().strip(),
            "security": "none",
        }
        api.connect_sender(
            channel=Channel.EMAIL,
            provider="smtp",
            settings=settings,
            from_address="hello@fern-and-kettle.example",
            by=INES,
            at=AT,
        )
        yield folder
    finally:
        forget_senders()
        server.kill()
        server.wait()
        server.stdout.close()


def _queue() -> None:
    claims = [PersonClaim(email=f"reader-{n}@example.com", name="Maya") for n in range(OFFERS)]
    people = customers.resolve_customers(claims, at=AT)
    yes = (Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "test", AT)
    api.record_consent([ConsentGrant(one, *yes) for one in people], by=SYSTEM, at=AT)
    offers = [
        confirmation(one, f"offer:{n}", purpose=Purpose.MARKETING, channel=Channel.EMAIL)
        for n, one in enumerate(people)
    ]
    news = [confirmation(one, f"news:{n}") for n, one in enumerate(people[:NEWS])]
    api.request_messages([*offers, *news], by=SYSTEM, at=AT)


def _killed_at(step: int, at: Any) -> bool:
    """Send in a child that dies at its Nth statement or network write; False if it got done."""
    connections.close_all()
    forget_senders()
    child = os.fork()
    if child == 0:
        left = step

        def count() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            count()
            return execute(sql, params, many, context)

        _count_network(count)
        with connection.execute_wrapper(statement):
            while send_awaited(at=at) + send_marketing(at=at):
                pass
        os._exit(0)
    _, status = os.waitpid(child, 0)
    wait_for_the_dead()
    return os.WIFSIGNALED(status)


def _count_network(count: Any) -> None:
    """Let each thing said to the mail server, and each answer, be a moment to die in."""
    import smtplib

    say, hear = smtplib.SMTP.send, smtplib.SMTP.getreply

    def saying(self: Any, data: Any) -> Any:
        count()
        return say(self, data)

    def hearing(self: Any) -> Any:
        count()
        return hear(self)

    smtplib.SMTP.send = saying  # type: ignore[method-assign]  # in the child alone
    smtplib.SMTP.getreply = hearing  # type: ignore[method-assign]


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_no_offer_comes_twice_and_no_news_are_lost(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 3)
    monkeypatch.setattr(chunks, "RECORD_AFTER", 5)
    _queue()
    at, kills = AT + timedelta(minutes=1), 0
    for step in range(1, 400, 3):
        if not _killed_at(step, at):
            break
        kills += 1
        at += claim.LEASE
        Message.objects.update(lost_leases=0)  # what kills its sender five times is another story
    else:
        pytest.fail("it never got done")
    sent = Counter(
        email.message_from_bytes(path.read_bytes())["Message-ID"] for path in kept.glob("*.eml")
    )
    assert kills >= 12, "it ended before it was killed often enough to prove anything"
    for message in Message.objects.all():
        came = sent[message.message_id_header]
        if message.purpose == Purpose.TRANSACTIONAL:
            assert (message.status, came >= 1) == ("sent", True)
        elif message.status == "sent":
            assert came == 1
        else:
            assert came <= 1
            assert (message.status, message.status_words) == ("failed", handover.MAY_HAVE_BEEN_SENT)
    assert Message.objects.filter(purpose=Purpose.MARKETING, status="failed").exists()
