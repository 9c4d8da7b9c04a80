"""Where everything of a journey's canvas stands, worked out on the server: no script is needed.

Units are pixels, from the top left, all positions on a raster of :data:`RASTER`. Each node's
subtree is packed beside its neighbors' by their outlines, row by row (after Reingold and Tilford,
"Tidier Drawings of Trees", 1981), so no two cards can ever touch. Where ways meet again they do it
in the gap above a row, each meeting on a level of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from doorstep.console.journeys.flow import Flow, Node, make_flow
from doorstep.console.journeys.graph import (
    START,
    Definition,
    Edge,
    edges_of,
    has_choice,
    steps_of,
)

RASTER = 8
CARD_WIDTH, CARD_HEIGHT = 256, 88
SIGN_WIDTH, SIGN_HEIGHT = 144, 32
LANE_WIDTH = 144
SPACE = 32  # between neighbors
PLUS = 32
LABEL = 24
TRUNK = 16  # from a card to where its ways part
TRACK = 16  # between two meetings' levels
MARGIN = 32
_CURVE = 8


@dataclass(frozen=True, slots=True)
class Card:
    """A box on the canvas, by its top left corner."""

    node: Node
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        """The x of its middle, where lines come and go."""
        return self.x + self.width // 2

    @property
    def foot(self) -> int:
        """The y of its lower side."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Wire:
    """A drawn edge: the path, where its ``+`` stands (middle), and its label's middle if any."""

    edge: Edge
    path: str
    plus: tuple[int, int]
    label: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The canvas."""

    width: int
    height: int
    cards: tuple[Card, ...]  # from top to bottom, and along the line of reading
    wires: tuple[Wire, ...]


def make_layout(definition: Definition) -> Layout:
    """Place a journey's steps, signs and edges."""
    flow = make_flow(definition)
    middles = _middles(flow)
    tracks = _tracks(flow, middles)
    tops, gaps, height = _heights(definition, flow, tracks)
    left = min(middles[k] - _width(n) // 2 for k, n in flow.nodes.items())
    boxes: dict[str, Card] = {}
    for key, node in flow.nodes.items():
        width, tall = _width(node), _height(node)
        x = middles[key] - width // 2 - left + MARGIN
        boxes[key] = Card(node, x, tops[node.row], width, tall)
    wires = _wires(definition, flow, boxes, tracks, gaps)
    cards = [card for card in boxes.values() if card.node.kind != "lane"]
    width = max(card.x + card.width for card in boxes.values()) + MARGIN
    return Layout(width, height, tuple(sorted(cards, key=lambda c: (c.y, c.x))), tuple(wires))


def _width(node: Node) -> int:
    return {"lane": LANE_WIDTH, "end": SIGN_WIDTH, "back": SIGN_WIDTH}.get(node.kind, CARD_WIDTH)


def _height(node: Node) -> int:
    return {"lane": 0, "end": SIGN_HEIGHT, "back": SIGN_HEIGHT}.get(node.kind, CARD_HEIGHT)


# -- across ------------------------------------------------------------------------------------

_Outline = dict[int, tuple[int, int]]  # row -> its outermost sides


def _middles(flow: Flow) -> dict[str, int]:
    """Return the x of every node's middle, the trigger's being 0."""
    offset: dict[str, int] = {}  # from its owner's middle
    outlines: dict[str, _Outline] = {}
    for key in reversed(list(flow.nodes)):  # a node's subtree lies in the rows below it
        half = _width(flow.nodes[key]) // 2
        placed = _pack(flow.ways[key], outlines, offset)
        for child in flow.meetings[key]:
            offset[child] = _beside(outlines[child], placed, wanted=0)
            _cover(placed, outlines.pop(child), offset[child])
        placed[flow.nodes[key].row] = (-half, half)
        outlines[key] = placed
    middles: dict[str, int] = {}
    for key, node in flow.nodes.items():
        middles[key] = middles[node.owner] + offset[key] if node.owner else 0
    return middles


def _pack(
    children: Sequence[str], outlines: dict[str, _Outline], offset: dict[str, int]
) -> _Outline:
    """Put children side by side, the outermost two equally far from their parent."""
    placed: _Outline = {}
    for child in children:
        offset[child] = _beside(outlines[child], placed, wanted=None)
        _cover(placed, outlines.pop(child), offset[child])
    if not children:
        return placed
    shift = -_on_raster((offset[children[0]] + offset[children[-1]]) // 2)
    for child in children:
        offset[child] += shift
    return {row: (low + shift, high + shift) for row, (low, high) in placed.items()}


def _beside(outline: _Outline, placed: _Outline, *, wanted: int | None) -> int:
    """Return how far to move an outline so that it is free of what is placed.

    :param wanted: where it would like to be; None for as near as can be after all others.
    """
    shared = [row for row in outline if row in placed]
    after = max((placed[row][1] - outline[row][0] + SPACE for row in shared), default=0)
    if wanted is None:
        return _on_raster(after + RASTER - 1)
    is_free = all(
        outline[row][0] + wanted >= placed[row][1] + SPACE
        or outline[row][1] + wanted <= placed[row][0] - SPACE
        for row in shared
    )
    return wanted if is_free else _on_raster(after + RASTER - 1)


def _cover(placed: _Outline, outline: _Outline, shift: int) -> None:
    for row, (low, high) in outline.items():
        before = placed.get(row, (low + shift, high + shift))
        placed[row] = min(before[0], low + shift), max(before[1], high + shift)


def _on_raster(value: int) -> int:
    return value // RASTER * RASTER


# -- down --------------------------------------------------------------------------------------


def _tracks(flow: Flow, middles: Mapping[str, int]) -> dict[str, int]:
    """Give each node that lines reach from the side a level of its own in the gap above it."""
    by_row: dict[int, list[tuple[int, int, str]]] = {}
    for key, node in flow.nodes.items():
        ends = [middles[key], *(middles[one] for one in node.before)]
        from_side = any(one != middles[key] for one in ends)
        if from_side and not (len(node.before) == 1 and len(flow.nodes[node.before[0]].after) > 1):
            by_row.setdefault(node.row, []).append((min(ends), max(ends), key))
    found: dict[str, int] = {}
    for spans in by_row.values():
        taken: list[int] = []  # a level's end so far
        for low, high, key in sorted(spans):
            level = next((n for n, end in enumerate(taken) if end < low), len(taken))
            taken[level:] = [high, *taken[level + 1 :]]
            found[key] = level
    return found


def _heights(
    definition: Definition, flow: Flow, tracks: Mapping[str, int]
) -> tuple[list[int], list[int], int]:
    """Return each row's top, the height of the gap under it down to the meetings, and all."""
    count = max(node.row for node in flow.nodes.values()) + 1
    tall, gap, levels = [0] * count, [0] * count, [0] * (count + 1)
    for key, node in flow.nodes.items():
        tall[node.row] = max(tall[node.row], _height(node))
        gap[node.row] = max(gap[node.row], _gap(definition, node))
        if key in tracks:
            levels[node.row] = max(levels[node.row], tracks[key] + 1)
    tops, y = [], MARGIN
    for row in range(count):
        tops.append(y)
        y += tall[row] + gap[row] + levels[row + 1] * TRACK
    return tops, gap, y + MARGIN


def _gap(definition: Definition, node: Node) -> int:
    """Return how much room a node needs for the label and the ``+`` under it."""
    if node.kind == "step" and has_choice(steps_of(definition)[node.step]):
        return TRUNK + LABEL + 3 * RASTER + PLUS
    return PLUS + 2 * RASTER if node.kind in ("start", "step") else 2 * RASTER


# -- lines -------------------------------------------------------------------------------------


def _wires(
    definition: Definition,
    flow: Flow,
    boxes: Mapping[str, Card],
    tracks: Mapping[str, int],
    gaps: Sequence[int],
) -> Iterator[Wire]:
    for key, node in flow.nodes.items():
        if node.kind not in ("start", "step"):
            continue
        parts = node.step != START and has_choice(steps_of(definition)[node.step])
        for edge, first in zip(edges_of(definition, node.step), node.after, strict=True):
            chain = [key, first]
            while flow.nodes[chain[-1]].kind == "lane":
                chain.append(flow.nodes[chain[-1]].after[0])
            yield _wire(edge, [boxes[one] for one in chain], parts, tracks, gaps)


def _wire(
    edge: Edge, chain: list[Card], parts: bool, tracks: Mapping[str, int], gaps: Sequence[int]
) -> Wire:
    """Draw one edge through its lanes; ``parts`` where it leaves a step with several ways."""
    source, points = chain[0], [(chain[0].middle, chain[0].foot)]
    label, plus = None, (source.middle, source.foot + RASTER + PLUS // 2)
    for upper, lower in pairwise(chain):
        if upper is source and parts:
            turn = source.foot + TRUNK
            points += [(source.middle, turn), (lower.middle, turn)]
            label = (lower.middle, turn + RASTER + LABEL // 2)
            plus = (lower.middle, turn + 2 * RASTER + LABEL + PLUS // 2)
        elif upper.middle != lower.middle:
            level = tracks.get(lower.node.key, 0)
            turn = lower.y - RASTER - level * TRACK
            points += [(upper.middle, turn), (lower.middle, turn)]
        points.append((lower.middle, lower.y))
    return Wire(edge, _path(points), plus, label)


def _path(points: Sequence[tuple[int, int]]) -> str:
    """Return an SVG path through the points, with its corners rounded."""
    kept = [p for n, p in enumerate(points) if n == 0 or p != points[n - 1]]
    words = [f"M{kept[0][0]} {kept[0][1]}"]
    for before, here, after in zip(kept, kept[1:], kept[2:], strict=False):
        if before[0] == here[0] == after[0] or before[1] == here[1] == after[1]:
            continue
        enter, leave = _toward(here, before), _toward(here, after)
        words.append(f"L{enter[0]} {enter[1]}Q{here[0]} {here[1]} {leave[0]} {leave[1]}")
    words.append(f"L{kept[-1][0]} {kept[-1][1]}")
    return "".join(words)


def _toward(point: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    def step(a: int, b: int) -> int:
        return a + max(-_CURVE, min(_CURVE, (b - a) // 2 if abs(b - a) < 2 * _CURVE else b - a))

    return step(point[0], other[0]), step(point[1], other[1])
