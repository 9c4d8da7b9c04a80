"""Where a shopper starts a conversation with the store."""

from __future__ import annotations

from uuid import UUID

from doorstep.rooms.messaging.actions.answer_chats import chat_ref
from doorstep.rooms.messaging.contracts import Channel, ChatLink
from doorstep.rooms.messaging.models import ChatContact, SenderConnection
from doorstep.rooms.messaging.reach import ACCOUNT


def messenger_link(customer_id: UUID) -> ChatLink | None:
    """Return the link that lets a shopper write to the store on Messenger; None without a page.

    https://developers.facebook.com/docs/messenger-platform/discovery/m-me-links
    """
    row = SenderConnection.objects.filter(channel=Channel.MESSENGER, is_active=True).first()
    page = str(row.settings.get(ACCOUNT[Channel.MESSENGER], "")) if row else ""
    if not page:
        return None
    is_linked = ChatContact.objects.filter(
        channel=Channel.MESSENGER, account=page, customer_id=customer_id
    ).exists()
    url = f"https://m.me/{page}?ref={chat_ref(customer_id)}"
    return ChatLink(Channel.MESSENGER, url, is_linked)
