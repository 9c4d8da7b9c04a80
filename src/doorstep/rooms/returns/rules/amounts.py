"""What is kept and what comes on top, in minor units. Pure.

The one rule for fractions: percentages are rounded half up, once per line, on what goes back for
the line's pieces (tax in).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.rooms.returns.contracts import OutcomeOffer


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back for pieces of a line, and on what terms."""

    total_minor: int
    quantity: int
    offer: OutcomeOffer


def percent_of(amount_minor: int, percent: int) -> int:
    """Return so many percent of an amount, halves rounded up."""
    return (amount_minor * percent + 50) // 100


def fee_of(lines: Sequence[Back], *, label_fee_minor: int = 0) -> int:
    """Return the restocking fees of lines and the label's, at most what goes back."""
    total = sum(one.total_minor for one in lines)
    fees = sum(
        min(
            percent_of(one.total_minor, one.offer.fee_percent) + one.offer.fee_minor * one.quantity,
            one.total_minor,
        )
        for one in lines
    )
    return min(fees + label_fee_minor, total)


def bonus_of(lines: Sequence[Back], *, fee_minor: int) -> int:
    """Return what comes on top of store credit: of what goes back after the fees.

    Fees are taken off the lines with their own; the label's off all alike: so the bonus is worked
    out on each line's share of what is left.
    """
    total = sum(one.total_minor for one in lines)
    if not total:
        return 0
    left = total - fee_minor
    return sum(
        percent_of(one.total_minor * left // total, one.offer.bonus_percent) for one in lines
    )
