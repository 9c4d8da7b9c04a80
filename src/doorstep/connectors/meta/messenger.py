"""Messenger messages through Meta's Send API.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.connectors.meta.graph import API, Graph
from doorstep.rooms.messaging.ports import OutgoingChat, SendResult

# For news of a purchase after the 24 hours. Meta ended these tags in the spring of 2026 for most
# pages (it answers error 100); HUMAN_AGENT is for people who answer, never for a program.
TAGS = ("", "POST_PURCHASE_UPDATE", "CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE")
CLOSED = "The person's last message is more than 24 hours old: Meta lets nothing through."


class MessengerSender:
    """Sends from one page."""

    def __init__(self, settings: Mapping[str, str], api: str = API) -> None:
        """Check the settings.

        :param api: another address of the Graph API; tests have their own.
        :raises ValueError: they can't work.
        """
        check_settings(settings)
        self._tag = settings.get("tag", "")
        self._graph = Graph("messenger", settings["page_id"], settings["token"], api)

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
        kind = type_of(chat, self._tag)
        if kind is None:
            return SendResult(chat.message_id, "refused", words=CLOSED)
        posted = self._graph.post(
            {"recipient": {"id": chat.to}, "message": {"text": chat.text}, **kind}
        )
        return SendResult(
            chat.message_id,
            posted.outcome,
            str(posted.body.get("message_id", "")),
            posted.words,
            retry_after_seconds=posted.wait_seconds,
        )


def type_of(chat: OutgoingChat, tag: str) -> dict[str, Any] | None:
    """Return under which of Meta's rules a message goes; None when under none.

    Within the 24 hours it is an update; afterwards only news of a purchase, and only where the
    page still has a tag for them.
    """
    if chat.is_open:
        return {"messaging_type": "UPDATE"}
    if tag and chat.is_transactional:
        return {"messaging_type": "MESSAGE_TAG", "tag": tag}
    return None


def check_settings(settings: Mapping[str, str]) -> None:
    """Check what the connection's form asks for.

    :raises ValueError: with what is wrong.
    """
    if not re.fullmatch(r"[0-9]{5,25}", settings.get("page_id", "")):
        raise ValueError("The page ID has only digits.")
    if not settings.get("token"):
        raise ValueError("The page's access token is missing.")
    if not re.fullmatch(r"[0-9a-f]{32}", settings.get("app_secret", "")):
        raise ValueError("The app secret has 32 signs, 0 to 9 and a to f.")
