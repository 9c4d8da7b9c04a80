"""Meta's webhooks in our words: reports about what we sent, and what people write.

WhatsApp: https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples
Messenger: https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from doorstep.connectors.meta.errors import is_dead, words_of
from doorstep.rooms.messaging.contracts import Channel, DeliveryReport, InboundChat, ReadUpTo

Found = DeliveryReport | InboundChat | ReadUpTo
OBJECTS = {Channel.WHATSAPP: "whatsapp_business_account", Channel.MESSENGER: "page"}

_STATUSES = {
    "sent": "sent", "delivered": "delivered", "read": "opened", "played": "opened",
    "failed": "failed", "deleted": "unknown", "warning": "unknown",
}  # fmt: skip
_STOPPED_MARKETING = 131050
# WhatsApp speaks as the user about the user's number: nobody wrote anything.
_NOT_WRITTEN = frozenset({"system", "request_welcome"})


class UnreadableBody(ValueError):
    """The body is not what Meta sends; the message says where."""


def read_body(channel: Channel, body: object, account: str) -> list[Found]:
    """Return what a webhook reports about one account; what is about others is left out.

    :param account: the connection's phone number id or page id.
    :raises UnreadableBody: it is no webhook of this product.
    """
    whole = _mapping(body, "body")
    if whole.get("object") != OBJECTS[channel]:
        raise UnreadableBody(f"The object is not “{OBJECTS[channel]}”.")
    read = _whatsapp if channel is Channel.WHATSAPP else _messenger
    return [
        found
        for entry in _list(whole.get("entry"), "entry")
        for found in read(_mapping(entry, "entry"), account)
    ]


def _whatsapp(entry: Mapping[str, Any], account: str) -> Iterator[Found]:
    for change in _list(entry.get("changes"), "changes"):
        value = _mapping(_mapping(change, "changes").get("value"), "value")
        metadata = _mapping(value.get("metadata", {}), "metadata")
        if change.get("field") != "messages" or metadata.get("phone_number_id") != account:
            continue
        for status in _list(value.get("statuses", []), "statuses"):
            yield _status(_mapping(status, "statuses"))
        for message in _list(value.get("messages", []), "messages"):
            if _mapping(message, "messages").get("type") not in _NOT_WRITTEN:
                yield _written(message, account)


def _status(status: Mapping[str, Any]) -> DeliveryReport:
    errors = [e for e in _list(status.get("errors", []), "errors") if isinstance(e, dict)]
    kind = _STATUSES.get(_text(status.get("status")), "unknown")
    dead = kind == "failed" and any(is_dead(error) for error in errors)
    if any(error.get("code") == _STOPPED_MARKETING for error in errors):
        kind = "unsubscribed"
    return DeliveryReport(
        kind="bounced" if dead else kind,
        recipient=_number(status.get("recipient_id")),
        provider_message_id=_text(status.get("id")),
        occurred_at=_seconds(status.get("timestamp")),
        raw=status,
        doorstep_message_id=_uuid(status.get("biz_opaque_callback_data")),
        description=words_of(errors[0]) if errors else "",
        is_permanent=dead,
    )


def _written(message: Mapping[str, Any], account: str) -> InboundChat:
    return InboundChat(
        channel=Channel.WHATSAPP,
        account=account,
        sender=_number(message.get("from")),
        text=_whatsapp_text(message),
        provider_message_id=_text(message.get("id")),
        at=_seconds(message.get("timestamp")),
        raw=message,
    )


def _whatsapp_text(message: Mapping[str, Any]) -> str:
    """Return what somebody wrote, or the button they tapped (templates have a “Stop” of theirs)."""
    kind = _text(message.get("type"))
    part = message.get(kind)
    if not isinstance(part, dict):
        return ""
    if kind == "interactive":
        part = next((v for v in part.values() if isinstance(v, dict)), {})
    for name in ("body", "text", "title", "caption"):
        if isinstance(part.get(name), str):
            return str(part[name])
    return ""


def _messenger(entry: Mapping[str, Any], account: str) -> Iterator[Found]:
    if _text(entry.get("id")) != account:
        return
    for event in _list(entry.get("messaging", []), "messaging"):
        event = _mapping(event, "messaging")
        sender = _text(_mapping(event.get("sender", {}), "sender").get("id"))
        if sender and sender != account:
            yield from _event(event, sender, account)


def _event(event: Mapping[str, Any], sender: str, account: str) -> Iterator[Found]:
    at = _milliseconds(event.get("timestamp"))
    if "delivery" in event:
        delivery = _mapping(event["delivery"], "delivery")
        until = _milliseconds(delivery.get("watermark"))
        for mid in _list(delivery.get("mids", []), "mids"):
            yield DeliveryReport("delivered", sender, _text(mid), until, {"mid": _text(mid)})
        if not delivery.get("mids"):
            yield ReadUpTo(account, sender, "delivered", until, delivery)
        return
    if "read" in event:
        read = _mapping(event["read"], "read")
        yield ReadUpTo(account, sender, "opened", _milliseconds(read.get("watermark")), read)
        return
    message = _mapping(event.get("message", {}), "message")
    postback = _mapping(event.get("postback", {}), "postback")
    if message.get("is_echo") or not {"message", "postback", "referral", "optin"} & set(event):
        return
    tapped = _mapping(message.get("quick_reply", {}), "quick_reply").get("payload")
    yield InboundChat(
        channel=Channel.MESSENGER,
        account=account,
        sender=sender,
        text=_text(message.get("text") or postback.get("title") or tapped),
        provider_message_id=_text(message.get("mid") or postback.get("mid")),
        at=at,
        raw=event,
        ref=_ref(event, message, postback),
    )


def _ref(*parts: Mapping[str, Any]) -> str:
    """Return what our link carried; Meta puts it beside the first message, or inside it."""
    for part in parts:
        for name in ("referral", "optin"):
            inner = part.get(name)
            if isinstance(inner, dict) and isinstance(inner.get("ref"), str):
                return str(inner["ref"])
    return ""


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UnreadableBody(f"“{where}” is no object.")
    return value


def _list(value: object, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise UnreadableBody(f"“{where}” is no list.")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> str:
    """WhatsApp gives numbers without the plus."""
    digits = _text(value)
    return f"+{digits}" if re.fullmatch(r"[0-9]{6,15}", digits) else digits


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(_text(value))
    except ValueError:
        return None


def _seconds(value: object) -> datetime:
    """Read WhatsApp's seconds, which stand in a text."""
    return _moment(value, 1)


def _milliseconds(value: object) -> datetime:
    return _moment(value, 1000)


def _moment(value: object, per_second: int) -> datetime:
    digits = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"[0-9]{1,14}", digits):
        raise UnreadableBody("A timestamp is missing or no number.")
    try:
        return datetime.fromtimestamp(int(digits) / per_second, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UnreadableBody("A timestamp is beyond all times.") from error
