"""A journey's definition as a graph: steps, the ways out of each, and who leads where.

Pure: a definition goes in, nothing is changed. The form of a definition is in the README of the
journeys room. ``START`` stands for the trigger, which has one way out, ``FIRST``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Definition = Mapping[str, Any]
START = ""
FIRST = "first"


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A way out of a step, wherever it leads: what a ``+`` stands on.

    :param step: the step it leaves; ``START`` for the trigger.
    :param slot: which way out: ``next``, ``otherwise``, ``yes``, ``no``, ``arm-0`` …
    """

    step: str
    slot: str

    def __str__(self) -> str:
        return f"{self.step}:{self.slot}"


def parse_edge(text: str) -> Edge:
    """Return the edge that an address names as ``step:slot``."""
    step, _colon, slot = text.rpartition(":")
    return Edge(step, slot)


def slots_of(step: Mapping[str, Any]) -> list[str]:
    """List the ways out of a step, as people read them."""
    match step.get("type"):
        case "branch":
            return ["yes", "no"]
        case "split":
            return [f"arm-{nth}" for nth in range(len(arms_of(step)))]
        case "wait" if "event" in step or "delivery" in step:
            return ["next", "otherwise"]
    return ["next"]


def has_choice(step: Mapping[str, Any]) -> bool:
    """Tell whether people part ways at this step."""
    return len(slots_of(step)) != 1


def target_of(definition: Definition, edge: Edge) -> str | None:
    """Return the step an edge leads to, None for the end (and for a way that is not there)."""
    if edge.step == START:
        target = definition.get("first")
    elif edge.slot.startswith("arm-"):
        arms = arms_of(steps_of(definition).get(edge.step, {}))
        nth = int(edge.slot[4:]) if edge.slot[4:].isdecimal() else -1
        target = arms[nth].get("next") if 0 <= nth < len(arms) else None
    else:
        target = steps_of(definition).get(edge.step, {}).get(edge.slot)
    return target if isinstance(target, str) and target in steps_of(definition) else None


def steps_of(definition: Definition) -> Mapping[str, Any]:
    """Return the steps by id."""
    found = definition.get("steps")
    if not isinstance(found, Mapping):
        return {}
    if all(isinstance(step, Mapping) for step in found.values()):
        return found
    return {name: step for name, step in found.items() if isinstance(step, Mapping)}


def arms_of(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the ways of a split."""
    arms = step.get("arms")
    return [arm for arm in arms if isinstance(arm, Mapping)] if isinstance(arms, list) else []


def edges_of(definition: Definition, step: str) -> list[Edge]:
    """List the edges that leave a step, or the trigger."""
    if step == START:
        return [Edge(START, FIRST)]
    return [Edge(step, slot) for slot in slots_of(steps_of(definition)[step])]


def all_edges(definition: Definition) -> list[Edge]:
    """List every edge, the trigger's first."""
    names = [START, *steps_of(definition)]
    return [edge for name in names for edge in edges_of(definition, name)]


def edges_to(definition: Definition, step: str) -> list[Edge]:
    """List the edges that lead to a step."""
    return [edge for edge in all_edges(definition) if target_of(definition, edge) == step]


def reachable(
    definition: Definition, start: Iterable[str] = (START,), *, without: Iterable[str] = ()
) -> list[str]:
    """List the steps that can be reached, in the order of a walk along first ways first.

    :param without: steps that can't be passed.
    """
    closed, found = set(without), dict[str, None]()
    waiting = [one for one in start if one not in closed][::-1]
    while waiting:
        step = waiting.pop()
        if step in found:
            continue
        found[step] = None
        targets = (target_of(definition, edge) for edge in edges_of(definition, step))
        waiting += [one for one in targets if one is not None and one not in closed][::-1]
    return [step for step in found if step != START]


def orphans(definition: Definition) -> list[str]:
    """List the steps that nobody can get to."""
    reached = set(reachable(definition))
    return [step for step in steps_of(definition) if step not in reached]
