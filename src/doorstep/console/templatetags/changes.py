"""How changes of orders stand, in words and tones."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

STATES: dict[str, tuple[Any, str]] = {
    "requested": (_("Asked for"), "info"),
    "awaiting_approval": (_("To decide"), "warn"),
    "awaiting_payment": (_("To be paid"), "warn"),
    "telling_platform": (_("In the shop"), "info"),
    "applied": (_("Done"), "ok"),
    "declined": (_("Declined"), "neutral"),
    "expired": (_("Not paid in time, undone"), "neutral"),
    "failed": (_("Failed, undone"), "bad"),
    "withdrawn": (_("Taken back"), "neutral"),
    # delay notices
    "open": (_("Waits for an answer"), "warn"),
    "consented": (_("Agreed"), "ok"),
    "silent": (_("No answer: agreed"), "ok"),
    "canceled": (_("Canceled"), "neutral"),
    "moot": (_("Over"), "neutral"),
    # what the platform is told
    "due": (_("Will be told"), "info"),
    "telling": (_("Being told"), "info"),
    "done": (_("The shop did it"), "ok"),
    "refused": (_("The shop said no"), "bad"),
    "parked": (_("Waits for a person"), "bad"),
    "discarded": (_("Given up"), "neutral"),
}


@register.filter
def change_words(state: str) -> Any:
    """Say how a change, or what the shop is told about it, stands."""
    return STATES.get(str(state), (str(state),))[0]


@register.filter
def change_tone(state: str) -> str:
    """Return the tone of its badge."""
    return STATES.get(str(state), ("", "neutral"))[1]
