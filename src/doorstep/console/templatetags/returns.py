"""Words of returns for templates."""

from __future__ import annotations

from typing import Any

from django import template

from doorstep.console.returns.words import STEPS, WORDS
from doorstep.rooms.fulfillment.api import carrier_name, find_carrier

register = template.Library()


@register.filter
def return_words(name: Any) -> Any:
    """Say a state, kind, outcome, way, condition or disposition of returns."""
    return WORDS.get(str(name), (str(name).replace("_", " ").capitalize(),))[0]


@register.filter
def return_tone(name: Any) -> str:
    """Return the tone of its badge."""
    return WORDS.get(str(name), ("", "neutral"))[1]


@register.filter
def carrier_words(name: str) -> str:
    """Say a carrier by its name; what was typed by hand stays as it is."""
    return carrier_name(find_carrier(name)) if find_carrier(name) else name


@register.filter
def split_words(text: str) -> list[str]:
    """Return the words of a text, for short lists in a template."""
    return text.split()


@register.filter
def reason_words(code: str, book: Any) -> str:
    """Say a reason in the team's language, whatever the shopper's was."""
    reason = book.find(code)
    if reason is None:
        return code.replace("_", " ").capitalize()
    return str(reason.words.get("en") or code)


@register.filter
def step_words(name: str) -> Any:
    """Say a step of a return."""
    return STEPS.get(name, name.capitalize())
