"""Kannel's calls in our words: delivery reports (``dlr-url``) and messages (``get-url``)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from doorstep.rooms.messaging.contracts import DeliveryReport, InboundSms

# The bits of %d
_KINDS = {"1": "delivered", "2": "bounced", "4": "queued", "8": "sent", "16": "failed"}


def read(query: Mapping[str, str]) -> DeliveryReport | InboundSms | None:
    """Return what a call says; None for neither a report nor a message."""
    raw = {name: value for name, value in query.items() if name != "token"}
    if "status" in query and "message" in query:
        return _report(query, raw)
    if query.get("from") and "text" in query:
        return InboundSms(
            sender=_international(query["from"]),
            text=query["text"],
            provider_message_id=query.get("id", ""),
            raw=raw,
        )
    return None


def _report(query: Mapping[str, str], raw: Mapping[str, str]) -> DeliveryReport | None:
    try:
        message_id = UUID(query["message"])
    except ValueError:
        return None
    return DeliveryReport(
        kind=_KINDS.get(query["status"], "unknown"),
        recipient="",
        provider_message_id="",
        occurred_at=None,
        raw=raw,
        doorstep_message_id=message_id,
        description=query.get("answer", ""),
        # "undeliverable" alone does not say why: the centre's words vary too much to judge
        is_permanent=False,
    )


def _international(number: str) -> str:
    """Kannel gives numbers without the plus."""
    return number if number.startswith("+") or not number.isdigit() else f"+{number}"
