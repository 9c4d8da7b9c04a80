"""Whether ways of a split differ: the test's own figures, and what is said of them. No database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.rooms.journeys.rules.comparing import Side, compare, p_value_of, people_needed


def test_the_z_test_as_worked_out_by_hand() -> None:
    # By hand: (0.19 - 0.14) over the root of 0.1733 * 0.8267 * (1/200 + 1/100) is z = 1.0785.
    assert p_value_of(Side(200, 38), Side(100, 14)) == pytest.approx(0.2808, abs=0.0001)
    assert p_value_of(Side(500, 0), Side(500, 0)) == 1
    assert p_value_of(Side(0, 0), Side(500, 20)) == 1


def test_as_many_people_as_the_formula_asks_for() -> None:
    # 5 against 10 percent, two-sided 5 %, power 80 %: 435 on each side without continuity.
    assert people_needed(0.05, 0.10) == 435
    assert people_needed(0.1, 0.1) is None


@pytest.mark.parametrize(
    ("sides", "verdict", "leader", "more"),
    [
        ([Side(0, 0), Side(0, 0)], "few", None, 200),
        ([Side(60, 9), Side(99, 3)], "few", 0, 41),
        # one of a hundred does it: five are to be expected on each side
        ([Side(300, 4), Side(300, 2)], "few", 0, 400),
        ([Side(300, 0), Side(300, 0)], "few", None, 200),
        ([Side(1000, 100), Side(1000, 60)], "differs", 0, 0),
        ([Side(1000, 60), Side(1000, 100)], "differs", 1, 0),
        ([Side(300, 24), Side(300, 16)], "open", 0, 2146),
        ([Side(1000, 80), Side(1000, 80)], "same", 0, 0),
        ([Side(1000, 80), Side(1000, 79)], "same", 0, 0),
        # of three, better than one is not better than both
        ([Side(1000, 100), Side(1000, 96), Side(1000, 60)], "same", 0, 0),
        ([Side(1000, 130), Side(1000, 70), Side(1000, 60)], "differs", 0, 0),
    ],
)
def test_a_plain_word(sides: list[Side], verdict: str, leader: int | None, more: int) -> None:
    found = compare(sides)
    assert (found.verdict, found.leader, found.more_people) == (verdict, leader, more)


_SIDE = st.integers(0, 5_000).flatmap(
    lambda people: st.builds(Side, st.just(people), st.integers(0, people))
)


@given(st.lists(_SIDE, min_size=2, max_size=10))
def test_something_is_said_of_any_numbers(sides: list[Side]) -> None:
    found = compare(sides)
    assert (found.more_people > 0) == (found.verdict in ("few", "open"))
    if found.verdict == "differs":
        assert found.leader is not None
        assert sides[found.leader].share > max(
            side.share for nth, side in enumerate(sides) if nth != found.leader
        )
