"""Whatever color a merchant picks, its pages can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.design import color

TOKENS = (Path(color.__file__).parent / "static/design/tokens.css").read_text()
hex_colors = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def token(name: str) -> tuple[str, str]:
    """Return a token's colors by day and by night."""
    found = re.search(rf"--{name}: (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", TOKENS)
    assert found, name
    return (found[1], found[2]) if found[1] else (found[3], found[3])


def test_contrast_of_black_and_white() -> None:
    assert color.contrast_ratio("#000", "#fff") == pytest.approx(21)
    assert color.contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(hex_colors)
def test_any_brand_color_can_be_read(brand: str) -> None:
    shades = color.brand_colors(brand)
    assert color.contrast_ratio(shades.on_fill, shades.fill) >= 4.5
    for ground in "paper", "surface", "sunken":
        light, dark = token(ground)
        assert color.contrast_ratio(shades.text_on_light, light) >= 4.5
        assert color.contrast_ratio(shades.text_on_dark, dark) >= 4.5


@given(st.text(max_size=40))
def test_nothing_but_a_color_reaches_the_style_sheet(text: str) -> None:
    if color.is_color(text):
        return
    with pytest.raises(color.InvalidColor):
        color.brand_css(text)


@pytest.mark.parametrize("sly", ["#fff;}", "red", "#12345", "#fff\n", "url(x)", "#ggg", ""])
def test_sly_colors_are_refused(sly: str) -> None:
    with pytest.raises(color.InvalidColor, match="write it as #rrggbb"):
        color.parse_color(sly)


def test_a_readable_brand_color_stays_what_it_is() -> None:
    assert color.brand_colors("#1f5f4f").text_on_light == "#1f5f4f"


def test_grounds_are_those_of_the_style_sheet() -> None:
    assert token("sunken")[0] == color.LIGHT_GROUND
    assert token("surface")[1] == color.DARK_GROUND


@pytest.mark.parametrize("ground", ["paper", "surface", "sunken"])
@pytest.mark.parametrize(
    "ink", ["ink", "ink-2", "ink-3", "brand-text", "ok", "warn", "bad", "info"]
)
@pytest.mark.parametrize("night", [False, True])
def test_every_ink_reads_on_every_ground(ink: str, ground: str, night: bool) -> None:
    assert color.contrast_ratio(token(ink)[night], token(ground)[night]) >= 4.5


@pytest.mark.parametrize("tone", ["ok", "warn", "bad", "info"])
@pytest.mark.parametrize("night", [False, True])
def test_tones_read_on_their_own_wash(tone: str, night: bool) -> None:
    assert color.contrast_ratio(token(tone)[night], token(f"{tone}-wash")[night]) >= 4.5
    assert color.contrast_ratio(token("ink")[night], token(f"{tone}-wash")[night]) >= 7


@pytest.mark.parametrize("night", [False, True])
def test_edges_of_controls_and_focus_stand_out(night: bool) -> None:
    """WCAG 1.4.11: 3:1 for what shows where a control is."""
    for edge in "line-strong", "focus":
        for ground in "paper", "surface":
            assert color.contrast_ratio(token(edge)[night], token(ground)[night]) >= 3
