"""Give chats and notifications, at the last moment, what only the database knows.

Whether the 24 hours of a conversation are still open, and which devices a notification goes to: both
may have changed since the message was put together. One query for a whole set, outside of any
transaction; afterwards the devices that a push service no longer knows are put away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from doorstep.kernel.clock import now
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.models import ChatContact, PushSubscription, SenderConnection
from doorstep.rooms.messaging.ports import (
    MessageSender,
    OutgoingChat,
    OutgoingPush,
    PushDevice,
    SendResult,
)
from doorstep.rooms.messaging.reach import ACCOUNT, WINDOW

GONE = "The push service no longer knows this device."
# No shopper has more; a subscription is never deleted by a browser that forgot it.
MAX_DEVICES = 20


def with_reach(connection: SenderConnection, sender: MessageSender) -> MessageSender:
    """Wrap a provider's sender where its channel needs it."""
    channel = Channel(connection.channel)
    if channel in ACCOUNT:
        return ToConversations(sender, channel, connection.settings.get(ACCOUNT[channel], ""))
    return ToDevices(sender) if channel is Channel.PUSH else sender


class ToConversations:
    """Sends chats, each with whether its 24 hours are open now."""

    def __init__(self, sender: MessageSender, channel: Channel, account: str) -> None:
        self._sender, self._channel, self._account = sender, channel, account

    def send(self, batch: Sequence[OutgoingChat], *, deadline: float) -> list[SendResult]:
        """Send the batch; see :class:`MessageSender`."""
        # The sender is an edge: what counts is the moment in which it goes out.
        open_now = self._open(batch, now())
        ready = [replace(chat, is_open=chat.to in open_now) for chat in batch]
        return self._sender.send(ready, deadline=deadline)

    def _open(self, batch: Sequence[OutgoingChat], at: datetime) -> set[str]:
        rows = ChatContact.objects.filter(
            channel=self._channel,
            account=self._account,
            address__in={chat.to for chat in batch},
            last_inbound_at__gt=at - WINDOW,
        )
        return set(rows.values_list("address", flat=True))

    def close(self) -> None:
        """Close what the provider's sender keeps open."""
        self._sender.close()


class ToDevices:
    """Sends notifications to every device that takes them."""

    def __init__(self, sender: MessageSender) -> None:
        self._sender = sender

    def send(self, batch: Sequence[OutgoingPush], *, deadline: float) -> list[SendResult]:
        """Send the batch; see :class:`MessageSender`."""
        devices = _devices(batch)
        ready = [replace(push, devices=tuple(_of(push, devices))) for push in batch]
        results = self._sender.send(ready, deadline=deadline)
        end_gone({device for result in results for device in result.gone}, at=now())
        return results

    def close(self) -> None:
        """Close what the provider's sender keeps open."""
        self._sender.close()


def _devices(batch: Sequence[OutgoingPush]) -> dict[str, list[tuple[str, PushDevice]]]:
    """Return the subscriptions of all recipients, newest first, with what they hear of."""
    rows = PushSubscription.objects.filter(
        customer_id__in={push.recipient for push in batch}, ended_at__isnull=True
    )
    found: dict[str, list[tuple[str, PushDevice]]] = defaultdict(list)
    for row in rows.order_by("-created_at"):
        device = PushDevice(row.id, row.endpoint, row.p256dh, row.auth)
        found[str(row.customer_id)].append((row.subject_ref, device))
    return found


def _of(push: OutgoingPush, devices: dict[str, list[tuple[str, PushDevice]]]) -> list[PushDevice]:
    """Return each browser once, though it may have subscribed to the order and to everything."""
    by_endpoint: dict[str, PushDevice] = {}
    for subject, device in devices.get(push.recipient, ()):
        if subject in ("", push.about):
            by_endpoint.setdefault(device.endpoint, device)
    return list(by_endpoint.values())[:MAX_DEVICES]


def end_gone(ids: set[UUID], *, at: datetime) -> int:
    """End every live subscription of the browsers behind some of them; return how many."""
    if not ids:
        return 0
    endpoints = PushSubscription.objects.filter(id__in=ids).values("endpoint")
    live = PushSubscription.objects.filter(endpoint__in=endpoints, ended_at__isnull=True)
    return live.update(ended_at=at, ended_because=GONE)
