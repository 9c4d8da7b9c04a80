"""WhatsApp messages through Meta's Cloud API.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.connectors.meta.graph import API, Graph
from doorstep.rooms.messaging.ports import OutgoingChat, SendResult, check_approved_texts

CLOSED = (
    "The person's last message is more than 24 hours old, and no approved text is named for this "
    "message under Settings, Connections, WhatsApp."
)


class WhatsAppSender:
    """Sends from one phone number."""

    def __init__(self, settings: Mapping[str, str], api: str = API) -> None:
        """Check the settings.

        :param api: another address of the Graph API; tests have their own.
        :raises ValueError: they can't work.
        """
        check_settings(settings)
        self._graph = Graph("whatsapp", settings["phone_number_id"], settings["token"], api)

    def send(self, batch: Sequence[OutgoingChat], *, deadline: float) -> list[SendResult]:
        """Send one after the other."""
        results = []
        for chat in batch:
            if time.monotonic() >= deadline:
                results.append(SendResult(chat.message_id, "unsent"))
            else:
                results.append(self._send_one(chat))
        return results

    def close(self) -> None:
        """Close the kept connections."""
        self._graph.close()

    def _send_one(self, chat: OutgoingChat) -> SendResult:
        content = content_of(chat)
        if content is None:
            return SendResult(chat.message_id, "refused", words=CLOSED)
        posted = self._graph.post(
            {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": chat.to.removeprefix("+"),
                # comes back with every report about this message
                "biz_opaque_callback_data": str(chat.message_id),
                **content,
            }
        )
        return SendResult(
            chat.message_id,
            posted.outcome,
            _id_of(posted.body),
            posted.words,
            retry_after_seconds=posted.wait_seconds,
        )


def content_of(chat: OutgoingChat) -> dict[str, Any] | None:
    """Return the part of the call that says what is sent; None when nothing may be sent.

    Free text while the 24 hours are open (it costs nothing then), an approved text afterwards.
    """
    if chat.is_open:
        return {"type": "text", "text": {"preview_url": True, "body": chat.text}}
    if chat.template is None:
        return None
    template: dict[str, Any] = {
        "name": chat.template.name,
        "language": {"code": chat.template.language},
    }
    if chat.template.parameters:
        values = [{"type": "text", "text": value} for value in chat.template.parameters]
        template["components"] = [{"type": "body", "parameters": values}]
    return {"type": "template", "template": template}


def _id_of(body: Mapping[str, Any]) -> str:
    sent = body.get("messages")
    first = sent[0] if isinstance(sent, list) and sent else None
    return str(first.get("id", "")) if isinstance(first, dict) else ""


def check_settings(settings: Mapping[str, str]) -> None:
    """Check what the connection's form asks for.

    :raises ValueError: with what is wrong.
    """
    if not re.fullmatch(r"[0-9]{5,25}", settings.get("phone_number_id", "")):
        raise ValueError("The phone number ID has only digits. It is not the number itself.")
    if not settings.get("token"):
        raise ValueError("The access token is missing.")
    if not re.fullmatch(r"[0-9a-f]{32}", settings.get("app_secret", "")):
        raise ValueError("The app secret has 32 signs, 0 to 9 and a to f.")
    check_approved_texts(settings.get("approved_texts", ""))
