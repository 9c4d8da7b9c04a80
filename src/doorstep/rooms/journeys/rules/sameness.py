"""Which steps of a definition do the same from there on, whatever their ids are."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from doorstep.kernel.conditions.api import Condition
from doorstep.rooms.journeys.rules.definition import (
    BranchStep,
    Definition,
    SplitStep,
    Step,
    ways_on,
)

_WAYS = ("id", "next", "otherwise", "yes", "no", "arms")


def sorts_of(definition: Definition) -> dict[str | None, int]:
    """Return a number for each step, None being the end: equal where all that follows is the same.

    Classes of steps are split as long as their ways lead to different classes (E. F. Moore,
    "Gedanken-experiments on sequential machines", 1956), so circles are no trouble.
    """
    numbers: dict[Any, int] = {None: 0}
    sorts: dict[str | None, int] = {None: 0}
    for step in definition.steps.values():
        sorts[step.id] = numbers.setdefault(_label(step), len(numbers))
    count = 0
    while count != (count := len(set(sorts.values()))):
        numbers = {None: 0}
        finer: dict[str | None, int] = {None: 0}
        for step in definition.steps.values():
            leads = tuple(sorts.get(target, 0) for _, target in ways_on(step))
            finer[step.id] = numbers.setdefault((sorts[step.id], leads), len(numbers))
        sorts = finer
    return sorts


def pointless_choices(definition: Definition) -> list[str]:
    """List the branches and splits all of whose ways do the same."""
    sorts = sorts_of(definition)
    return [
        step.id
        for step in definition.steps.values()
        if isinstance(step, BranchStep | SplitStep)
        and len({sorts.get(target, 0) for target in _taken(step)}) == 1
    ]


def _taken(step: BranchStep | SplitStep) -> list[str | None]:
    """Return where the ways lead that people go; a split of one way alone is meant so."""
    if isinstance(step, BranchStep):
        return [step.yes, step.no]
    taken = [arm.next for arm in step.arms if arm.percent]
    return taken if len(taken) > 1 else []


def _label(step: Step) -> str:
    """Say all that a step does itself, as text."""
    own = {one.name: getattr(step, one.name) for one in fields(step) if one.name not in _WAYS}
    if isinstance(step, SplitStep):
        own["arms"] = [[arm.name, arm.percent] for arm in step.arms]
    return f"{type(step).__name__} {json.dumps(own, sort_keys=True, default=_text)}"


def _text(value: object) -> str:
    return value.canonical() if isinstance(value, Condition) else str(value)
