"""Shopify's orders and refunds.

Money: a plain key ("total_price") is in the shop's currency; its ``*_set`` twin holds the shop's
and the shopper's (presentment) figures. Both sides are read by the same code, see :class:`Side`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from doorstep.connectors.base.contracts import NormalizeContext, Rejection
from doorstep.connectors.base.figures import Parts, balance
from doorstep.connectors.base.pairs import read_pairs
from doorstep.connectors.base.payload import (
    MAX_MINOR,
    NOTE,
    Node,
    check_unique,
    read_currency,
)
from doorstep.connectors.shopify.people import read_address, read_person
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingCharge,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    IncomingRefund,
    IncomingRefundLine,
    LineAmounts,
    OrderTotals,
)

_STATUSES = {
    "": FinancialStatus.PENDING,
    "pending": FinancialStatus.PENDING,
    "unpaid": FinancialStatus.PENDING,
    "authorized": FinancialStatus.AUTHORIZED,
    "partially_paid": FinancialStatus.PARTIALLY_PAID,
    "paid": FinancialStatus.PAID,
    "partially_refunded": FinancialStatus.PARTIALLY_REFUNDED,
    "refunded": FinancialStatus.REFUNDED,
    "voided": FinancialStatus.VOIDED,
    "expired": FinancialStatus.VOIDED,
}


class _NoPresentment(Exception):
    """A figure in the shopper's currency is missing."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two currencies an order stands in."""

    name: str  # "shop_money" or "presentment_money"
    scale: int

    def amount(self, node: Node, key: str, *, signed: bool = False) -> int:
        """Return ``key`` in minor units of this side; absent is 0."""
        if self.name == "shop_money" and node.has(key):
            return node.money(key, self.scale, signed=signed)
        both = node.node(f"{key}_set")
        money = both.node(self.name) if both else None
        if money is not None and money.has("amount"):
            return money.money("amount", self.scale, signed=signed)
        if self.name != "shop_money" and node.data.get(key) not in (None, "", 0, "0", "0.00"):
            raise _NoPresentment
        return 0


@dataclass(frozen=True, slots=True)
class _Figures:
    lines: list[LineAmounts]
    charges: list[tuple[ChargeKind, str, int, int, int]]  # kind, title, amount, tax, discount
    totals: OrderTotals
    given: dict[int, int]  # discount application -> amount


def read_order(node: Node, context: NormalizeContext) -> IncomingOrder:
    """Return the order a body describes.

    :raises Rejection: naming the field that makes it impossible.
    """
    external_id = node.ident("id", required=True)
    currency = _currency(node)
    lines = _sold_lines(node)
    figures = _figures(node, Side("shop_money", exponent(currency)), lines)
    seen_currency, seen = _presentment(node, currency, lines)
    placed_at = node.instant("processed_at") or node.instant("created_at")
    if placed_at is None:
        node.fail("missing_field", "is missing", "created_at")
    changed_at = node.instant("updated_at") or node.instant("created_at") or placed_at
    version_at = refine(changed_at, context.triggered_at)
    return IncomingOrder(
        external_id=external_id,
        number=node.text("name") or node.ident("order_number") or external_id,
        currency=currency,
        placed_at=placed_at,
        version_at=version_at,
        totals=figures.totals,
        lines=tuple(
            _line(line, figures.lines[place], seen.lines[place] if seen else None)
            for place, line in enumerate(lines)
        ),
        financial_status=_status(node),
        person=read_person(node),
        charges=_charges(figures, seen),
        discounts=_discounts(node, figures, seen),
        refunds=tuple(
            read_refund(refund, external_id, currency, context) for refund in node.nodes("refunds")
        ),
        taxes_included=node.flag("taxes_included") is True,
        presentment_currency=seen_currency,
        presentment_totals=seen.totals if seen else None,
        shipping_address=read_address(node.node("shipping_address")),
        billing_address=read_address(node.node("billing_address")),
        shipping_method=", ".join(
            title for line in _shipping_lines(node) if (title := line.text("title"))
        )[:255],
        note=_note(node),
        tags=tuple(tag.strip() for tag in node.text("tags", NOTE).split(",") if tag.strip()),
        canceled_at=node.instant("cancelled_at"),
        cancel_reason=node.text("cancel_reason"),
        fulfilled_at=_fulfilled_at(node, version_at),
        is_test=node.flag("test") is True,
        payment_method=_payment_method(node),
        order_status_url=node.text("order_status_url", 2_000),
        warnings=tuple(dict.fromkeys(node.notes)),
    )


