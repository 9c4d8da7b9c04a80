"""Which channels a person can choose for news of an order: where the store writes and they can read."""

from __future__ import annotations

from doorstep.rooms.customers.contracts import CustomerInfo
from doorstep.rooms.messaging.actions.manage_devices import list_devices
from doorstep.rooms.messaging.chat_links import messenger_link
from doorstep.rooms.messaging.contracts import Channel
from doorstep.rooms.messaging.queries import list_open_channels


def list_offered_channels(person: CustomerInfo | None, *, subject: str) -> tuple[Channel, ...]:
    """Return the channels beside e-mail that a person can choose, in the order of a form.

    Notifications once one of their devices takes them; Messenger where the store has a page to
    write to, even before they did.

    :param subject: ``"order:<uuid>"``.
    """
    if person is None:
        return ()
    open_now = list_open_channels()
    offers = {
        Channel.SMS: lambda: bool(person.phone),
        Channel.WHATSAPP: lambda: bool(person.phone),
        Channel.MESSENGER: lambda: messenger_link(person.id) is not None,
        Channel.PUSH: lambda: bool(list_devices(person.id, subject=subject)),
    }
    return tuple(
        channel for channel, is_there in offers.items() if channel in open_now and is_there()
    )
