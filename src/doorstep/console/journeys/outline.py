"""A journey as nested lists: the same steps and edges as the canvas, for reading and the keyboard.

Where ways part, each is a list of its own below the step; what comes where they meet again stands
after the step, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from doorstep.console.journeys.flow import Flow, make_flow
from doorstep.console.journeys.graph import (
    START,
    Definition,
    Edge,
    edges_of,
    has_choice,
    steps_of,
    target_of,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list.

    :param kind: ``step``; or how a way ends: ``end``, ``back`` to a step before, ``goto`` a step
        that stands further on.
    :param edge: the way that leads here, where only one does: its ``+`` stands before the line.
    :param meets: several ways lead here.
    """

    kind: Literal["step", "end", "back", "goto"]
    step: str
    edge: Edge | None
    meets: bool = False
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step where ways part."""

    edge: Edge
    items: tuple[Item, ...] = field(default=())


def make_outline(definition: Definition) -> tuple[Item, ...]:
    """Return the list of a journey, from its first step on."""
    flow = make_flow(definition)
    return tuple(_follow(definition, flow, Edge(START, "first")))


def number_steps(definition: Definition) -> dict[str, int]:
    """Number the steps in the order in which the list shows them, from 1."""
    numbers: dict[str, int] = {}

    def walk(items: tuple[Item, ...]) -> None:
        for item in items:
            if item.kind == "step":
                numbers[item.step] = len(numbers) + 1
            for way in item.ways:
                walk(way.items)

    walk(make_outline(definition))
    return numbers


def _follow(definition: Definition, flow: Flow, edge: Edge) -> list[Item]:
    """Write down one way until it ends, parts for good, or meets another."""
    items: list[Item] = []
    coming: list[tuple[Edge | None, str | None]] = [(edge, target_of(definition, edge))]
    while coming:
        by, step = coming.pop(0)
        ending = _ending(flow, by, step)
        if ending is not None:
            items.append(ending)
            continue
        assert step is not None
        if not has_choice(steps_of(definition)[step]):
            items.append(Item("step", step, by, by is None))
            [onward] = edges_of(definition, step)
            coming.insert(0, (onward, target_of(definition, onward)))
            continue
        ways = [
            Way(out, tuple(_follow(definition, flow, out))) for out in edges_of(definition, step)
        ]
        items.append(Item("step", step, by, by is None, tuple(ways)))
        meetings = [flow.nodes[key].step for key in flow.meetings[f"step:{step}"]]
        coming[:0] = [(None, meeting) for meeting in meetings]
    return items


def _ending(flow: Flow, edge: Edge | None, step: str | None) -> Item | None:
    """Tell how a way ends at this edge, None where it goes on with a step of its own."""
    if edge is None:
        return None
    if step is None:
        return Item("end", "", edge)
    if f"back:{edge}" in flow.nodes:
        return Item("back", step, edge)
    if len(flow.nodes[f"step:{step}"].before) > 1:
        return Item("goto", step, edge)
    return None
