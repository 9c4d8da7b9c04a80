"""A sender killed in the middle of a mail loses nothing, and repeats with the same Message-ID."""

from __future__ import annotations

import email
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from dev.testing.database import ROOT
from dev.testing.servers import database_url, environment
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.sending import claim
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.sending.way_out import forget_senders
from doorstep.rooms.messaging.tests.cast import AT, INES, SYSTEM, confirmation, shopper
from doorstep.rooms.stores.contracts import StoreInfo


@pytest.mark.crash
@pytest.mark.django_db(transaction=True)
def test_a_killed_sender_loses_no_mail(store: StoreInfo, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "dev.fakes.smtp_server", str(kept)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        port = server.stdout.readline().strip()
        _queue(port, ["maya@example.com", "slow@example.com", "jonas@example.com"])
        _kill_while_sending(tmp_path, kept)
        assert set(Message.objects.values_list("status", flat=True)) == {"sending"}
        assert send_due(at=AT + claim.LEASE / 2) == 0  # the lease still holds

        Message.objects.filter(address_key="slow@example.com").update(to_address="fast@example.com")
        assert send_due(at=AT + claim.LEASE + timedelta(seconds=1)) == 3
        assert set(Message.objects.values_list("status", flat=True)) == {"sent"}
        sent = Counter(
            email.message_from_bytes(path.read_bytes())["Message-ID"] for path in kept.glob("*.eml")
        )
        # Who had been handed over before the kill gets it twice, under one Message-ID.
        assert sorted(sent.values()) == [1, 2, 2]
        assert set(sent) == set(Message.objects.values_list("message_id_header", flat=True))
    finally:
        forget_senders()
        server.kill()
        server.wait()
        server.stdout.close()


def _queue(port: str, addresses: list[str]) -> None:
    api.connect_sender(
        channel=Channel.EMAIL,
        provider="smtp",
        settings={"host": "127.0.0.1", "port": port, "security": "none"},
        from_address="hello@fern-and-kettle.example",
        by=INES,
        at=AT,
    )
    for number, address in enumerate(addresses):
        request = confirmation(shopper(address), f"cause:{number}")
        api.request_messages([request], by=SYSTEM, at=AT + timedelta(microseconds=number))


def _kill_while_sending(tmp_path: Path, kept: Path) -> None:
    """Start a sender and kill it while the server holds back its answer to the second mail."""
    module = "doorstep.rooms.messaging.tests.run_sender"
    process = subprocess.Popen(
        [sys.executable, "-m", module, (AT + timedelta(milliseconds=1)).isoformat()],
        env=environment(tmp_path) | {"DATABASE_URL": database_url()},
    )
    deadline = time.monotonic() + 60
    while len(list(kept.glob("*.eml"))) < 2:
        assert process.poll() is None, "the sender ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
