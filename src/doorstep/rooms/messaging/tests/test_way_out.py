"""A demo store's messages stay on the machine, whatever is connected."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import doorstep
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.messaging import api
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.models import Message
from doorstep.rooms.messaging.sending.send_due import send_due
from doorstep.rooms.messaging.tests.cast import (
    AT,
    INES,
    SYSTEM,
    Outbox,
    confirmation,
    reach_everywhere,
    shopper,
)
from doorstep.rooms.stores import api as stores


@pytest.mark.parametrize("channel", list(Channel))
def test_nothing_of_a_demo_store_leaves(db: None, outbox: Outbox, channel: Channel) -> None:
    demo = stores.create_store(slug="demo-shop", name="Demo", currency="EUR", is_demo=True, at=AT)
    with store_scope(demo.id):
        sender = {Channel.SMS: "+4930123456", Channel.EMAIL: "hello@demo.example"}.get(channel, "")
        api.connect_sender(channel=channel, provider="outbox", from_address=sender, by=INES, at=AT)
        person = shopper(phone="+4915112345678")
        reach_everywhere(person)
        api.request_messages([confirmation(person, channel=channel)], by=SYSTEM, at=AT)
        assert send_due(at=AT + timedelta(minutes=1)) == 1
        assert outbox.sent == []
        row = Message.objects.get()
        assert (row.status, row.provider) == ("sent", "mailbox")
        assert "demo" in [step.reason for step in api.explain(row.id)[0].trace]


def test_senders_are_built_in_one_place_only() -> None:
    package = Path(doorstep.__file__).parent
    builds = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "tests" not in path.parts
        and re.search(r"\.build\(", path.read_text())
        and "messaging" in path.parts
    ]
    assert builds == ["rooms/messaging/sending/way_out.py"]
    for path in (package / "rooms" / "messaging").rglob("*.py"):
        if "tests" not in path.parts:
            assert "smtplib" not in path.read_text(), path
