"""Color arithmetic that keeps a merchant's brand readable.

Formulas are those of WCAG 2.2: relative luminance
(https://www.w3.org/TR/WCAG22/#dfn-relative-luminance) and contrast ratio
(https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_STEPS = 100

TEXT_CONTRAST = 4.5
_NIGHT_CONTRAST = 6.0  # thin light strokes on a dark ground need more to look as strong
LIGHT_INK, DARK_INK = "#ffffff", "#101412"
# The hardest grounds for brand-colored text: by day the darkest, by night the lightest of
# tokens.css (a test compares).
LIGHT_GROUND, DARK_GROUND = "#efede6", "#1c211e"


class InvalidColor(ValueError):
    """A color is not written as #rgb or #rrggbb."""


@dataclass(frozen=True, slots=True)
class BrandColors:
    """One brand color made safe: ``fill`` behind ``on_fill``, and ``text`` on each surface."""

    fill: str
    on_fill: str
    text_on_light: str
    text_on_dark: str


def parse_color(value: str) -> tuple[int, int, int]:
    """Read ``#rgb`` or ``#rrggbb`` into 0-255 channels.

    Nothing else is a color here: the value ends up in a style sheet.

    :raises InvalidColor: for every other spelling.
    """
    if not is_color(value):
        raise InvalidColor(f"{value!r} is not a color; write it as #rrggbb, for example #1f5f4f.")
    digits = value[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def is_color(value: str) -> bool:
    """Tell whether a text is ``#rgb`` or ``#rrggbb``."""
    return _HEX.fullmatch(value) is not None


def relative_luminance(color: str) -> float:
    """Return the WCAG relative luminance of a color, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(channel / 255) for channel in parse_color(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two colors, 1 to 21."""
    low, high = sorted((relative_luminance(first), relative_luminance(second)))
    return (high + 0.05) / (low + 0.05)


def mix(color: str, other: str, share: float) -> str:
    """Return ``color`` with ``share`` (0 to 1) of ``other`` mixed in, channel by channel."""
    pairs = zip(parse_color(color), parse_color(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(color: str, against: str, ratio: float = TEXT_CONTRAST) -> str:
    """Return the color nearest to ``color`` that reaches ``ratio`` against a background.

    The color is mixed with black or white, whichever the background contrasts with more, in
    steps of one percent, so a hue that is readable already stays untouched.
    """
    toward = max(("#000000", "#ffffff"), key=lambda end: contrast_ratio(end, against))
    for step in range(_STEPS + 1):
        candidate = mix(color, toward, step / _STEPS)
        if contrast_ratio(candidate, against) >= ratio:
            return candidate
    return toward


@lru_cache(maxsize=512)
def brand_colors(color: str) -> BrandColors:
    """Derive every shade the pages need from a store's one brand color.

    Text on the fill is white where white reaches 4.5:1 and the dark ink otherwise; no color
    fails both, for black and white together always leave one at 4.58:1 or more, and the dark
    ink is deepened to black where it just misses.

    :raises InvalidColor: when the color is not #rgb or #rrggbb.
    """
    fill = mix(color, color, 0)
    on_fill = LIGHT_INK
    if contrast_ratio(LIGHT_INK, fill) < TEXT_CONTRAST:
        on_fill = readable(DARK_INK, fill)
    return BrandColors(
        fill=fill,
        on_fill=on_fill,
        text_on_light=readable(fill, LIGHT_GROUND),
        text_on_dark=readable(fill, DARK_GROUND, _NIGHT_CONTRAST),
    )


def brand_css(color: str) -> str:
    """Return the rule that lays a store's colors over the tokens.

    The result holds nothing but colors this module wrote itself, so it may stand in a
    nonced ``<style>``.

    :raises InvalidColor: when the color is not #rgb or #rrggbb.
    """
    brand = brand_colors(color)
    away = "#000" if brand.on_fill == LIGHT_INK else "#fff"
    return (
        "@layer brand{:root{"
        f"--brand:{brand.fill};--on-brand:{brand.on_fill};--brand-away:{away};"
        f"--brand-text:light-dark({brand.text_on_light},{brand.text_on_dark})"
        "}}"
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
