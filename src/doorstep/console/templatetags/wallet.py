"""Words and tones of stored value."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

_STATES: dict[str, tuple[Any, str]] = {
    "": (_("All"), "neutral"),
    "active": (_("Can be spent"), "ok"),
    "waiting": (_("Waiting for its day"), "info"),
    "empty": (_("Used up"), "neutral"),
    "expired": (_("Ended"), "warn"),
    "disabled": (_("Disabled"), "warn"),
}
_MOVEMENTS = {
    "issued": _("Given"),
    "spent": _("Spent"),
    "given_back": _("Given back"),
    "expired": _("Ended"),
    "reversed": _("Taken back"),
    "moved_in": _("Came with a merge of customers"),
    "moved_out": _("Went with a merge of customers"),
}


@register.filter
def card_words(state: str) -> Any:
    """Return what a gift card's state is called."""
    return _STATES[state][0]


@register.filter
def card_tone(state: str) -> str:
    """Return the tone of a gift card's state."""
    return _STATES[state][1]


@register.filter
def movement_words(kind: str) -> Any:
    """Return what a movement is called."""
    return _MOVEMENTS[kind]
