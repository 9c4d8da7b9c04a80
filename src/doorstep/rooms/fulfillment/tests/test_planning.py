"""Which pieces go out together."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.fulfillment.contracts import ShipmentState
from doorstep.rooms.fulfillment.rules.planning import Standing, plan
from doorstep.rooms.fulfillment.rules.states import (
    TRANSITIONS,
    can_become,
    why_not_packable,
    why_not_shippable,
)

LINES = [UUID(int=n) for n in range(4)]
PLACES = [UUID(int=100 + n) for n in range(3)]
PIECES = st.dictionaries(st.sampled_from(LINES), st.integers(1, 5), max_size=4)
STANDING = st.builds(
    Standing,
    st.builds(uuid4),
    st.sampled_from([*PLACES, None]),
    PIECES,
    is_fixed=st.booleans(),
    is_pinned=st.booleans(),
)
HELD = st.dictionaries(
    st.sampled_from(LINES),
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.integers(1, 5)), max_size=3, unique_by=lambda p: p[0]
    ),
)


@given(
    st.dictionaries(st.sampled_from(LINES), st.integers(0, 9)),
    st.lists(STANDING, max_size=4),
    HELD,
)
def test_everything_needed_is_planned_once_and_nothing_else(
    needed: dict, standing: list, held: dict
) -> None:
    planned = plan(needed, standing, held, may_add=True)
    fixed = [one for one in standing if one.is_fixed]
    for line in LINES:
        packed = sum(one.lines.get(line, 0) for one in fixed)
        in_plan = sum(one.lines.get(line, 0) for one in planned)
        assert in_plan == max(needed.get(line, 0) - packed, 0)
    named = [one.id for one in planned if one.id is not None]
    assert sorted(named, key=str) == sorted((o.id for o in standing if not o.is_fixed), key=str)
    assert all(pieces > 0 for one in planned for pieces in one.lines.values())


@given(PIECES, st.lists(STANDING, max_size=4), HELD)
def test_what_waits_only_shrinks(needed: dict, standing: list, held: dict) -> None:
    before = {one.id: one.lines for one in standing}
    for one in plan(needed, standing, held, may_add=False):
        assert one.id is not None
        for line, pieces in one.lines.items():
            assert pieces <= before[one.id][line]


def test_a_number_on_paper_stays_with_its_location() -> None:
    near, far = PLACES[:2]
    a, b = Standing(UUID(int=7), far, {LINES[0]: 1}), Standing(UUID(int=8), near, {LINES[1]: 1})
    held = {LINES[0]: [(near, 1)], LINES[1]: [(far, 1)]}
    planned = {one.id: one for one in plan({LINES[0]: 1, LINES[1]: 1}, [a, b], held, may_add=True)}
    assert planned[a.id].lines == {LINES[1]: 1}
    assert planned[b.id].lines == {LINES[0]: 1}


def test_states_and_their_words() -> None:
    assert set(TRANSITIONS) == set(ShipmentState)
    assert can_become("packed", "to_pack")
    assert not can_become("shipped", "packed")
    for state in ShipmentState:
        assert bool(why_not_packable("#1-1", state, "")) == (state != "to_pack")
        words = why_not_shippable("#1-1", state, "", order_changed=False)
        assert bool(words) == (state != "packed")
