"""Whether a difference between two shares means anything yet: intervals, and a plain sentence.

Intervals after R. G. Newcombe, "Interval estimation for the difference between independent
proportions: comparison of eleven methods", Statistics in Medicine 17 (1998), method 10, from
E. B. Wilson's score intervals (1927).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

_Z = 1.959964  # two-sided, 95 %
LEAST = 30  # people on each side before anything is said about the difference


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many.

    :param low: lower end of the 95 % interval of the true share; ``high`` its upper end.
    """

    reached: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share seen, 0 where nobody was looked at."""
        return self.reached / self.of if self.of else 0.0

    @property
    def percent(self) -> float:
        """The share seen, in percent."""
        return round(100 * self.value, 1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Two groups side by side.

    :param low: lower end of the 95 % interval of the difference (got it minus held out), as a
        share; ``high`` its upper end.
    :param verdict: ``nobody`` was held out; ``early``, too few to say; ``more``, ``less`` for sure;
        ``open`` otherwise.
    """

    got: Share
    held_out: Share
    low: float
    high: float
    verdict: str


def make_share(reached: int, of: int) -> Share:
    """Return a share with Wilson's 95 % interval."""
    if of <= 0:
        return Share(0, 0, 0.0, 1.0)
    p, z2 = reached / of, _Z * _Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(reached, of, max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


def weigh(*, entered: int, reached: int, held_out: int, held_out_reached: int) -> Evidence:
    """Compare who got the journey with who was held out.

    :param entered: who got it; ``reached`` of them did what it is for.
    """
    got, control = make_share(reached, entered), make_share(held_out_reached, held_out)
    difference = got.value - control.value
    low = difference - sqrt((got.value - got.low) ** 2 + (control.high - control.value) ** 2)
    high = difference + sqrt((got.high - got.value) ** 2 + (control.value - control.low) ** 2)
    return Evidence(got, control, low, high, _verdict(got, control, low, high))


def _verdict(got: Share, control: Share, low: float, high: float) -> str:
    if control.of == 0:
        return "nobody"
    if min(got.of, control.of) < LEAST:
        return "early"
    if low > 0:
        return "more"
    return "less" if high < 0 else "open"
