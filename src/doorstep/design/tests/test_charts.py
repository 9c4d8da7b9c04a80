"""Charts place what they are given, whatever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from doorstep.design.charts import bars, sparkline_points

numbers = st.floats(-1e9, 1e9)


@given(st.lists(numbers, max_size=60))
def test_a_sparkline_stays_in_its_box(values: list[float]) -> None:
    for x, y in sparkline_points(values, 120, 36):
        assert 0 <= x <= 120
        assert 0 <= y <= 36


def test_the_highest_value_is_on_top() -> None:
    points = sparkline_points([1, 3, 2], 120, 36)
    assert min(points, key=lambda point: point[1])[0] == points[1][0]


def test_nothing_gives_nothing_and_one_value_a_line() -> None:
    assert sparkline_points([], 120, 36) == []
    assert len(sparkline_points([5], 120, 36)) == 2
    assert bars([], 320, 100) == []


@given(st.lists(st.tuples(st.text(max_size=5), numbers), min_size=1, max_size=40))
def test_bars_stay_in_their_box(items: list[tuple[str, float]]) -> None:
    for bar in bars(items, 320, 100):
        assert -0.01 <= bar.x <= bar.x + bar.width <= 320.01
        assert 0 <= bar.y <= 100.01
        assert 0 <= bar.height <= 100.01
