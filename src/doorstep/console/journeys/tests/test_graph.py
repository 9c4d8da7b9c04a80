"""The canvas, the list and every change to a journey, over journeys of every shape."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.console.journeys import editing
from doorstep.console.journeys.editing import CannotChange
from doorstep.console.journeys.graph import (
    START,
    Edge,
    all_edges,
    edges_of,
    orphans,
    parse_edge,
    reachable,
    slots_of,
    steps_of,
    target_of,
)
from doorstep.console.journeys.layout import RASTER, Card, make_layout
from doorstep.console.journeys.outline import Item, make_outline, number_steps

STEPS: list[dict[str, Any]] = [
    {"type": "message", "template": "care_tips"},
    {"type": "wait", "for": {"days": 2}},
    {"type": "wait", "event": "orders.order_placed", "days": 7},
    {"type": "branch", "if": {"fact": "customer.orders", "op": "gte", "value": 2}},
    {"type": "split", "arms": [{"name": "A", "percent": 50}, {"name": "B", "percent": 50}]},
    {"type": "split", "arms": [{"name": n, "percent": 20} for n in "ABCDE"]},
    {"type": "action", "action": "customers.tag_customer", "input": {"tag": "loyal"}},
]
EMPTY = {"format": 1, "name": "New", "first": None, "steps": {}}


@st.composite
def journeys(draw: st.DrawFn) -> dict[str, Any]:
    """Build a journey as people do: a step more, a way bent to another step, a step out."""
    made: dict[str, Any] = EMPTY
    for _turn in range(draw(st.integers(0, 14))):
        edge = draw(st.sampled_from(all_edges(made)))
        kind = draw(st.sampled_from(["add", "add", "add", "connect", "remove"]))
        if kind == "add":
            made, _name = editing.add_step(made, edge, draw(st.sampled_from(STEPS)))
        elif kind == "connect":
            targets = [one for one in steps_of(made) if one != edge.step]
            made = editing.connect(made, edge, draw(st.sampled_from([None, *targets])))
        elif steps_of(made):
            made = editing.remove_step(made, draw(st.sampled_from(list(steps_of(made)))))
    return made


def is_whole(made: dict[str, Any]) -> bool:
    """Tell whether all steps can be reached and all edges lead somewhere that is."""
    raw = [made["first"]]
    for step in made["steps"].values():
        raw += [arm["next"] for arm in step.get("arms", ())]
        raw += [step[slot] for slot in slots_of(step) if not slot.startswith("arm-")]
    return not orphans(made) and all(one is None or one in made["steps"] for one in raw)


@given(journeys())
def test_no_two_cards_overlap(made: dict[str, Any]) -> None:
    drawn = make_layout(made)
    for one, other in itertools.combinations(drawn.cards, 2):
        apart = (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.foot <= other.y
            or other.foot <= one.y
        )
        assert apart, (one, other)
    for card in drawn.cards:
        assert 0 <= card.x <= card.x + card.width <= drawn.width
        assert 0 <= card.y <= card.foot <= drawn.height
        assert card.x % RASTER == card.y % RASTER == 0


@given(journeys())
def test_every_step_and_edge_is_drawn(made: dict[str, Any]) -> None:
    drawn = make_layout(made)
    steps = [card.node.step for card in drawn.cards if card.node.kind == "step"]
    assert sorted(steps) == sorted(steps_of(made))
    assert sorted(wire.edge for wire in drawn.wires) == sorted(all_edges(made))
    boxes = {(c.node.kind, c.node.step): c for c in drawn.cards}
    for wire in drawn.wires:
        points = _points(wire.path)
        source = boxes["start" if wire.edge.step == START else "step", wire.edge.step]
        assert points[0] == (source.middle, source.foot)
        target = target_of(made, wire.edge)
        ends = {(c.middle, c.y) for c in drawn.cards if c.node.edge == wire.edge}
        if target is not None:
            ends.add((boxes["step", target].middle, boxes["step", target].y))
        assert points[-1] in ends
        assert any(x == wire.plus[0] for x, _y in points)


@given(journeys())
def test_lines_stay_off_the_cards_and_plus_signs_apart(made: dict[str, Any]) -> None:
    drawn = make_layout(made)
    for wire in drawn.wires:
        for before, after in itertools.pairwise(_points(wire.path)):
            assert not any(_cuts(card, before, after) for card in drawn.cards), wire
    spots = [wire.plus for wire in drawn.wires]
    spots += [wire.label for wire in drawn.wires if wire.label]
    for one, other in itertools.combinations(spots, 2):
        assert abs(one[0] - other[0]) >= 24 or abs(one[1] - other[1]) >= 24
    for x, y in spots:
        assert not any(c.x < x < c.x + c.width and c.y - 12 < y < c.foot + 12 for c in drawn.cards)


def _points(path: str) -> list[tuple[int, int]]:
    numbers = [int(one) for one in re.findall(r"-?\d+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _cuts(card: Card, one: tuple[int, int], other: tuple[int, int]) -> bool:
    low, high = sorted((one[0], other[0]))
    top, foot = sorted((one[1], other[1]))
    return low < card.x + card.width and high > card.x and top < card.foot and foot > card.y


@given(journeys())
def test_the_list_shows_what_the_canvas_shows(made: dict[str, Any]) -> None:
    steps, edges = [], []

    def walk(items: tuple[Item, ...]) -> None:
        for item in items:
            if item.kind == "step":
                steps.append(item.step)
            if item.edge is not None:
                edges.append(item.edge)
            for way in item.ways:
                walk(way.items)

    walk(make_outline(made))
    assert sorted(steps) == sorted(steps_of(made))
    assert sorted(edges) == sorted(all_edges(made))  # each has its +, once
    assert sorted(number_steps(made).values()) == list(range(1, len(steps) + 1))


@given(journeys())
def test_what_people_build_stays_whole(made: dict[str, Any]) -> None:
    assert is_whole(made)


@given(journeys(), st.data())
def test_a_new_step_takes_nothing_from_anybody(made: dict[str, Any], data: st.DataObject) -> None:
    edges = all_edges(made)
    edges += [Edge(step, editing.BEFORE) for step in steps_of(made)]
    edge = data.draw(st.sampled_from(edges))
    reached = set(reachable(made))
    new, name = editing.add_step(made, edge, data.draw(st.sampled_from(STEPS)))
    assert is_whole(new)
    assert set(reachable(new)) == reached | {name}
    onward = edge.step if edge.slot == editing.BEFORE else target_of(made, edge)
    assert {target_of(new, out) for out in edges_of(new, name)} == {onward}
    assert editing.remove_step(new, name) == made


@given(journeys(), st.data())
def test_removing_mends_the_edges(made: dict[str, Any], data: st.DataObject) -> None:
    if not steps_of(made):
        return
    step = data.draw(st.sampled_from(list(steps_of(made))))
    for keep in ["", *slots_of(made["steps"][step])]:
        new = editing.remove_step(made, step, keep=keep)
        assert is_whole(new)
        assert step not in new["steps"]


@given(journeys(), st.data())
def test_moving_loses_no_step(made: dict[str, Any], data: st.DataObject) -> None:
    if not steps_of(made):
        return
    step = data.draw(st.sampled_from(list(steps_of(made))))
    edge = data.draw(st.sampled_from(all_edges(made)))
    try:
        new = editing.move_step(made, step, edge)
    except CannotChange:
        return
    assert is_whole(new)
    assert set(steps_of(new)) == set(steps_of(made))
    assert target_of(new, edge) == step


@given(journeys(), st.data())
def test_changing_keeps_the_ways(made: dict[str, Any], data: st.DataObject) -> None:
    if not steps_of(made):
        return
    step = data.draw(st.sampled_from(list(steps_of(made))))
    fields = data.draw(st.sampled_from(STEPS))
    new = editing.change_step(made, step, fields)
    assert is_whole(new)
    kept = set(slots_of(made["steps"][step])) & set(slots_of(fields))
    for slot in kept:
        assert target_of(new, Edge(step, slot)) == target_of(made, Edge(step, slot))


def test_arms_keep_their_ways_when_one_goes() -> None:
    made, split = editing.add_step(EMPTY, Edge(START, "first"), STEPS[4])
    made, one = editing.add_step(made, Edge(split, "arm-0"), STEPS[0])
    made, two = editing.add_step(made, Edge(split, "arm-1"), STEPS[1])
    arms = [{"name": "B", "percent": 90, "was": 1}, {"name": "New", "percent": 10, "was": None}]
    new = editing.change_step(made, split, {"type": "split", "arms": arms})
    assert new["steps"][split]["arms"] == [
        {"name": "B", "percent": 90, "next": two},
        {"name": "New", "percent": 10, "next": one},
    ]


def test_what_cannot_be() -> None:
    made, step = editing.add_step(EMPTY, Edge(START, "first"), STEPS[0])
    for refused in (
        lambda: editing.add_step(made, Edge("gone", "next"), STEPS[0]),
        lambda: editing.add_step(made, Edge(step, "yes"), STEPS[0]),
        lambda: editing.connect(made, Edge(step, "next"), step),
        lambda: editing.connect(made, Edge(step, "next"), "gone"),
        lambda: editing.remove_step(made, "gone"),
        lambda: editing.move_step(made, step, Edge(step, "next")),
    ):
        with pytest.raises(CannotChange):
            refused()


def test_a_block_moves_as_one() -> None:
    made, branch = editing.add_step(EMPTY, Edge(START, "first"), STEPS[3])
    made, yes = editing.add_step(made, Edge(branch, "yes"), STEPS[0])
    made, last = editing.add_step(made, Edge(yes, "next"), STEPS[1])
    made = editing.connect(made, Edge(branch, "no"), last)
    assert editing.block_of(made, branch) == ([branch, yes], last)
    new = editing.move_step(made, branch, Edge(last, "next"))
    assert target_of(new, Edge(START, "first")) == last
    assert target_of(new, Edge(last, "next")) == branch
    assert target_of(new, Edge(yes, "next")) is None


@pytest.mark.parametrize("bad", [{}, {"steps": []}, {"steps": {}, "first": "gone"}, {"first": 3}])
def test_half_a_definition_is_drawn_all_the_same(bad: dict[str, Any]) -> None:
    assert len(make_layout(bad).wires) == 1
    assert make_outline(bad)[0].kind == "end"


def test_an_edge_in_an_address() -> None:
    assert parse_edge(str(Edge("a-1", "arm-2"))) == Edge("a-1", "arm-2")
    assert parse_edge(":first") == Edge(START, "first")
    assert parse_edge("nothing").step == ""
