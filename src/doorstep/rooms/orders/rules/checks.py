"""What keeps an order from going out, apart from stock: pure findings with their details."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from doorstep.kernel.money import format_money
from doorstep.rooms.orders.contracts import FinancialStatus, HoldReason, OrderSettings
from doorstep.rooms.orders.rules.addresses import check_address

Details = dict[str, Any]
# reason → details while it stands, None where it was looked at and does not
Findings = dict[HoldReason, Details | None]

_UNPAID = frozenset(
    {FinancialStatus.PENDING, FinancialStatus.PARTIALLY_PAID, FinancialStatus.VOIDED}
)
# Shopify: "Cash on Delivery (COD)"; WooCommerce: "cod"; German shops: "Nachnahme".
_ON_DELIVERY = re.compile(
    r"\bcod\b|cash[ _-]*on[ _-]*delivery|pay[ _-]*on[ _-]*delivery|nachnahme|contre[ -]remboursement"
    r"|contrareembolso|contrassegno",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What the check looks at in a line."""

    external_id: str
    title: str
    sku: str
    properties: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the check looks at in an order."""

    is_shippable: bool
    shipping_address: Mapping[str, str] | None
    billing_address: Mapping[str, str] | None
    financial_status: str
    payment_method: str
    total_minor: int
    currency: str
    lines: tuple[LineFacts, ...]


def find_reasons(
    order: OrderFacts, settings: OrderSettings, *, store_currency: str
) -> tuple[Findings, tuple[str, ...]]:
    """Look at everything but stock; returns the findings and warnings about the address."""
    address, warnings = _address(order)
    findings: Findings = {
        HoldReason.ADDRESS_INVALID: address,
        HoldReason.OPTIONS_INCOMPLETE: _options(order.lines, settings),
        HoldReason.PAYMENT_PENDING: _payment(order),
        HoldReason.RISK_REVIEW: _risk(order, settings, store_currency),
    }
    return findings, warnings


def _address(order: OrderFacts) -> tuple[Details | None, tuple[str, ...]]:
    if not order.is_shippable:
        return None, ()
    checked = check_address(order.shipping_address)
    return ({"fields": checked.problems} if checked.problems else None), checked.warnings


def _options(lines: Iterable[LineFacts], settings: OrderSettings) -> Details | None:
    lacking = []
    for line in lines:
        demanded = settings.required_properties.get(line.sku, ())
        given = {name.casefold() for name, value in line.properties if value.strip()}
        absent = [name for name in demanded if name.casefold() not in given]
        if absent:
            lacking.append(
                {"external_id": line.external_id, "title": line.title, "properties": absent}
            )
    return {"lines": lacking} if lacking else None


def is_on_delivery(payment_method: str) -> bool:
    """Tell whether the shopper pays at the door: then nothing is outstanding before."""
    return bool(_ON_DELIVERY.search(payment_method))


def is_payment_pending(financial_status: str, payment_method: str, total_minor: int) -> bool:
    """Tell whether money has to come in before the order may go out."""
    return financial_status in _UNPAID and total_minor > 0 and not is_on_delivery(payment_method)


def _payment(order: OrderFacts) -> Details | None:
    pending = is_payment_pending(order.financial_status, order.payment_method, order.total_minor)
    return {"financial_status": order.financial_status} if pending else None


def _risk(order: OrderFacts, settings: OrderSettings, store_currency: str) -> Details | None:
    """Large amount billed to one country, shipped to another: the store's rule, with its trace."""
    above = settings.review_above_minor
    if above is None or order.currency != store_currency or order.total_minor < above:
        return None
    bills = (order.billing_address or {}).get("country_code", "")
    ships = (order.shipping_address or {}).get("country_code", "")
    if not bills or not ships or bills == ships:
        return None
    total = format_money(order.total_minor, order.currency, "en")
    limit = format_money(above, order.currency, "en")
    return {
        "rules": [
            f"The total of {total} is {limit} or more.",
            f"It is billed to {bills} and shipped to {ships}.",
        ]
    }
