"""Template tags of the segments pages."""

from __future__ import annotations

from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def figure(value: int | None) -> str:
    """Show a whole number in the reader's language: 12,480."""
    if value is None:
        return "–"
    return format_decimal(value, locale=(get_language() or "en").replace("-", "_"))
