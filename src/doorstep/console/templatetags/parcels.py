"""Template tags of the parcels' pages."""

from __future__ import annotations

from typing import Any

from django import template

from doorstep.console.parcels import words
from doorstep.kernel.actions.catalog import find_action

register = template.Library()


@register.filter
def parcel_status(status: str, substatus: str = "") -> str:
    """Say a parcel's status, with what exactly where the argument names it."""
    return words.say_status(status, substatus)


@register.filter
def parcel_tone(status: str) -> str:
    """Return the tone of a parcel's status."""
    return words.status_tone(status)


@register.filter
def estimate_reason(reason: str) -> Any:
    """Say why an estimate changed."""
    return words.reason_words(reason)


@register.filter
def estimated_by(source: str) -> Any:
    """Say whose estimate it is."""
    return words.estimated_by(source)


@register.filter
def settled_words(outcome: str) -> Any:
    """Say how a parcel was settled."""
    return words.say_settled(outcome)


@register.filter
def source_words(source: str) -> str:
    """Say who told."""
    return words.say_source(source)


@register.filter
def action_words(name: str) -> str:
    """Say what an action does."""
    action = find_action(name)
    return action.summary if action else name
