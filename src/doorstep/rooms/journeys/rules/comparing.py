"""Whether the ways of a split differ, or chance alone could have made it look so.

Two shares are compared with the two-proportion z-test with a pooled share: NIST/SEMATECH e-Handbook
of Statistical Methods, 7.3.3 "How can we determine whether two processes produce the same proportion
of defectives?", https://www.itl.nist.gov/div898/handbook/prc/section3/prc33.htm. How many people it
takes to see a difference: Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 3rd
edition (2003), chapter 4, without correction for continuity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import Literal

LEAST = 100  # people on each way before anything is said
# What the normal curve needs to stand for counts: so many expected to convert, and not to.
_EXPECTED = 5
ALPHA = 0.05  # how often chance alone may be called a difference
_POWER = 0.8  # how often a true difference of the size seen is found
# Waiting for more than so many times the people there were is not worth it.
_WORTH_WAITING = 10
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Side:
    """One way: so many went it, and so many of them did what counts."""

    people: int
    reached: int

    @property
    def share(self) -> float:
        """The share that did, 0 of nobody."""
        return self.reached / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the numbers of a split say.

    :param verdict: ``few``: nothing can be said yet, ``more_people`` are needed; ``open``: no
        difference to be sure of, and about ``more_people`` would show one as large as the one
        seen; ``same``: so little difference that waiting for it is not worth it; ``differs``: the
        way at ``leader`` is better than every other.
    :param leader: index of the way with the largest share; None where nobody did anything yet.
    :param p_value: of the leader against the next best one (1 where nothing can be said).
    """

    verdict: Literal["few", "open", "same", "differs"]
    leader: int | None = None
    more_people: int = 0
    p_value: float = 1.0


def p_value_of(one: Side, other: Side) -> float:
    """Return how often chance makes a difference at least as large, both ways being alike.

    Two-sided; 1 where nobody or everybody did it. ``z = (p1 - p2) / sqrt(p (1 - p) (1/n1 + 1/n2))``
    with ``p`` the share of both together.
    """
    people = one.people + other.people
    if not one.people or not other.people:
        return 1.0
    pooled = (one.reached + other.reached) / people
    spread = pooled * (1 - pooled) * (1 / one.people + 1 / other.people)
    if spread <= 0:
        return 1.0
    return 2 * (1 - _NORMAL.cdf(abs(one.share - other.share) / sqrt(spread)))


def people_needed(one: float, other: float, *, alpha: float = ALPHA) -> int | None:
    """Return how many people each of two ways needs to show a difference of these two shares.

    Two-sided, found in 8 of 10 cases; None where the shares are the same.
    """
    if one == other:
        return None
    middle = (one + other) / 2
    for_chance = _NORMAL.inv_cdf(1 - alpha / 2) * sqrt(2 * middle * (1 - middle))
    for_finding = _NORMAL.inv_cdf(_POWER) * sqrt(one * (1 - one) + other * (1 - other))
    return ceil((for_chance + for_finding) ** 2 / (one - other) ** 2)


def compare(sides: Sequence[Side]) -> Comparison:
    """Say what the ways of a split show, at least two of them.

    With more than two the leader must stand against each of the others, each at its part of
    :data:`ALPHA` (Bonferroni).
    """
    order = sorted(range(len(sides)), key=lambda nth: -sides[nth].share)
    leader = order[0] if sides[order[0]].reached else None
    if more := _missing(sides):
        return Comparison("few", leader, more)
    best, rest = sides[order[0]], [sides[nth] for nth in order[1:]]
    alpha = ALPHA / len(rest)
    found = [p_value_of(best, other) for other in rest]
    if leader is not None and max(found) < alpha:
        return Comparison("differs", leader, 0, found[0])
    needed = people_needed(best.share, rest[0].share, alpha=alpha)
    smallest = min(side.people for side in sides)
    if needed is None or needed > smallest * _WORTH_WAITING:
        return Comparison("same", leader, 0, found[0])
    more = sum(max(needed - side.people, 0) for side in sides)
    return Comparison("open", leader, more or len(sides) * (smallest // 10 + 1), found[0])


def _missing(sides: Sequence[Side]) -> int:
    """Return how many more people are needed before anything can be said, 0 for none."""
    people, reached = sum(s.people for s in sides), sum(s.reached for s in sides)
    share = reached / people if people else 0.0
    rarer = min(share, 1 - share)
    least = max(LEAST, ceil(_EXPECTED / rarer)) if rarer else LEAST
    missing = sum(max(least - side.people, 0) for side in sides)
    if not missing and not rarer:
        return len(sides) * LEAST  # nobody did it yet, or everybody: nothing to tell them apart by
    return missing
