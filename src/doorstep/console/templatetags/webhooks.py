"""Template tags of the webhooks' pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from doorstep.console.templatetags.console import state_tone, state_words

register = template.Library()

# Where the general words mean something else.
_WORDS: dict[str, tuple[Any, str]] = {
    "pending": (_("Waiting to go out"), "info"),
    "parked": (_("Kept until it is enabled"), "warn"),
}


@register.filter
def webhook_words(status: str) -> Any:
    """Say a delivery's status in words."""
    return _WORDS[status][0] if status in _WORDS else state_words(status)


@register.filter
def webhook_tone(status: str) -> str:
    """Return the tone of a delivery's badge."""
    return _WORDS[status][1] if status in _WORDS else state_tone(status)
