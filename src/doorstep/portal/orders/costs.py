"""What an order costs, item by item, in the one currency its shopper saw."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.portal.formats import show_money
from doorstep.portal.orders.reading import Reading
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    ChargeView,
    LineAmounts,
    LineView,
    OrderTotals,
    ShopperOrder,
)


@dataclass(frozen=True, slots=True)
class CostRow:
    """One row under the lines. ``kind`` is "", minus, total or refund."""

    label: str
    amount: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """An order's money in one currency: the shopper's own where every figure is known in it."""

    currency: str
    totals: OrderTotals
    is_presentment: bool

    def line(self, line: LineView) -> LineAmounts:
        """Return a line's amounts in this currency."""
        if self.is_presentment and line.presentment_amounts is not None:
            return line.presentment_amounts
        return LineAmounts(
            line.unit_price_minor, line.discount_minor, line.tax_minor, line.total_minor
        )

    def charge(self, charge: ChargeView) -> int:
        """Return what a charge costs in this currency, in minor units."""
        if self.is_presentment and charge.presentment_amount_minor is not None:
            return charge.presentment_amount_minor
        return charge.amount_minor


def figures(order: ShopperOrder) -> Figures:
    """Choose the currency: the shopper's if all of the order is known in it, else the shop's."""
    complete = (
        bool(order.presentment_currency)
        and order.presentment_totals is not None
        and all(line.presentment_amounts is not None for line in order.lines)
        and all(charge.presentment_amount_minor is not None for charge in order.charges)
    )
    if complete and order.presentment_totals is not None:
        return Figures(order.presentment_currency, order.presentment_totals, True)
    return Figures(order.currency, order.totals, False)


def cost_rows(reading: Reading, shown: Figures) -> list[CostRow]:
    """List the costs from subtotal to total, then what went back."""
    order, totals = reading.order, shown.totals

    def money(minor: int) -> str:
        return show_money(minor, shown.currency, reading.language)

    rows = [CostRow(_("Subtotal"), money(totals.subtotal_minor))]
    rows += _discount_rows(order, shown, money(-totals.discount_minor), reading.language)
    rows += _charge_rows(order, shown, reading.language)
    if totals.tax_minor and not order.taxes_included:
        rows.append(CostRow(_("Tax"), money(totals.tax_minor)))
    if totals.adjustment_minor:
        rows.append(CostRow(_("Rounding and credit"), money(totals.adjustment_minor)))
    rows.append(CostRow(_("Total"), money(totals.total_minor), "total"))
    if totals.tax_minor and order.taxes_included:
        rows.append(CostRow(_("Tax included"), money(totals.tax_minor), "note"))
    if not shown.is_presentment and order.presentment_currency and order.presentment_totals:
        charged = show_money(
            order.presentment_totals.total_minor, order.presentment_currency, reading.language
        )
        rows.append(CostRow(_("Charged in your currency"), charged, "note"))
    rows += [
        CostRow(
            _("Refunded on %(date)s") % {"date": reading.date_of(refund.refunded_at)},
            show_money(-refund.amount_minor, refund.currency, reading.language),
            "refund",
        )
        for refund in order.refunds
        if refund.amount_minor
    ]
    return rows


def _discount_rows(order: ShopperOrder, shown: Figures, whole: str, language: str) -> list[CostRow]:
    """Name each discount where their sum is the order's; one row where it is not."""
    if not shown.totals.discount_minor:
        return []
    named = [
        (
            discount.code or discount.title,
            discount.presentment_amount_minor if shown.is_presentment else discount.amount_minor,
        )
        for discount in order.discounts
    ]
    if sum(amount or 0 for _label, amount in named) != shown.totals.discount_minor:
        return [CostRow(_("Discount"), whole, "minus")]
    return [
        CostRow(
            _("Discount %(name)s") % {"name": label} if label else _("Discount"),
            show_money(-(amount or 0), shown.currency, language),
            "minus",
        )
        for label, amount in named
        if amount
    ]


def _charge_rows(order: ShopperOrder, shown: Figures, language: str) -> list[CostRow]:
    names = {
        ChargeKind.SHIPPING: _("Shipping"),
        ChargeKind.FEE: _("Fee"),
        ChargeKind.TIP: _("Tip"),
        ChargeKind.DUTY: _("Duties"),
    }
    rows = []
    for charge in order.charges:
        amount = shown.charge(charge)
        name = names[ChargeKind(charge.kind)]
        label = f"{name} · {charge.title}" if charge.title and charge.title != name else name
        free = charge.kind == ChargeKind.SHIPPING and amount == 0
        shown_amount = (
            pgettext("price", "Free") if free else show_money(amount, shown.currency, language)
        )
        rows.append(CostRow(label, shown_amount))
    if shown.totals.shipping_minor and not any(
        charge.kind == ChargeKind.SHIPPING for charge in order.charges
    ):
        shipping = show_money(shown.totals.shipping_minor, shown.currency, language)
        rows.insert(0, CostRow(names[ChargeKind.SHIPPING], shipping))
    return rows
