"""What is different between two definitions of a journey, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.console.journeys import words
from doorstep.console.journeys.graph import Definition, edges_of, steps_of, target_of
from doorstep.console.journeys.outline import number_steps
from doorstep.console.journeys.words import Names, name_step


def compare(old: Definition, new: Definition, names: Names) -> list[str]:
    """Say everything that changed, the frame first, then the steps as they are listed."""
    return [*_frame(old, new, names), *_steps(old, new, names)]


def _frame(old: Definition, new: Definition, names: Names) -> list[str]:
    parts: list[tuple[str, tuple[str, ...], Any]] = [
        (_("Name"), ("name",), lambda one: str(one.get("name", ""))),
        (_("About"), ("subject",), lambda one: str(one.get("subject", "customer"))),
        (_("Starts when"), ("trigger",), lambda one: words.trigger(one, names)),
        (_("Only for"), ("filter", "order_filter"), words.audience),
        (_("Coming again"), ("reentry",), words.reentry),
        (_("Ends early"), ("exits",), lambda one: "; ".join(words.exits(one, names)) or _("Never")),
        (_("Goal"), ("goal",), lambda one: words.goal(one, names)),
        (_("Held out"), ("holdout_percent",), words.holdout),
    ]
    found = []
    for label, keys, say in parts:
        if any((old.get(key) or None) != (new.get(key) or None) for key in keys):
            before, after = say(old), say(new)
            found.append(_says(label, before, after))
    return found


def _says(label: str, before: str, after: str) -> str:
    if before == after:
        return _("%s: changed in its details") % label
    return _("%(label)s: %(after)s (before: %(before)s)") % {
        "label": label,
        "after": after,
        "before": before,
    }


def _steps(old: Definition, new: Definition, names: Names) -> list[str]:
    was, now = steps_of(old), steps_of(new)
    found = [_("Added: %s") % name_step(new, step, names) for step in number_steps(new) if step not in was]  # fmt: skip
    found += [_("Removed: %s") % name_step(old, step, names) for step in number_steps(old) if step not in now]  # fmt: skip
    moved = 0
    for step in number_steps(new):
        if step not in was:
            continue
        if _content(was[step]) != _content(now[step]):
            found.append(_changed(old, new, step, names))
        before = [target_of(old, edge) for edge in edges_of(old, step)]
        moved += before != [target_of(new, edge) for edge in edges_of(new, step)]
    if target_of(old, edges_of(old, "")[0]) != target_of(new, edges_of(new, "")[0]):
        moved += 1
    if moved and not found:
        text = ngettext("%d way leads elsewhere", "%d ways lead elsewhere", moved)
        found.append(text % moved)
    return found


def _changed(old: Definition, new: Definition, step: str, names: Names) -> str:
    before, after = name_step(old, step, names), name_step(new, step, names)
    if before != after:
        return _("Changed: %(before)s → %(after)s") % {"before": before, "after": after}
    return _("Changed in its details: %s") % after


def _content(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a step does, without where it leads."""
    kept = {k: v for k, v in step.items() if k not in ("next", "otherwise", "yes", "no", "arms")}
    if isinstance(step.get("arms"), list):
        kept["arms"] = [(arm.get("name"), arm.get("percent")) for arm in step["arms"]]
    return kept
