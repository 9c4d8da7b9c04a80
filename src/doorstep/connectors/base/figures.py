"""Make an order's parts meet the total its platform states."""

from __future__ import annotations

from dataclasses import dataclass

from doorstep.rooms.orders.contracts import OrderTotals


@dataclass(frozen=True, slots=True)
class Parts:
    """What an order's total is made of, in minor units; ``subtotal`` before ``discount``."""

    subtotal: int
    discount: int
    shipping: int
    tax: int
    fees: int = 0
    tips: int = 0
    duties: int = 0
    taxes_included: bool = False

    def sum(self) -> int:
        """Return what the parts come to."""
        total = self.subtotal - self.discount + self.shipping + self.fees + self.tips + self.duties
        return total if self.taxes_included else total + self.tax


def balance(
    parts: Parts, total: int, notes: list[str], *, explained: int = 0, tolerance: int = 0
) -> OrderTotals:
    """Return totals that add up to ``total`` exactly; the rest stands as an adjustment.

    :param explained: a rest the platform itself names (cash rounding): no warning for it.
    :param tolerance: a rest up to this size is rounding: no warning either.
    """
    rest = total - parts.sum()
    if rest != explained and abs(rest) > tolerance:
        notes.append(f"total: {rest:+d} minor units are not explained by the parts")
    return OrderTotals(
        subtotal_minor=parts.subtotal,
        discount_minor=parts.discount,
        shipping_minor=parts.shipping,
        tax_minor=parts.tax,
        total_minor=total,
        fees_minor=parts.fees,
        tips_minor=parts.tips,
        duties_minor=parts.duties,
        adjustment_minor=rest,
    )
