"""What a provider's report means for the address it names."""

from __future__ import annotations

from doorstep.rooms.messaging.contracts import DeliveryReport, SuppressionReason

_OF_REJECTION = {
    "bounced": SuppressionReason.HARD_BOUNCE,
    "invalid": SuppressionReason.HARD_BOUNCE,
    "spam": SuppressionReason.COMPLAINT,
    "unsubscribed": SuppressionReason.UNSUBSCRIBE,
}


def suppression_of(report: DeliveryReport) -> SuppressionReason | None:
    """Return why the reported address must not be written to any more, or None.

    A soft bounce (full mailbox, server down) says nothing about tomorrow. A provider that refuses
    because of its own list names the earlier cause.
    """
    if report.kind == "bounced" and report.is_permanent:
        return SuppressionReason.HARD_BOUNCE
    if report.kind == "complained":
        return SuppressionReason.COMPLAINT
    if report.kind == "unsubscribed":
        return SuppressionReason.UNSUBSCRIBE
    if report.kind == "stopped":
        return SuppressionReason.STOP
    if report.kind == "rejected":
        return _OF_REJECTION.get(report.reject_reason)
    return None
