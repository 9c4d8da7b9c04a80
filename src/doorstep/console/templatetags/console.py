"""Template tags of the console: money, times and states in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from doorstep.kernel.clock import now
from doorstep.kernel.money import format_money
from doorstep.rooms.messaging import api as messaging

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
    "delayed": (_("Put off by the shopper"), "info"),
    "changing": (_("Being changed"), "info"),
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
    # who keeps a place with stock
    "own": (_("Our own"), "neutral"),
    "threepl": (_("Logistics partner"), "neutral"),
    "marketplace": (_("Marketplace"), "neutral"),
}

# What each rule of the contact gate looks at
RULES: dict[str, Any] = {
    "has_address": _("There is an address to write to"),
    "has_way_out": _("There is a way to send it"),
    "has_template": _("There is a text for it"),
    "is_not_suppressed": _("The address is not suppressed"),
    "is_for_recipient": _("It is for the buyer, or is news of a gift’s parcel"),
    "is_allowed_there": _("The marketplace it was bought on allows it"),
    "is_within_caps": _("The shopper has not had too many already"),
    "is_waking_hour": _("It is a good hour where the shopper is"),
    "is_consented": _("The shopper agreed, or need not be asked"),
    "is_own_address": _("The address is the shopper’s own"),
    "is_not_paused": _("Nothing is open with the shopper that offers should wait for"),
    "is_not_early": _("It is not too early"),
    "demo_stays_inside": _("The demo keeps it in the mailbox"),
}

# Words of an order's money: accounts of its books, parts of an order, states of payments
MONEY: dict[str, tuple[Any, str]] = {
    "goods": (_("Price"), "neutral"),
    "discount": (_("Discount"), "neutral"),
    "tax": (_("Tax"), "neutral"),
    "shipping": (_("Shipping"), "neutral"),
    "fee": (_("Fee"), "neutral"),
    "tip": (_("Tip"), "neutral"),
    "duty": (_("Duty"), "neutral"),
    "order": (_("The order"), "neutral"),
    "adjustment": (_("Adjustment by the platform"), "neutral"),
    "allowance": (_("Goodwill"), "neutral"),
    "return_fee": (_("Kept as a fee"), "neutral"),
    "bonus": (_("Bonus"), "neutral"),
    "receivable": (_("Owed by the shopper"), "neutral"),
    "paid": (_("Paid"), "ok"),
    "refund_due": (_("On its way back"), "info"),
    "credit": (_("Stored value"), "neutral"),
    "transfer": (_("Another order"), "neutral"),
    "disputed": (_("Disputed by the bank"), "bad"),
    "authorized": (_("Held on the card"), "info"),
    "captured": (_("Taken"), "ok"),
    "voided": (_("Let go"), "neutral"),
    "requested": (_("Being asked for"), "info"),
    "sent": (_("On its way"), "info"),
    "succeeded": (_("Arrived"), "ok"),
    "failed": (_("Refused"), "bad"),
    "needs_person": (_("Needs a person"), "warn"),
    "open": (_("Open"), "info"),
    "expired": (_("Expired"), "neutral"),
    "canceled": (_("Canceled"), "neutral"),
    "waiting": (_("Waits"), "warn"),
    "approved": (_("Approved"), "ok"),
    "declined": (_("Declined"), "neutral"),
    "withdrawn": (_("Taken back"), "neutral"),
}

PERMISSIONS: dict[str, Any] = {
    "orders.view": _("See orders"),
    "orders.change": _("Change, hold and release orders"),
    "orders.import": _("Bring in orders"),
    "shipments.view": _("See shipments"),
    "shipments.change": _("Pack and ship"),
    "parcels.view": _("See parcels on their way"),
    "parcels.change": _("Settle parcels and read tracking"),
    "customers.view": _("See customers"),
    "customers.merge": _("Correct and merge customers"),
    "inventory.view": _("See stock"),
    "inventory.adjust": _("Correct stock"),
    "messages.view": _("See messages"),
    "messages.send": _("Send messages"),
    "templates.view": _("See templates"),
    "templates.edit": _("Edit templates"),
    "journeys.view": _("See journeys"),
    "journeys.edit": _("Build journeys"),
    "journeys.publish": _("Publish journeys"),
    "returns.view": _("See returns"),
    "returns.change": _("Decide about returns"),
    "returns.receive": _("Receive and inspect what comes back"),
    "returns.policy": _("Change the return policy"),
    "changes.view": _("See changes that shoppers asked for"),
    "changes.decide": _("Decide about changes to orders"),
    "money.view": _("See the money of orders"),
    "money.move": _("Refund and credit"),
    "wallet.view": _("See store credit and gift cards"),
    "wallet.issue": _("Give store credit and gift cards"),
    "approvals.decide": _("Approve what is above somebody’s limit"),
    "problems.view": _("See problems"),
    "problems.retry": _("Retry and let go of problems"),
    "settings.view": _("See settings"),
    "settings.edit": _("Change settings"),
    "staff.edit": _("Decide who is in the team"),
}


@register.filter
def permission_words(scopes: Iterable[str]) -> str:
    """Say what a key may do."""
    return ", ".join(str(PERMISSIONS.get(scope, scope)) for scope in scopes)


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Show minor units in the reader's language."""
    return format_money(amount_minor, currency, get_language() or "en")


