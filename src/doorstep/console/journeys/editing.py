"""Changes to a journey's definition, as pure functions: the old one stays as it was.

What always holds of the result: every step can be reached, every edge leads to a step that is
there or to the end. A step that is put in never takes what follows away from anybody: all its ways
lead on to what stood there.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from doorstep.console.journeys.graph import (
    START,
    Definition,
    Edge,
    edges_to,
    orphans,
    reachable,
    slots_of,
    steps_of,
    target_of,
)

BEFORE = "before"  # the slot that stands for all edges to a step at once


class CannotChange(ValueError):
    """The change would break the journey; the text says why, for people."""


def has_place(definition: Definition, edge: Edge) -> bool:
    """Tell whether a step can be put in at this edge."""
    if edge.step == START:
        return edge.slot == "first"
    step = steps_of(definition).get(edge.step)
    return step is not None and (edge.slot == BEFORE or edge.slot in slots_of(step))


def add_step(
    definition: Definition, edge: Edge, step: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """Put a new step in at an edge; returns the definition and the new step's id.

    :raises CannotChange: there is no such edge (any more).
    """
    if not has_place(definition, edge):
        raise CannotChange("This place is gone: the journey was changed meanwhile.")
    new = _copy(definition)
    name = _free_name(new, str(step.get("type") or "step"))
    places = edges_to(new, edge.step) if edge.slot == BEFORE else [edge]
    target = edge.step if edge.slot == BEFORE else target_of(new, edge)
    made = copy.deepcopy(dict(step))
    new["steps"][name] = made
    for slot in slots_of(made):
        _lead(new, Edge(name, slot), target)
    for place in places:
        _lead(new, place, name)
    return new, name


def remove_step(definition: Definition, step: str, *, keep: str = "") -> dict[str, Any]:
    """Take a step out; whoever came to it goes on along one of its ways.

    :param keep: which way, the first that leads somewhere by default. What only the others led to
        goes with it.
    :raises CannotChange: there is no such step.
    """
    found = _step(definition, step)
    ways = [Edge(step, slot) for slot in slots_of(found)]
    kept = next((way for way in ways if way.slot == keep), None) or next(
        (way for way in ways if target_of(definition, way) not in (None, step)), None
    )
    target = target_of(definition, kept) if kept else None
    new = _copy(definition)
    for edge in edges_to(new, step):
        _lead(new, edge, None if target == step else target)
    del new["steps"][step]
    return _pruned(new)


def lost_steps(before: Definition, after: Definition) -> list[str]:
    """List the steps that a change took away."""
    return [step for step in steps_of(before) if step not in steps_of(after)]


def change_step(definition: Definition, step: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give a step new content; its ways stay where it still has them.

    A way it gets new leads where its first one leads. Arms of a split keep their ways by
    ``was``, the number of the arm before (None for a new one), which is taken out of the arm.

    :raises CannotChange: there is no such step.
    """
    old = _step(definition, step)
    new = _copy(definition)
    made = copy.deepcopy(dict(fields))
    first = target_of(definition, Edge(step, slots_of(old)[0])) if slots_of(old) else None
    new["steps"][step] = made
    for nth, slot in enumerate(slots_of(made)):
        before = _slot_before(old, made, nth, slot)
        _lead(new, Edge(step, slot), target_of(definition, Edge(step, before)) if before else first)
    for arm in made.get("arms") or ():
        arm.pop("was", None)
    return _pruned(new)


def _slot_before(old: Mapping[str, Any], made: Mapping[str, Any], nth: int, slot: str) -> str:
    if made.get("type") == "split":
        was = made["arms"][nth].get("was", nth)
        slot = "" if was is None else f"arm-{was}"
    return slot if slot in slots_of(old) else ""


