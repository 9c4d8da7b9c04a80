"""A store that sends through a provider inside the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from doorstep.rooms.messaging import api, ports
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.ports import Provider
from doorstep.rooms.messaging.sending import way_out
from doorstep.rooms.messaging.tests.cast import AT, INES, Outbox
from doorstep.rooms.stores.contracts import StoreInfo


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    """Bind a provider called ``outbox`` for both channels."""
    box = Outbox()
    names = [(channel.value, "outbox") for channel in Channel]
    for channel, name in names:
        ports.bind_provider(Provider(name, channel, "Outbox", (), lambda s: box, reports=True))
    yield box
    for name in names:
        ports._providers.pop(name)
    way_out.forget_senders()


@pytest.fixture
def connected(store: StoreInfo, outbox: Outbox) -> Outbox:
    """Fern & Kettle sends e-mail and SMS through the outbox."""
    api.connect_sender(
        channel=Channel.EMAIL,
        provider="outbox",
        from_address="hello@fern-and-kettle.example",
        reply_to="help@fern-and-kettle.example",
        by=INES,
        at=AT,
    )
    api.connect_sender(
        channel=Channel.SMS, provider="outbox", from_address="+4930123456", by=INES, at=AT
    )
    return outbox