@register.filter
def account_words(name: str) -> Any:
    """Say an account of the books, a part of an order, or where a payment stands."""
    return MONEY.get(str(name), (str(name),))[0]


@register.filter
def money_tone(name: str) -> str:
    """Return the tone of a payment's badge."""
    return MONEY.get(str(name), ("", "neutral"))[1]


@register.filter
def state_words(state: str) -> Any:
    """Say a state in words."""
    return STATES[state][0] if state in STATES else state.replace("_", " ").capitalize()


@register.filter
def message_title(kind: str) -> str:
    """Say what people call a kind of message."""
    return messaging.kind_title(kind)


@register.filter
def message_meaning(kind: str) -> str:
    """Say in one line when a kind of message goes."""
    return messaging.kind_meaning(kind)


@register.filter
def rule_words(rule: str) -> Any:
    """Say what a rule of the contact gate looks at."""
    return RULES.get(rule, rule.replace("_", " ").capitalize())


CHANNELS = {
    "email": _("E-mail"),
    "sms": "SMS",
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "push": _("Notification"),
}


@register.filter
def channel_words(channel: str) -> Any:
    """Say a message channel's name."""
    return CHANNELS.get(channel, channel)


@register.filter
def country_words(code: str) -> str:
    """Say a country's name in the reader's language; the code itself where it has none."""
    try:
        return Locale.parse(_locale()).territories.get(code, code)
    except UnknownLocaleError:
        return code


@register.filter
def language_words(code: str) -> str:
    """Say a language's name in the reader's language, e.g. "German" for ``de-AT``."""
    try:
        return Locale.parse(code, sep="-").get_display_name(_locale()) or code
    except (UnknownLocaleError, ValueError):
        return code


@register.filter
def state_tone(state: str) -> str:
    """Return the tone of a state's badge."""
    return STATES[state][1] if state in STATES else "neutral"


@register.filter
def when(at: datetime | None) -> str:
    """Show an instant in the store's zone, e.g. "20 Nov 2026, 10:30"."""
    if at is None:
        return "–"
    return format_datetime(timezone.localtime(at), "d MMM y, HH:mm", locale=_locale())


@register.filter
def day(value: date | None) -> str:
    """Show a calendar day, e.g. "Fri, 20 Nov"; with its year where that is not this one."""
    if value is None:
        return "–"
    pattern = "EEE, d MMM" if value.year == timezone.localdate().year else "EEE, d MMM y"
    return format_date(value, pattern, locale=_locale())


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")


@register.filter
def ago(at: datetime | None) -> str:
    """Show how long ago something was, e.g. "3 hours ago"."""
    if at is None:
        return "–"
    return format_timedelta(at - now(), add_direction=True, locale=_locale())


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> SafeString | str:
    """Return the page's query string with some parameters changed (empty values taken out)."""
    parameters = {**context["request"].GET.dict(), **changes}
    kept = {key: value for key, value in parameters.items() if value not in ("", None)}
    return "?" + urlencode(kept)
