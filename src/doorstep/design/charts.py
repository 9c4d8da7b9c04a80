"""Geometry of the small charts, as numbers for inline SVG.

All coordinates are in SVG user units with the origin at the top left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its box, what it stands for and its value."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: float


def sparkline_points(
    values: Sequence[float], width: float, height: float, pad: float = 2
) -> list[tuple[float, float]]:
    """Place values left to right, lowest at the bottom and highest at the top.

    A flat series runs through the middle; one value becomes a flat line.
    """
    numbers = [float(value) for value in values]
    if not numbers:
        return []
    if len(numbers) == 1:
        numbers *= 2
    low, high = min(numbers), max(numbers)
    span = high - low
    step = (width - 2 * pad) / (len(numbers) - 1)
    inner = height - 2 * pad
    return [
        (
            round(pad + index * step, 2),
            round(pad + inner * ((high - value) / span if span else 0.5), 2),
        )
        for index, value in enumerate(numbers)
    ]


def bars(
    items: Sequence[tuple[str, float]], width: float, height: float, gap: float = 0.28
) -> list[Bar]:
    """Place ``(label, value)`` pairs as bars on a zero line; ``gap`` is a share of each slot.

    Negative values stand as zero: these charts count things.
    """
    if not items:
        return []
    top = max(max(float(value) for _, value in items), 0.0) or 1.0
    slot = width / len(items)
    placed = []
    for index, (label, value) in enumerate(items):
        tall = round(height * max(float(value), 0.0) / top, 2)
        placed.append(
            Bar(
                x=round(index * slot + slot * gap / 2, 2),
                y=round(height - tall, 2),
                width=round(slot * (1 - gap), 2),
                height=tall,
                label=str(label),
                value=float(value),
            )
        )
    return placed
