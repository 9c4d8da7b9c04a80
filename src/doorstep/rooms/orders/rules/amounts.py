"""What a line costs with other pieces than it was sold with: shares of the original allocation.

One rule for the last cent, whatever the way: amounts follow from the pieces and from the line as
the platform sold it, never from the edit before. So 5 → 4 → 3 pieces is exactly 5 → 3, and going
back to 5 gives back what was there, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineFigures:
    """A line's money in minor units. ``total`` is ``unit * quantity - discount`` (less a rest).

    The rest is what a platform lost when it divided a line's sum into unit prices: less than one
    minor unit a piece.
    """

    quantity: int
    unit_minor: int
    discount_minor: int
    tax_minor: int
    total_minor: int

    @property
    def rest_minor(self) -> int:
        """What unit price and discount do not explain."""
        return self.unit_minor * self.quantity - self.discount_minor - self.total_minor


def share(amount_minor: int, pieces: int, of: int) -> int:
    """Return what ``pieces`` of ``of`` are worth of an amount, half a minor unit rounded up.

    :raises ValueError: not between none and all of them.
    """
    if not 0 <= pieces <= of or of < 1:
        raise ValueError(f"{pieces} of {of} pieces")
    sign = -1 if amount_minor < 0 else 1
    return sign * ((2 * abs(amount_minor) * pieces + of) // (2 * of))


def ratio(amount_minor: int, numerator: int, denominator: int) -> int:
    """Return ``amount * numerator / denominator``, half a minor unit rounded away from zero."""
    if denominator == 0:
        return 0
    product = amount_minor * numerator
    sign = -1 if (product < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(product) + abs(denominator)) // (2 * abs(denominator)))


def resize(sold: LineFigures, quantity: int) -> LineFigures:
    """Return a line's money for other pieces than it was sold with.

    Fewer: the pieces that go take their exact share of discount and tax with them. More: they cost
    the line's unit price without further discount (a discount was given on what was bought), with
    tax at the line's own rate.

    :param quantity: at least 1.
    """
    if quantity == sold.quantity:
        return sold
    if quantity > sold.quantity:
        more = sold.unit_minor * (quantity - sold.quantity)
        base = sold.total_minor or sold.unit_minor * sold.quantity
        return LineFigures(
            quantity,
            sold.unit_minor,
            sold.discount_minor,
            sold.tax_minor + ratio(more, sold.tax_minor, base),
            sold.total_minor + more,
        )
    gone = sold.quantity - quantity
    discount = sold.discount_minor - share(sold.discount_minor, gone, sold.quantity)
    # Toward zero: the rest stays below one minor unit a piece, as the database demands.
    rest = abs(sold.rest_minor) * quantity // sold.quantity
    rest = -rest if sold.rest_minor < 0 else rest
    return LineFigures(
        quantity,
        sold.unit_minor,
        discount,
        sold.tax_minor - share(sold.tax_minor, gone, sold.quantity),
        sold.unit_minor * quantity - discount - rest,
    )


def swapped(before: LineFigures, after: LineFigures | None, unit_minor: int) -> LineFigures:
    """Return the money of pieces that come instead of others of a line.

    They keep the discount of the pieces they replace, at most their price, and are taxed at that
    line's rate; at the same price everything stays to the cent.

    :param after: what is left of the line, None: nothing.
    """
    pieces = before.quantity - (after.quantity if after else 0)
    given = before.discount_minor - (after.discount_minor if after else 0)
    tax = before.tax_minor - (after.tax_minor if after else 0)
    worth = before.total_minor - (after.total_minor if after else 0)
    discount = min(max(given, 0), unit_minor * pieces)
    total = unit_minor * pieces - discount
    if total != worth:
        tax = ratio(total, before.tax_minor, before.total_minor)
    return LineFigures(pieces, unit_minor, discount, tax, total)


def added(unit_minor: int, pieces: int, taxed: Iterable[LineFigures]) -> LineFigures:
    """Return the money of something new: its price, taxed like the order's taxed lines together."""
    lines = [line for line in taxed if line.tax_minor]
    tax, base = sum(one.tax_minor for one in lines), sum(one.total_minor for one in lines)
    total = unit_minor * pieces
    return LineFigures(pieces, unit_minor, 0, ratio(total, tax, base), total)
