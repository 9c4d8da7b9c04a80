"""Answer somebody who has just written: outside of the queue, and only within the 24 hours."""

from __future__ import annotations

import time
from uuid import UUID

import structlog

from doorstep.kernel.ids import new_id
from doorstep.rooms.messaging.models import SenderConnection
from doorstep.rooms.messaging.ports import OutgoingChat
from doorstep.rooms.messaging.sending.way_out import sender_for
from doorstep.rooms.stores import api as stores

log = structlog.get_logger(__name__)
_SECONDS = 10.0


def reply_to_chat(connection_id: UUID, to: str, text: str) -> bool:
    """Send a short answer at once; tell whether it went out.

    A courtesy, such as the confirmation of a STOP, whose effect is stored already: it is not kept
    and not tried again. Must not be called inside a transaction.
    """
    connection = SenderConnection.objects.get(id=connection_id)
    provider, sender = sender_for(stores.get_store(), connection)
    [result] = sender.send([OutgoingChat(new_id(), to, text)], deadline=time.monotonic() + _SECONDS)
    if result.outcome != "accepted":
        log.warning("reply_not_sent", provider=provider, outcome=result.outcome, why=result.words)
    return result.outcome == "accepted"