def refine(changed_at: datetime, triggered_at: datetime | None) -> datetime:
    """Return a version that also tells apart what happened within one second.

    ``updated_at`` counts whole seconds, and an order is often created and paid in the same one.
    The delay to ``triggered_at`` (up to an hour) fills the fraction: same second, later webhook,
    later version; never into the next second.
    """
    if triggered_at is None or changed_at.microsecond:
        return changed_at
    delay = min(max((triggered_at - changed_at).total_seconds(), 0.0), 3600.0)
    return changed_at + timedelta(microseconds=int(delay / 3600.0 * 999_999))


def _currency(node: Node) -> str:
    if node.has("currency"):
        return read_currency(node.text("currency"), node.at("currency"))
    both = node.node("total_price_set")
    shop = both.node("shop_money") if both else None
    if shop is None or not shop.has("currency_code"):
        node.fail("missing_field", "is missing", "currency")
    return read_currency(shop.text("currency_code"), shop.at("currency_code"))


def _presentment(node: Node, currency: str, lines: list[Node]) -> tuple[str, _Figures | None]:
    """Return the shopper's currency and figures, ("", None) where they are the shop's own."""
    if not node.has("presentment_currency"):
        return "", None
    code = read_currency(node.text("presentment_currency"), node.at("presentment_currency"))
    if code == currency:
        return "", None
    try:
        return code, _figures(node, Side("presentment_money", exponent(code)), lines)
    except _NoPresentment:
        node.notes.append(f"{code} figures are incomplete; only {currency} is shown")
        return "", None


def _sold_lines(node: Node) -> list[Node]:
    """Return the lines that say something was sold; the rest is noted."""
    if type(node.data.get("line_items")) is not list:  # a body cut down to some fields
        node.fail("missing_field", "is missing", "line_items")
    kept = []
    for line in node.nodes("line_items"):
        if line.quantity("quantity") == 0:
            node.notes.append(f"{line.path}: left out, its quantity is 0")
        else:
            kept.append(line)
    check_unique([line.ident("id") or line.path for line in kept], node.at("line_items"))
    return kept


def _count(line: Node) -> tuple[int, Decimal]:
    """Return pieces (at least 1) and the exact quantity the price multiplies with."""
    exact = line.quantity("quantity")
    return (int(exact), exact) if exact == exact.to_integral_value() else (1, exact)


def _figures(node: Node, side: Side, lines: list[Node]) -> _Figures:
    given: dict[int, int] = {}
    amounts = [_line_amounts(line, side, given) for line in lines]
    charges = [_shipping_charge(line, side, given) for line in _shipping_lines(node)]
    if not charges and (shipping := side.amount(node, "total_shipping_price")):
        charges.append((ChargeKind.SHIPPING, "Shipping", shipping, 0, 0))
    for kind, title, amount in (
        (ChargeKind.TIP, "Tip", side.amount(node, "total_tip_received")),
        (ChargeKind.DUTY, "Duties", _first(node, side, "original_total_duties", lines)),
        (ChargeKind.FEE, "Additional fees", _first(node, side, "original_total_additional_fees")),
    ):
        if amount:
            charges.append((kind, title, amount, 0, 0))
    on_shipping = sum(charge[4] for charge in charges)
    on_lines = sum(line.discount_minor for line in amounts)
    discount = max(side.amount(node, "total_discounts") - on_shipping, 0)
    if not node.has("total_discounts") or (on_lines and discount < on_lines):
        discount = on_lines
    totals = balance(
        Parts(
            subtotal=sum(line.total_minor + line.discount_minor for line in amounts),
            discount=discount,
            shipping=_sum(charges, ChargeKind.SHIPPING),
            fees=_sum(charges, ChargeKind.FEE),
            tips=_sum(charges, ChargeKind.TIP),
            duties=_sum(charges, ChargeKind.DUTY),
            tax=side.amount(node, "total_tax"),
            taxes_included=node.flag("taxes_included") is True,
        ),
        _total(node, side),
        node.notes if side.name == "shop_money" else [],
        explained=side.amount(node, "total_cash_rounding_payment_adjustment", signed=True),
    )
    if discount != on_lines and side.name == "shop_money":
        node.notes.append("total_discounts: not (fully) divided over the lines by Shopify")
    return _Figures(amounts, charges, totals, given)


def _total(node: Node, side: Side) -> int:
    if not node.has("total_price") and not node.has("total_price_set"):
        node.fail("missing_field", "is missing", "total_price")
    return side.amount(node, "total_price")


