"""Operations on messages."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from doorstep.api.cursors import seal, unseal
from doorstep.api.serving import serve
from doorstep.api.v1.schemas.messages import MessageDetail, MessageQuery, MessagesPage
from doorstep.kernel.clock import now
from doorstep.rooms.messaging import api as messaging

router = Router(tags=["Messages"])


@serve(router, "GET", "/messages", scope="messages.view", answers={200: MessagesPage})
def list_messages(request: HttpRequest, filters: Query[MessageQuery]) -> MessagesPage:
    """List messages.

    Newest first.
    """
    page = messaging.list_messages(
        subject=f"order:{filters.order_id}" if filters.order_id else "",
        customer_id=filters.customer_id,
        statuses=[filters.status] if filters.status else [],
        channel=filters.channel or "",
        kind=filters.kind,
        cursor=unseal("messages", filters.cursor),
        limit=filters.limit,
    )
    return MessagesPage(items=list(page.items), next_cursor=seal("messages", page.next_cursor))


@serve(router, "GET", "/messages/{message_id}", scope="messages.view", answers={200: MessageDetail})
def get_message(request: HttpRequest, message_id: UUID) -> MessageDetail:
    """Return a message.

    With why it went out, or did not: each decision of the contact gate comes with the word of every rule. The message's text is
    not part of the answer: its links open the shopper's own pages.
    """
    view = messaging.get_message(message_id, at=now())
    return MessageDetail(
        message=view.summary, decisions=list(view.decisions), deliveries=list(view.deliveries)
    )
