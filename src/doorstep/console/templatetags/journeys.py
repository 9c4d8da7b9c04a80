"""Filters of the journey pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from doorstep.console.journeys.layout import RASTER

register = template.Library()


@register.simple_tag
def place(x: int, y: int) -> str:
    """Return the classes that put something at a point of the canvas.

    Style attributes are refused by the content security policy, so each digit of a position has a
    class (journeys.css), in steps of the layout's raster.
    """
    return " ".join(
        f"{axis}{nth}-{digit}"
        for axis, value in (("x", x // RASTER), ("y", y // RASTER))
        for nth, digit in enumerate(str(max(value, 0))[::-1][:4])
        if digit != "0"
    )


_OUTCOMES: dict[str, str] = {
    "entered": "entered",
    "held_out": "held out",
    "queued": "sent on its way",
    "sent": "sent on its way",
    "deferred": "sent later",
    "dropped": "not sent",
    # Of a test with somebody: the gate's own words.
    "send": "would be sent",
    "defer": "would be sent later",
    "drop": "would not be sent",
    "waited": "waited",
    "timed_out": "waited in vain",
    "happened": "it happened",
    "delivered": "delivered",
    "gave_up": "no delivery in time",
    "exited": "left here",
    "yes": "yes",
    "no": "no",
    "done": "done",
    "parked": "held by a problem",
    "skipped": "passed by",
}


@register.filter
def outcome_words(outcome: str) -> str:
    """Say how a step came out."""
    if outcome.startswith("arm:"):
        return _("way “%s”") % outcome.removeprefix("arm:")
    said = _OUTCOMES.get(outcome)
    return _(said) if said else outcome.replace("_", " ")


_EXITS: dict[str, str] = {
    "goal": "reached the goal",
    "archived": "the journey was archived",
    "by_hand": "taken out by hand",
    "erased": "their data was erased",
    "merged": "two customers were merged, the other one goes on",
    "step_gone": "the step they stood at is gone",
    "condition": "a condition ended it early",
    "held_out": "held out to compare",
}


@register.filter
def exit_words(reason: str) -> str:
    """Say why a way ended before its end."""
    if "." in reason:  # the event that ended it
        return _("ended early by “%s”") % reason.partition(".")[2].replace("_", " ")
    return _(_EXITS[reason]) if reason in _EXITS else reason.replace("_", " ")


@register.filter
def enrollment_words(status: str) -> str:
    """Say where somebody stands."""
    return {
        "active": _("On the way"),
        "completed": _("Through"),
        "exited": _("Left early"),
        "parked": _("Held by a problem"),
    }.get(status, status)


@register.filter
def enrollment_tone(status: str) -> str:
    """Return the tone of a badge."""
    return {"active": "info", "completed": "ok", "parked": "bad"}.get(status, "neutral")


@register.filter
def at_key(found: Mapping[Any, Any], key: Any) -> Any:
    """Return what stands under a key, None where nothing does."""
    return found.get(key)
