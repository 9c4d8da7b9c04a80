"""Colors that can be read, derived from the merchant's one brand color.

Contrast as in WCAG 2.2 (relative luminance of sRGB, 4.5 : 1 for text).
"""

from __future__ import annotations

import re

HOUSE_COLOR = "#2f5d50"
WHITE = "#ffffff"
INK = "#1b1f1d"

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")


def on_color(color: str) -> str:
    """Return white or ink, whichever reads better on ``color``."""
    rgb = _rgb(color)
    return WHITE if _contrast(rgb, _rgb(WHITE)) >= _contrast(rgb, _rgb(INK)) else INK


def readable_on_white(color: str, *, ratio: float = 4.5) -> str:
    """Return ``color`` darkened until its contrast on white reaches ``ratio``, as ``#rrggbb``.

    What is not a hexadecimal color becomes the house color: a brand setting must never be able
    to put arbitrary text into a style.
    """
    red, green, blue = _rgb(color)
    while _contrast((red, green, blue), (255, 255, 255)) < ratio:
        red, green, blue = (int(part * 0.92) for part in (red, green, blue))
    return f"#{red:02x}{green:02x}{blue:02x}"


def _rgb(color: str) -> tuple[int, int, int]:
    text = color.strip()
    if not _HEX.match(text):
        text = HOUSE_COLOR
    digits = text[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _luminance(rgb: tuple[int, int, int]) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
