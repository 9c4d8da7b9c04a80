"""A journey as rows of nodes without cycles: what both the canvas and the list are drawn from.

Every edge becomes a chain of links, each from one row to the next. Nodes are of five kinds:
``start`` and ``step``; ``lane`` where an edge passes a row; ``end`` where a way ends; ``back``
where a way leads to a step before it (drawn as a sign, not as a line across the page).

Who is under whom follows the dominator tree: the step where ways part "owns" all that lies between
it and where they meet again, and the meeting point itself. Algorithm: Cooper, Harvey, Kennedy, "A
Simple, Fast Dominance Algorithm" (2001), one pass, as there are no cycles here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from doorstep.console.journeys.graph import (
    START,
    Definition,
    Edge,
    edges_of,
    has_choice,
    steps_of,
    target_of,
)

Kind = Literal["start", "step", "lane", "end", "back"]


@dataclass(slots=True)
class Node:
    """One thing in a row.

    :param step: the step itself; of a ``back`` node the one it leads to; of a ``lane`` or ``end``
        nothing.
    :param edge: the edge a lane, an end or a sign belongs to.
    :param owner: the node it hangs under in the dominator tree.
    """

    key: str
    kind: Kind
    step: str = ""
    edge: Edge | None = None
    row: int = 0
    owner: str = ""
    after: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Flow:
    """All nodes by key, in an order in which every node comes after those that lead to it."""

    nodes: Mapping[str, Node]
    ways: Mapping[str, list[str]]  # a node -> the nodes right under it that only it leads to
    meetings: Mapping[str, list[str]]  # a node -> the nodes where ways that it parted meet again


def make_flow(definition: Definition) -> Flow:
    """Lay a definition out in rows; steps that nobody can get to are left out."""
    order, back = _order(definition)
    entries: dict[str, int] = {}
    for step in order:
        for edge in edges_of(definition, step):
            target = target_of(definition, edge)
            if target is not None and edge not in back:
                entries[target] = entries.get(target, 0) + 1
    nodes: dict[str, Node] = {}
    rows = _rows(definition, order, back, entries)
    for step in order:
        kind: Kind = "start" if step == START else "step"
        nodes[_key(step)] = Node(_key(step), kind, step, row=rows[step])
    for step in order:
        for edge in edges_of(definition, step):
            _draw(definition, nodes, rows, edge, edge in back)
    nodes = dict(sorted(nodes.items(), key=lambda item: item[1].row))
    _find_owners(nodes)
    ways: dict[str, list[str]] = {key: [] for key in nodes}
    meetings: dict[str, list[str]] = {key: [] for key in nodes}
    for key, node in nodes.items():
        ways[key] = [one for one in node.after if len(nodes[one].before) == 1]
        if len(node.before) > 1:
            meetings[node.owner].append(key)
    return Flow(nodes, ways, meetings)


def _key(step: str) -> str:
    return f"step:{step}" if step else "start"


def _order(definition: Definition) -> tuple[list[str], set[Edge]]:
    """Return the steps so that each comes after all that lead to it, and the edges that go back."""
    state: dict[str, bool] = {}  # True while the walk is below it
    done: list[str] = []
    back: set[Edge] = set()
    stack = [(START, iter(edges_of(definition, START)))]
    state[START] = True
    while stack:
        step, edges = stack[-1]
        for edge in edges:
            target = target_of(definition, edge)
            if target is None:
                continue
            if state.get(target):
                back.add(edge)
            elif target not in state:
                state[target] = True
                stack.append((target, iter(edges_of(definition, target))))
                break
        else:
            stack.pop()
            state[step] = False
            done.append(step)
    return done[::-1], back


def _rows(
    definition: Definition, order: list[str], back: set[Edge], entries: Mapping[str, int]
) -> dict[str, int]:
    rows = dict.fromkeys(order, 0)
    for step in order:
        parts = step != START and has_choice(steps_of(definition)[step])
        for edge in edges_of(definition, step):
            target = target_of(definition, edge)
            if target is None or edge in back:
                continue
            # A way of a parting that meets others at once needs a lane of its own to be seen.
            length = 2 if parts and entries[target] > 1 else 1
            rows[target] = max(rows[target], rows[step] + length)
    return rows


def _draw(
    definition: Definition, nodes: dict[str, Node], rows: dict[str, int], edge: Edge, is_back: bool
) -> None:
    """Add the nodes and links of one edge."""
    at, target = _key(edge.step), target_of(definition, edge)
    row = rows[edge.step]
    if target is None or is_back:
        kind: Kind = "back" if is_back else "end"
        sign = Node(f"{kind}:{edge}", kind, target or "", edge, row + 1)
        nodes[sign.key] = sign
        _link(nodes[at], sign)
        return
    for between in range(row + 1, rows[target]):
        lane = Node(f"lane:{edge}:{between}", "lane", "", edge, between)
        nodes[lane.key] = lane
        _link(nodes[at], lane)
        at = lane.key
    _link(nodes[at], nodes[_key(target)])


def _link(upper: Node, lower: Node) -> None:
    upper.after.append(lower.key)
    lower.before.append(upper.key)


def _find_owners(nodes: dict[str, Node]) -> None:
    depth: dict[str, int] = {}
    for key, node in nodes.items():  # by row: whatever leads here was seen
        owner = ""
        for one in node.before:
            owner = _common(nodes, depth, owner, one) if owner else one
        node.owner = owner
        depth[key] = depth[owner] + 1 if owner else 0


def _common(nodes: Mapping[str, Node], depth: Mapping[str, int], one: str, other: str) -> str:
    while one != other:
        if depth[one] >= depth[other]:
            one = nodes[one].owner
        else:
            other = nodes[other].owner
    return one