def _sum(charges: list[tuple[ChargeKind, str, int, int, int]], kind: ChargeKind) -> int:
    return sum(charge[2] for charge in charges if charge[0] is kind)


def _first(node: Node, side: Side, key: str, lines: list[Node] | None = None) -> int:
    """Return an original total, else the current one, else what the lines say (duties)."""
    for name in (key, key.replace("original_", "current_")):
        if node.has(name) or node.has(f"{name}_set"):
            return side.amount(node, name)
    return sum(side.amount(duty, "price") for line in lines or [] for duty in line.nodes("duties"))


def _line_amounts(line: Node, side: Side, given: dict[int, int]) -> LineAmounts:
    pieces, exact = _count(line)
    price = side.amount(line, "price")
    gross = int((price * exact).to_integral_value())
    if gross > MAX_MINOR:
        line.fail("amount_too_large", "is larger than any order can be", "price")
    discount = _allocated(line, side, given)
    if not line.has("discount_allocations") or not discount:
        discount = side.amount(line, "total_discount")
    if discount > gross:
        line.notes.append(f"{line.path}: discount larger than the price, taken as the price")
        discount = gross
    return LineAmounts(
        unit_price_minor=price if pieces == exact else gross,
        discount_minor=discount,
        tax_minor=_taxes(line, side),
        total_minor=gross - discount,
    )


def _allocated(line: Node, side: Side, given: dict[int, int]) -> int:
    total = 0
    for part in line.nodes("discount_allocations"):
        amount = side.amount(part, "amount")
        place = part.whole("discount_application_index")
        if place is not None:
            given[place] = given.get(place, 0) + amount
        total += amount
    return total


def _taxes(line: Node, side: Side) -> int:
    return sum(side.amount(tax, "price") for tax in line.nodes("tax_lines"))


def _shipping_lines(node: Node) -> list[Node]:
    return [line for line in node.nodes("shipping_lines") if line.flag("is_removed") is not True]


def _shipping_charge(
    line: Node, side: Side, given: dict[int, int]
) -> tuple[ChargeKind, str, int, int, int]:
    price = side.amount(line, "price")
    if line.has("discount_allocations"):
        discount = min(_allocated(line, side, given), price)
    elif line.has("discounted_price"):
        discount = max(price - side.amount(line, "discounted_price"), 0)
    else:
        discount = 0
    title = line.text("title") or "Shipping"
    return ChargeKind.SHIPPING, title, price - discount, _taxes(line, side), discount


def _line(line: Node, amounts: LineAmounts, seen: LineAmounts | None) -> IncomingLine:
    pieces, exact = _count(line)
    properties = read_pairs(line, "properties")
    if pieces != exact:
        properties = (*properties, ("Quantity", f"{exact.normalize():f}"))
        line.notes.append(f"{line.at('quantity')}: {exact} is not whole, kept as one piece")
    variant = line.text("variant_title")
    return IncomingLine(
        external_id=line.ident("id") or line.path,
        title=line.text("title") or line.text("name") or line.text("sku") or "?",
        quantity=pieces,
        amounts=amounts,
        presentment_amounts=seen,
        sku=line.text("sku"),
        variant_title="" if variant == "Default Title" else variant,
        properties=properties,
        product_external_id=line.ident("product_id"),
        variant_external_id=line.ident("variant_id"),
        requires_shipping=line.flag("requires_shipping") is not False,
        is_gift_card=line.flag("gift_card") is True,
        weight_grams=line.whole("grams"),
    )


def _charges(figures: _Figures, seen: _Figures | None) -> tuple[IncomingCharge, ...]:
    same = seen is not None and len(seen.charges) == len(figures.charges)
    return tuple(
        IncomingCharge(
            kind=kind,
            title=title,
            amount_minor=amount,
            tax_minor=tax,
            discount_minor=discount,
            presentment_amount_minor=seen.charges[place][2] if same and seen else None,
        )
        for place, (kind, title, amount, tax, discount) in enumerate(figures.charges)
    )


def _discounts(
    node: Node, figures: _Figures, seen: _Figures | None
) -> tuple[IncomingDiscount, ...]:
    """Return discounts by name: the applications where Shopify tells them, else the codes."""
    found = []
    for place, one in enumerate(node.nodes("discount_applications")):
        code = one.text("code")
        title = code or one.text("title") or one.text("description") or "Discount"
        amount = figures.given.get(place, 0)
        also = seen.given.get(place, 0) if seen else None
        found.append(IncomingDiscount(title, amount, code, also))
    if found:
        return tuple(found)
    scale = exponent(_currency(node))
    return tuple(
        IncomingDiscount(code.text("code"), code.money("amount", scale), code.text("code"))
        for code in node.nodes("discount_codes")
        if code.text("code")
    )


