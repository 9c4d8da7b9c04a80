"""Template tags of the console: money, times and states in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_datetime, format_timedelta
from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from doorstep.kernel.clock import now
from doorstep.kernel.money import format_money

register = template.Library()

# state → (words, tone of its badge)
STATES: dict[str, tuple[Any, str]] = {
    # orders
    "ready": (_("Ready"), "ok"),
    "on_hold": (_("On hold"), "warn"),
    "shipped": (_("Shipped"), "info"),
    "canceled": (_("Canceled"), "neutral"),
    "history": (_("History"), "neutral"),
    # money
    "pending": (_("Payment pending"), "warn"),
    "authorized": (_("Authorized"), "info"),
    "partially_paid": (_("Partly paid"), "warn"),
    "paid": (_("Paid"), "ok"),
    "partially_refunded": (_("Partly refunded"), "info"),
    "refunded": (_("Refunded"), "info"),
    "voided": (_("Voided"), "neutral"),
    # why an order waits
    "out_of_stock": (_("Out of stock"), "warn"),
    "address_invalid": (_("Address not usable"), "warn"),
    "options_incomplete": (_("Options missing"), "warn"),
    "payment_pending": (_("Payment pending"), "warn"),
    "risk_review": (_("Risk review"), "bad"),
    "manual": (_("Held by the team"), "warn"),
    # messages
    "queued": (_("Waiting to go out"), "info"),
    "deferred": (_("Put off"), "warn"),
    "dropped": (_("Not sent"), "neutral"),
    "sending": (_("Being sent"), "info"),
    "sent": (_("Sent"), "ok"),
    "delivered": (_("Delivered"), "ok"),
    "bounced": (_("Bounced"), "bad"),
    "complained": (_("Marked as spam"), "bad"),
    "failed": (_("Failed"), "bad"),
    # deliveries
    "received": (_("Received"), "info"),
    "processed": (_("Processed"), "ok"),
    "ignored": (_("Without effect"), "neutral"),
    "waiting": (_("Waiting for its order"), "warn"),
    "rejected": (_("Rejected"), "bad"),
    "parked": (_("Parked"), "bad"),
    "discarded": (_("Let go"), "neutral"),
}


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Show minor units in the reader's language."""
    return format_money(amount_minor, currency, get_language() or "en")


@register.filter
def state_words(state: str) -> Any:
    """Say a state in words."""
    return STATES[state][0] if state in STATES else state.replace("_", " ").capitalize()


@register.filter
def state_tone(state: str) -> str:
    """Return the tone of a state's badge."""
    return STATES[state][1] if state in STATES else "neutral"


@register.filter
def when(at: datetime | None) -> str:
    """Show an instant in the store's zone, e.g. "20 Nov 2026, 10:30"."""
    if at is None:
        return "–"
    language = (get_language() or "en").replace("-", "_")
    return format_datetime(timezone.localtime(at), "d MMM y, HH:mm", locale=language)


@register.filter
def ago(at: datetime | None) -> str:
    """Show how long ago something was, e.g. "3 hours ago"."""
    if at is None:
        return "–"
    language = (get_language() or "en").replace("-", "_")
    return format_timedelta(at - now(), add_direction=True, locale=language)


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> SafeString | str:
    """Return the page's query string with some parameters changed (empty values taken out)."""
    parameters = {**context["request"].GET.dict(), **changes}
    kept = {key: value for key, value in parameters.items() if value not in ("", None)}
    return "?" + urlencode(kept)
