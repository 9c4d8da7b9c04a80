"""Everything an order's page shows, ready for its template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.utils.translation import gettext as _

from doorstep.portal.formats import show_moment, show_money, show_number
from doorstep.portal.orders.answer import Answer, Reading, answer
from doorstep.portal.orders.costs import CostRow, Figures, cost_rows, figures
from doorstep.portal.orders.steps import Step, steps
from doorstep.rooms.orders.contracts import FinancialStatus, LineView, ShopperOrder
from doorstep.rooms.stores.contracts import StoreInfo


@dataclass(frozen=True, slots=True)
class PageLine:
    """One thing bought, with its prices as text; ``was`` is the price before its discount."""

    title: str
    facts: tuple[tuple[str, str], ...]
    note: str
    quantity: str
    quantity_is_one: bool
    price: str
    was: str
    image_url: str


@dataclass(frozen=True, slots=True)
class OrderPageView:
    """The order's page from top to bottom."""

    number: str
    answer: Answer
    updated_on: str
    updated_at: str
    updated_iso: str
    placed_on: str
    steps: list[Step]
    lines: list[PageLine]
    costs: list[CostRow]
    address: tuple[str, ...]
    shipping_method: str
    email: str
    payment: str
    payment_tone: str
    help_mail: str


def order_page(
    order: ShopperOrder, store: StoreInfo, *, language: str, at: datetime
) -> OrderPageView:
    """Compose the page of one order in a language, as of ``at``."""
    reading = Reading(order, store, language, at)
    told = answer(reading)
    shown = figures(order)
    updated_on, updated_at = show_moment(order.updated_at, language, store.timezone)
    payment, tone = _payment(order)
    return OrderPageView(
        number=order.number,
        answer=told,
        updated_on=updated_on,
        updated_at=updated_at,
        updated_iso=order.updated_at.isoformat(),
        placed_on=reading.date_of(order.placed_at),
        steps=steps(reading, told),
        lines=[_line(line, shown, language) for line in order.lines if not line.is_removed],
        costs=cost_rows(reading, shown),
        address=order.address_masked,
        shipping_method=order.shipping_method,
        email=order.email_masked,
        payment=payment,
        payment_tone=tone,
        help_mail=_help_mail(order, store),
    )


def _line(line: LineView, shown: Figures, language: str) -> PageLine:
    amounts = shown.line(line)
    full = amounts.total_minor + amounts.discount_minor

    def money(minor: int) -> str:
        return show_money(minor, shown.currency, language)

    return PageLine(
        title=line.title,
        facts=(*line.options, *line.properties),
        note="" if line.options else line.variant_title,
        quantity=show_number(line.quantity, language),
        quantity_is_one=line.quantity == 1,
        price=money(amounts.total_minor),
        was=money(full) if amounts.discount_minor else "",
        image_url=line.image_url if _PICTURE.match(line.image_url) else "",
    )


# A picture of the shop, or one of this very site ("/static/…", as in the demo).
_PICTURE = re.compile(r"https://|/[^/\\]")


def _payment(order: ShopperOrder) -> tuple[str, str]:
    """Return the state of the payment in words and its tone."""
    words = {
        FinancialStatus.PENDING: (_("Payment is open"), "warn"),
        FinancialStatus.AUTHORIZED: (_("Payment is reserved"), "info"),
        FinancialStatus.PARTIALLY_PAID: (_("Partly paid"), "warn"),
        FinancialStatus.PAID: (_("Paid"), "ok"),
        FinancialStatus.PARTIALLY_REFUNDED: (_("Partly refunded"), "info"),
        FinancialStatus.REFUNDED: (_("Refunded"), "info"),
        FinancialStatus.VOIDED: (_("Nothing was charged"), "neutral"),
    }
    return words[FinancialStatus(order.financial_status)]


def _help_mail(order: ShopperOrder, store: StoreInfo) -> str:
    if not store.support_email:
        return ""
    subject = _("My order %(number)s") % {"number": order.number}
    return f"mailto:{quote(store.support_email, safe='@')}?subject={quote(subject)}"
