"""Twilio's forms in our words.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status and
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

from collections.abc import Mapping

from doorstep.rooms.messaging.contracts import DeliveryReport, InboundSms

_KINDS = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "bounced",
    "failed": "failed",
    "canceled": "failed",
}
_STOPPED = "21610"
# Unknown or unreachable for good; 30003 (switched off) and carrier filters are not the number.
_DEAD_NUMBER = {"21211", "21614", "30005", "30006"}


def read(form: Mapping[str, str]) -> DeliveryReport | InboundSms | None:
    """Return what a form says; None for neither a status nor a message."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if not sid:
        return None
    status = form.get("MessageStatus") or form.get("SmsStatus") or ""
    if form.get("From") and (status == "received" or (not status and "Body" in form)):
        return _inbound(form, sid)
    return _report(form, sid, status) if status else None


def _inbound(form: Mapping[str, str], sid: str) -> InboundSms:
    # With Advanced Opt-Out, Twilio says what it took the message for and has answered already.
    opt_out = form.get("OptOutType", "").lower()
    return InboundSms(
        sender=form["From"].removeprefix("whatsapp:"),
        text=form.get("Body", ""),
        provider_message_id=sid,
        raw=dict(form),
        meaning=opt_out if opt_out in {"stop", "start", "help"} else "",
        is_answered=bool(opt_out),
    )


def _report(form: Mapping[str, str], sid: str, status: str) -> DeliveryReport:
    code = form.get("ErrorCode", "")
    kind = "stopped" if code == _STOPPED else _KINDS.get(status, "unknown")
    words = form.get("ErrorMessage") or (f"Twilio error {code}" if code else "")
    return DeliveryReport(
        kind=kind,
        recipient=form.get("To", ""),
        provider_message_id=sid,
        occurred_at=None,
        raw=dict(form),
        description=words,
        is_permanent=code in _DEAD_NUMBER,
    )
