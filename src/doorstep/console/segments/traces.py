"""A decision's trace as lines with their depth, for a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doorstep.kernel.conditions.api import Trace


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One comparison or group of a trace, with those below it."""

    is_met: bool
    words: Any
    children: tuple[TraceLine, ...] = ()


def unfold(trace: Trace) -> list[TraceLine]:
    """Return a trace ready to be shown; a group of one is left out."""
    line = _line(trace)
    return list(line.children) if line.children and trace.words == "all of" else [line]


def _line(trace: Trace) -> TraceLine:
    if not trace.children:
        return TraceLine(trace.result, trace.words)
    children = tuple(_line(child) for child in trace.children)
    if len(children) == 1 and trace.words != "none of":
        return children[0]
    heads = {"all of": _("All of these"), "any of": _("At least one of these")}
    return TraceLine(trace.result, heads.get(trace.words, _("None of these")), children)
