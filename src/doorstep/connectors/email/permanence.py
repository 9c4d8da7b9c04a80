"""Is a bounce hard (the address is dead) or soft (it may work tomorrow)?

django-anymail calls both "bounced"; each provider says it in its own field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Raw = Mapping[str, Any]

# https://support.sparkpost.com/docs/deliverability/bounce-classification-codes: invalid
# recipient, no RCPT, unsubscribe.
_SPARKPOST_HARD = {"10", "30", "90"}


def _sparkpost(raw: Raw) -> bool:
    groups = raw.get("msys", {})
    event: Raw = next(iter(groups.values()), {}) if isinstance(groups, Mapping) else {}
    return str(event.get("bounce_class", "")) in _SPARKPOST_HARD


def _mailgun(raw: Raw) -> bool:
    data = raw.get("event-data", raw)
    if data.get("severity") != "permanent":
        return False
    # A permanent failure can also be a policy ("espblock", "greylisted for too long"); only what
    # Mailgun itself files under bounces is the address.
    return data.get("reason") in {"bounce", "suppress-bounce", "hardfail"}


_TELL: dict[str, Callable[[Raw], bool]] = {
    "postmark": lambda raw: (
        raw.get("Type") in {"HardBounce", "BadEmailAddress"}
        or raw.get("SuppressionReason") == "HardBounce"
    ),
    "amazon_ses": lambda raw: raw.get("bounce", {}).get("bounceType") == "Permanent",
    # "blocked" is a bounce of the server, "bounce" one of the address
    "sendgrid": lambda raw: raw.get("event") == "bounce" and raw.get("type") != "blocked",
    "mailgun": _mailgun,
    "mandrill": lambda raw: raw.get("event") == "hard_bounce",
    "sparkpost": _sparkpost,
    "brevo": lambda raw: raw.get("event") in {"hard_bounce", "invalid_email"},
}


def is_permanent(provider: str, raw: Raw, reject_reason: str | None) -> bool:
    """Tell whether a bounce means that the address must not be written to any more."""
    if reject_reason == "invalid":
        return True
    return _TELL[provider](raw)