def connect(definition: Definition, edge: Edge, target: str | None) -> dict[str, Any]:
    """Lead an edge to another step that is there, or to the end; what nobody reaches then goes.

    :raises CannotChange: the edge or the step is not there, or the step would follow itself at
        once.
    """
    if edge.slot == BEFORE or not has_place(definition, edge):
        raise CannotChange("This place is gone: the journey was changed meanwhile.")
    if target is not None:
        _step(definition, target)
        if target == edge.step:
            raise CannotChange("A step can’t lead straight to itself. Put a wait in between.")
    new = _copy(definition)
    _lead(new, edge, target)
    return _pruned(new)


def duplicate_step(definition: Definition, step: str) -> tuple[dict[str, Any], str]:
    """Put a copy of a step right after it (on its first way); returns the copy's id too.

    :raises CannotChange: there is no such step.
    """
    found = _step(definition, step)
    return add_step(definition, Edge(step, slots_of(found)[0]), found)


def block_of(definition: Definition, step: str) -> tuple[list[str], str | None] | None:
    """Return the steps that move with a step, and where all their ways lead on.

    For a plain step that is itself. Where ways part it is all between there and where they meet
    again. None where others come into the middle of it, so that it can't move as one.
    """
    _step(definition, step)
    inside = [one for one in reachable(definition, [step]) if one != step]
    for meeting in [*inside, None]:
        closed = [] if meeting is None else [meeting]
        block = reachable(definition, [step], without=closed)
        outs = {
            target_of(definition, Edge(one, slot))
            for one in block
            for slot in slots_of(steps_of(definition)[one])
        }
        outs -= set(block)
        if outs <= {meeting}:
            return (block, meeting) if _is_closed(definition, step, block) else None
    return None


def _is_closed(definition: Definition, step: str, block: list[str]) -> bool:
    others = set(block) - {step}
    return all(edge.step in block for other in others for edge in edges_to(definition, other))


def move_step(definition: Definition, step: str, edge: Edge) -> dict[str, Any]:
    """Take a step, with what belongs to it, to another edge.

    :raises CannotChange: it can't move as one, or the place is gone or inside what moves.
    """
    block = block_of(definition, step)
    if block is None:
        raise CannotChange("Other ways lead into the middle of this step’s ways: it can’t move.")
    moving, onward = block
    if edge.slot == BEFORE or not has_place(definition, edge):
        raise CannotChange("This place is gone: the journey was changed meanwhile.")
    if edge.step in moving:
        raise CannotChange("A step can’t move into its own ways.")
    new = _copy(definition)
    outs = _outs(new, moving, onward)
    for place in edges_to(new, step):
        if place.step not in moving:
            _lead(new, place, onward)
    target = target_of(new, edge)
    _lead(new, edge, step)
    for out in outs:
        _lead(new, out, target)
    return _pruned(new)


def _outs(definition: Definition, block: list[str], onward: str | None) -> list[Edge]:
    edges = [Edge(one, slot) for one in block for slot in slots_of(steps_of(definition)[one])]
    return [edge for edge in edges if target_of(definition, edge) == onward]


def _copy(definition: Definition) -> dict[str, Any]:
    new = copy.deepcopy(dict(definition))
    new["steps"] = dict(steps_of(new))
    return new


def _step(definition: Definition, step: str) -> Mapping[str, Any]:
    found = steps_of(definition).get(step)
    if found is None:
        raise CannotChange("This step is gone: the journey was changed meanwhile.")
    return found


def _free_name(definition: Definition, stem: str) -> str:
    taken = steps_of(definition)
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}-{n}") not in taken)


def _lead(definition: dict[str, Any], edge: Edge, target: str | None) -> None:
    if edge.step == START:
        definition["first"] = target
    elif edge.slot.startswith("arm-"):
        # Counted as ``arms_of`` does: a file may hold arms that are none.
        arms = [arm for arm in definition["steps"][edge.step]["arms"] if isinstance(arm, dict)]
        arms[int(edge.slot[4:])]["next"] = target
    else:
        definition["steps"][edge.step][edge.slot] = target


def _pruned(definition: dict[str, Any]) -> dict[str, Any]:
    for step in orphans(definition):
        del definition["steps"][step]
    return definition
