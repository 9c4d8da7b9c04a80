"""Shopify's figures: what an order's lines and charges come to, in either of its currencies.

Money: a plain key ("total_price") is in the shop's currency; its ``*_set`` twin holds the shop's
and the shopper's (presentment) figures. Both sides are read by the same code, see :class:`Side`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from doorstep.connectors.base.figures import Parts, balance
from doorstep.connectors.base.payload import MAX_MINOR, Node
from doorstep.rooms.orders.contracts import ChargeKind, LineAmounts, OrderTotals


class NoPresentment(Exception):
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
            raise NoPresentment
        return 0


@dataclass(frozen=True, slots=True)
class Figures:
    """An order's amounts in one currency, in minor units; ``totals`` add up to its total."""

    lines: list[LineAmounts]
    charges: list[tuple[ChargeKind, str, int, int, int]]  # kind, title, amount, tax, discount
    totals: OrderTotals
    given: dict[int, int]  # discount application -> amount


def count_pieces(line: Node) -> tuple[int, Decimal]:
    """Return pieces (at least 1) and the exact quantity the price multiplies with."""
    exact = line.quantity("quantity")
    return (int(exact), exact) if exact == exact.to_integral_value() else (1, exact)


def read_figures(node: Node, side: Side, lines: list[Node]) -> Figures:
    """Return what the lines and charges come to, balanced with the order's own total.

    :raises Rejection: naming the field that makes it impossible.
    :raises NoPresentment: the shopper's side is incomplete.
    """
    given: dict[int, int] = {}
    amounts = [_line_amounts(line, side, given) for line in lines]
    charges = [_shipping_charge(line, side, given) for line in shipping_lines(node)]
    if not charges and (shipping := side.amount(node, "total_shipping_price")):
        charges.append((ChargeKind.SHIPPING, "Shipping", shipping, 0, 0))
    for kind, title, amount in (
        (ChargeKind.TIP, "Tip", _tip(node, side)),
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
    return Figures(amounts, charges, totals, given)


def _total(node: Node, side: Side) -> int:
    if not node.has("total_price") and not node.has("total_price_set"):
        node.fail("missing_field", "is missing", "total_price")
    return side.amount(node, "total_price")


def is_tip(line: Node) -> bool:
    """Tell whether a line is the tip (REST reference "Order": ``tip`` is there on tips only)."""
    return type(line.data.get("tip")) is dict


def _tip(node: Node, side: Side) -> int:
    """Return the tip as the order states it, else what its lines of tips come to."""
    return side.amount(node, "total_tip_received") or sum(
        side.amount(line, "price") for line in node.nodes("line_items") if is_tip(line)
    )


def _sum(charges: list[tuple[ChargeKind, str, int, int, int]], kind: ChargeKind) -> int:
    return sum(charge[2] for charge in charges if charge[0] is kind)


def _first(node: Node, side: Side, key: str, lines: list[Node] | None = None) -> int:
    """Return an original total, else the current one, else what the lines say (duties)."""
    for name in (key, key.replace("original_", "current_")):
        if node.has(name) or node.has(f"{name}_set"):
            return side.amount(node, name)
    return sum(side.amount(duty, "price") for line in lines or [] for duty in line.nodes("duties"))


def _line_amounts(line: Node, side: Side, given: dict[int, int]) -> LineAmounts:
    pieces, exact = count_pieces(line)
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


def shipping_lines(node: Node) -> list[Node]:
    """Return the ways of shipping that were not taken off again."""
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
