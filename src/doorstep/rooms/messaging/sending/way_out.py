"""The one place where a message gets a way out of the machine, or is kept in the mailbox.

Everything that sends asks :func:`sender_for`. A demo store gets the mailbox whatever is connected;
there is no second place that builds a sender (``tests/test_way_out.py`` looks for one).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.models import SenderConnection
from doorstep.rooms.messaging.ports import MessageSender, SendResult, find_provider
from doorstep.rooms.messaging.sending.reaching import with_reach
from doorstep.rooms.stores.contracts import StoreInfo

MAILBOX = "mailbox"


class Mailbox:
    """Keeps messages instead of sending them; the console's mailbox shows what is kept."""

    def send(self, batch: Sequence[Any], *, deadline: float) -> list[SendResult]:
        """Take everything; nothing leaves."""
        return [SendResult(message.message_id, "accepted") for message in batch]

    def close(self) -> None:
        """Do nothing: there is no connection."""


class Unavailable:
    """Stands in for a provider that this installation does not have; what is tried stays queued."""

    def __init__(self, words: str) -> None:
        self._words = words

    def send(self, batch: Sequence[Any], *, deadline: float) -> list[SendResult]:
        """Answer with what is missing."""
        return [SendResult(m.message_id, "retry", words=self._words) for m in batch]

    def close(self) -> None:
        """Do nothing: there is no connection."""


def open_channels(store: StoreInfo, connections: Collection[Channel]) -> frozenset[Channel]:
    """Return the channels a store's messages can go out on.

    E-mail always: what has no provider yet is kept in the mailbox. SMS only once one is connected,
    so that nobody waits for a text that nobody sends; a demo store has every channel.
    """
    if store.is_demo:
        return frozenset(Channel)
    return frozenset(connections) | {Channel.EMAIL}


_local = threading.local()


def sender_for(store: StoreInfo, connection: SenderConnection | None) -> tuple[str, MessageSender]:
    """Return the provider's name and this thread's sender for a store's connection."""
    if store.is_demo or connection is None or connection.provider == MAILBOX:
        return MAILBOX, Mailbox()
    kept: dict[UUID, tuple[datetime, MessageSender]] = _local.__dict__.setdefault("senders", {})
    known = kept.get(connection.id)
    if known and known[0] == connection.changed_at:
        return connection.provider, known[1]
    if known:
        known[1].close()
    sender = _build(connection)
    kept[connection.id] = (connection.changed_at, sender)
    return connection.provider, sender


def _build(connection: SenderConnection) -> MessageSender:
    provider = find_provider(connection.channel, connection.provider)
    if provider is None:
        return Unavailable(
            f"The provider “{connection.provider}” is not part of this installation."
        )
    try:
        return with_reach(connection, provider.build(connection.settings))
    except ValueError as error:
        return Unavailable(f"The connection's settings do not work: {error}")


def forget_senders() -> None:
    """Close this thread's connections."""
    for _, sender in _local.__dict__.pop("senders", {}).values():
        sender.close()