def _status(node: Node) -> FinancialStatus:
    word = node.text("financial_status").lower()
    if word not in _STATUSES:
        node.notes.append(f"financial_status: “{word}” is not known, taken as pending")
    return _STATUSES.get(word, FinancialStatus.PENDING)


def _note(node: Node) -> str:
    """Return the shopper's note and the cart attributes (gift message, delivery date)."""
    attributes = [f"{name}: {value}" for name, value in read_pairs(node, "note_attributes")]
    return "\n".join(part for part in (node.text("note", NOTE), *attributes) if part)


def _fulfilled_at(node: Node, version_at: datetime) -> datetime | None:
    if node.text("fulfillment_status") != "fulfilled":
        return None
    times = [one.instant("created_at") for one in node.nodes("fulfillments")]
    return max((time for time in times if time), default=version_at)


def _payment_method(node: Node) -> str:
    names = node.data.get("payment_gateway_names")
    if isinstance(names, list) and names:
        return ", ".join(node.clean(name, "payment_gateway_names") for name in names)[:255]
    return node.text("gateway")


def read_refund(
    node: Node, order_external_id: str, currency: str, context: NormalizeContext
) -> IncomingRefund:
    """Return a refund; ``currency`` is the order's, "" where the refund came on its own.

    What went back is the sum of its successful refund transactions where they are in the shop's
    currency, else what its lines, shipping, duties and adjustments come to.

    :raises Rejection: naming the field that makes it impossible.
    """
    currency = currency or _refund_currency(node, context)
    side = Side("shop_money", exponent(currency))
    lines = tuple(_refund_line(line, side) for line in node.nodes("refund_line_items"))
    when = node.instant("processed_at") or node.instant("created_at")
    if when is None:
        node.fail("missing_field", "is missing", "created_at")
    return IncomingRefund(
        external_id=node.ident("id", required=True),
        order_external_id=order_external_id,
        currency=currency,
        amount_minor=_refund_amount(node, side, currency, lines),
        refunded_at=when,
        lines=lines,
        reason=node.text("note", NOTE),
    )


def _refund_currency(node: Node, context: NormalizeContext) -> str:
    """Return the shop's currency: named by a ``*_set``, else by a transaction, else the store's."""
    for line in node.nodes("refund_line_items"):
        both = line.node("subtotal_set")
        shop = both.node("shop_money") if both else None
        if shop is not None and shop.has("currency_code"):
            return read_currency(shop.text("currency_code"), shop.at("currency_code"))
    for one in node.nodes("transactions"):
        if one.has("currency"):
            return read_currency(one.text("currency"), one.at("currency"))
    if not context.currency:
        raise Rejection("missing_field", "the refund names no currency", node.at("transactions"))
    return context.currency


def _refund_line(line: Node, side: Side) -> IncomingRefundLine:
    exact = line.quantity("quantity")
    subtotal, tax = side.amount(line, "subtotal"), side.amount(line, "total_tax")
    restock = line.text("restock_type") in ("return", "cancel", "legacy_restock")
    line_id = line.ident("line_item_id", required=True)
    return IncomingRefundLine(line_id, max(int(exact), 1), subtotal, tax, restock)


def _refund_amount(
    node: Node, side: Side, currency: str, lines: tuple[IncomingRefundLine, ...]
) -> int:
    payments = [
        one
        for one in node.nodes("transactions")
        if one.text("kind") in ("refund", "void", "") and one.text("status") in ("success", "")
    ]
    foreign = any(one.text("currency").upper() not in ("", currency) for one in payments)
    if payments and not foreign:
        return sum(side.amount(one, "amount") for one in payments if one.text("kind") != "void")
    if node.has("transactions") and not foreign:
        return 0  # nothing went back: a cancellation of an unpaid order, or only a restock
    total = sum(line.amount_minor + line.tax_minor for line in lines)
    for one in node.nodes("refund_shipping_lines"):
        total += side.amount(one, "subtotal_amount")
    for one in node.nodes("order_adjustments"):
        total -= side.amount(one, "amount", signed=True) + side.amount(
            one, "tax_amount", signed=True
        )
    if foreign:
        node.notes.append(f"{node.at('transactions')}: paid back in another currency")
    return max(total, 0)
