"""The arithmetic of giving back. Pure: no database, no clock, integers only.

One rule for the last cent: **pieces that come back are worth their share of what is left of the
line, rounded half up; the last piece takes the rest.** So any number of partial refunds of a line
comes to exactly what was paid for it. What was paid (tax in, discount off) is shared first, because
that is what the shopper sees; its tax and its discount by the same rule from their original amounts,
whatever rate or promotion is valid today; the price before discount is what the three leave.
"""

from __future__ import annotations

from dataclasses import dataclass


def share(left_minor: int, pieces: int, pieces_left: int) -> int:
    """Return what ``pieces`` of ``pieces_left`` are worth of ``left_minor``, half up.

    :raises ValueError: more pieces than are left.
    """
    if not 0 <= pieces <= pieces_left:
        raise ValueError(f"{pieces} of {pieces_left} pieces")
    if pieces == pieces_left:
        return left_minor
    return portion(left_minor, pieces, pieces_left)


def portion(amount_minor: int, numerator: int, denominator: int) -> int:
    """Return ``amount × numerator / denominator`` rounded half away from zero."""
    if denominator <= 0:
        raise ValueError("a portion of nothing")
    scaled = 2 * abs(amount_minor) * numerator + denominator
    rounded = scaled // (2 * denominator)
    return rounded if amount_minor >= 0 else -rounded


@dataclass(frozen=True, slots=True)
class Figures:
    """Goods (list price without tax), discount and tax, in minor units."""

    goods: int = 0
    discount: int = 0
    tax: int = 0

    @property
    def total(self) -> int:
        """What is paid for it."""
        return self.goods - self.discount + self.tax

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.goods + other.goods, self.discount + other.discount, self.tax + other.tax
        )

    def __sub__(self, other: Figures) -> Figures:
        return Figures(
            self.goods - other.goods, self.discount - other.discount, self.tax - other.tax
        )


def share_of(left: Figures, pieces: int, pieces_left: int) -> Figures:
    """Return what pieces are worth in goods, discount and tax."""
    if pieces == pieces_left:
        return left
    total = share(left.total, pieces, pieces_left)
    tax = share(left.tax, pieces, pieces_left)
    discount = share(left.discount, pieces, pieces_left)
    return Figures(total - tax + discount, discount, tax)


def split_amount(amount_minor: int, left: Figures) -> Figures:
    """Split an amount that goes back into the goods, discount and tax that are left.

    Discount and tax by their portion of what is left, goods take the rest: the sum is exact.

    :param amount_minor: 0 to ``left.total``, tax included.
    """
    if amount_minor == left.total:
        return left
    if not 0 <= amount_minor <= left.total:
        raise ValueError(f"{amount_minor} of {left.total}")
    tax = portion(left.tax, amount_minor, left.total)
    discount = portion(left.discount, amount_minor, left.total)
    return Figures(amount_minor - tax + discount, discount, tax)


def without_tax(amount_minor: int, tax_minor: int, left_minor: int) -> int:
    """Return how much of an amount is tax, when of ``left_minor`` ``tax_minor`` is."""
    return portion(tax_minor, amount_minor, left_minor) if left_minor else 0
