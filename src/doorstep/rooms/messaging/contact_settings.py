"""A store's contact rules: how often and at what hours it writes."""

from __future__ import annotations

from doorstep.rooms.messaging.models import ContactSettings
from doorstep.rooms.messaging.rules.contact_rules import (
    DEFAULT_RULES,
    ContactRules,
    rules_from_json,
)


def get_contact_rules() -> ContactRules:
    """Return the contact rules of the current store; the usual ones where it has set none."""
    row = ContactSettings.objects.values("caps", "hours", "counts_service", "defer_days").first()
    return rules_from_json(row) if row else DEFAULT_RULES
