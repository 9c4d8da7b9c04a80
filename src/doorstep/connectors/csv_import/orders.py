"""Make orders of rows: rows that belong together, then one order of each group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from doorstep.connectors.base.figures import Parts, balance
from doorstep.connectors.base.payload import MAX_MINOR
from doorstep.connectors.csv_import.cells import Cells
from doorstep.connectors.csv_import.contracts import ParsedOrder, RowProblem, RowRefused
from doorstep.connectors.csv_import.reading import Layout, Row
from doorstep.kernel.money import exponent
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    FinancialStatus,
    IncomingAddress,
    IncomingCharge,
    IncomingDiscount,
    IncomingLine,
    IncomingOrder,
    IncomingPerson,
    IncomingRefund,
    LineAmounts,
    OrderTotals,
)

MAX_LINES = 1_000

_STATUSES = {status.value: status for status in FinancialStatus} | {
    "": FinancialStatus.PENDING,
    # WooCommerce's order statuses
    "on-hold": FinancialStatus.PENDING,
    "processing": FinancialStatus.PAID,
    "completed": FinancialStatus.PAID,
    "cancelled": FinancialStatus.VOIDED,
    "canceled": FinancialStatus.VOIDED,
    "failed": FinancialStatus.VOIDED,
    "expired": FinancialStatus.VOIDED,
    "unpaid": FinancialStatus.PENDING,
}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a file leaves to the store."""

    currency: str
    zone: tzinfo


def parse_orders(rows: Iterable[Row], layout: Layout, defaults: Defaults) -> Iterator[ParsedOrder]:
    """Yield one result for each order of a file, in its order.

    A row with the key of the one before, or with none, continues that order; so a row that
    cannot be read refuses the order it names, or where it names none the one before it, which
    it may be a part of.
    """
    for group in _group(rows, layout):
        yield _parse_group(group, layout, defaults)


def _group(rows: Iterable[Row], layout: Layout) -> Iterator[list[Row]]:
    place = layout.places["order"]
    group: list[Row] = []
    key = ""
    for row in rows:
        own = row.cells[place].strip() if place < len(row.cells) else ""
        if group and own and own != key:
            yield group
            group = []
        group.append(row)
        key = own or key
    if group:
        yield group


def _parse_group(group: list[Row], layout: Layout, defaults: Defaults) -> ParsedOrder:
    place = layout.places["order"]
    name = next((row.cells[place].strip()[:300] for row in group if place < len(row.cells)), "")
    end = group[-1].line
    problems = [RowProblem(row.line, "", row.problem, name) for row in group if row.problem]
    if not problems:
        try:
            order = _build([Cells(row, layout) for row in group], layout, defaults)
            return ParsedOrder(group[0].line, order, end_line=end)
        except RowRefused as refused:
            problems = [RowProblem(refused.line, refused.column, refused.message, name)]
    return ParsedOrder(group[0].line, None, tuple(problems), end)


def _build(rows: list[Cells], layout: Layout, defaults: Defaults) -> IncomingOrder:
    head = rows[0]
    number = head.text("number") or head.text("order")
    if not number:
        head.fail("order", "is empty: which order is this?")
    if len(rows) > MAX_LINES:
        head.fail("order", f"has more than {MAX_LINES} rows")
    external_id = head.text("external_id") or head.text("order")
    currency = head.currency("currency", defaults.currency)
    scale = exponent(currency)
    placed_at = head.instant("placed_at", defaults.zone)
    if placed_at is None:
        head.fail("placed_at", "is empty")
    lines = [_line(row, place, scale) for place, row in enumerate(rows)]
    totals, charges = _totals(head, lines, scale)
    status, paid_at = _status(head), head.instant("paid_at", defaults.zone)
    if status is FinancialStatus.PENDING and paid_at:
        status = FinancialStatus.PAID
    canceled_at = head.instant("canceled_at", defaults.zone)
    fulfilled_at = head.instant("fulfilled_at", defaults.zone)
    word = head.text("status").lower().removeprefix("wc-")
    if word in ("cancelled", "canceled", "trash"):
        canceled_at = canceled_at or placed_at
    if word == "completed":
        fulfilled_at = fulfilled_at or placed_at
    refunded = head.money("refunded", scale, signed=True)
    return IncomingOrder(
        external_id=external_id,
        number=number,
        currency=currency,
        placed_at=placed_at,
        version_at=max(one for one in (placed_at, paid_at, canceled_at, fulfilled_at) if one),
        totals=totals,
        lines=tuple(lines),
        financial_status=status,
        person=_person(head),
        charges=charges,
        discounts=_discounts(head, totals),
        refunds=_refund(abs(refunded), external_id, currency, canceled_at or placed_at),
        taxes_included=_taxes_included(head, lines, scale),
        shipping_address=_address(head, "shipping"),
        billing_address=_address(head, "billing"),
        shipping_method=head.text("shipping_method"),
        note=head.note("note"),
        tags=tuple(tag.strip() for tag in head.note("tags").split(",") if tag.strip()),
        canceled_at=canceled_at,
        fulfilled_at=fulfilled_at,
        payment_method=head.text("payment_method"),
    )


def _line(row: Cells, place: int, scale: int) -> IncomingLine:
    quantity = row.quantity("line_quantity")
    title = row.text("line_title")
    if not title:
        row.fail("line_title", "is empty")
    return IncomingLine(
        external_id=row.text("line_id") or str(place + 1),
        title=title,
        quantity=quantity,
        amounts=_line_amounts(row, quantity, scale),
        sku=row.text("line_sku"),
        variant_title=row.text("line_variant"),
        product_external_id=row.text("line_product_id"),
        requires_shipping=row.flag("line_requires_shipping") is not False,
    )


def _line_amounts(row: Cells, quantity: int, scale: int) -> LineAmounts:
    """Return a line's money from unit price and discount, or from its sums where given."""
    tax = row.money("line_tax", scale)
    if row.text("line_before"):
        before = row.money("line_before", scale)
        total = row.money("line_total", scale) if row.text("line_total") else before
        if total > before:
            before = total
        return LineAmounts((before + quantity // 2) // quantity, before - total, tax, total)
    if not row.text("line_unit_price"):
        row.fail("line_unit_price", "is empty")
    unit = row.money("line_unit_price", scale)
    gross = unit * quantity
    if gross > MAX_MINOR:
        row.fail("line_unit_price", "is larger than any order can be")
    discount = row.money("line_discount", scale)
    if not row.text("line_discount") and row.text("line_total"):
        discount = gross - row.money("line_total", scale)
    if not 0 <= discount <= gross:
        row.fail("line_discount", "the line's total and price contradict each other")
    return LineAmounts(unit, discount, tax, gross - discount)


def _taxes_included(head: Cells, lines: list[IncomingLine], scale: int) -> bool:
    """Tell whether prices include tax: as stated, else by which way the total adds up."""
    stated = head.flag("taxes_included")
    if stated is not None or not head.text("total"):
        return stated is True
    tax = head.money("tax", scale)
    net = _net(head, lines, scale)
    total = head.money("total", scale)
    return bool(tax) and abs(total - net) < abs(total - net - tax)


def _net(head: Cells, lines: list[IncomingLine], scale: int) -> int:
    """Return what lines, charges and discount come to without tax on top."""
    charged = sum(
        head.money(word, scale, signed=True) for word in ("shipping", "fees", "tips", "duties")
    )
    before = sum(line.amounts.total_minor + line.amounts.discount_minor for line in lines)
    return before - _discount(head, lines, scale) + charged


def _discount(head: Cells, lines: list[IncomingLine], scale: int) -> int:
    on_lines = sum(line.amounts.discount_minor for line in lines)
    return max(on_lines, abs(head.money("discount", scale, signed=True)))


def _totals(
    head: Cells, lines: list[IncomingLine], scale: int
) -> tuple[OrderTotals, tuple[IncomingCharge, ...]]:
    shipping = head.money("shipping", scale)
    fees = head.money("fees", scale, signed=True)
    discount = _discount(head, lines, scale)
    if fees < 0:  # a negative fee is a discount given by hand
        discount, fees = discount - fees, 0
    parts = Parts(
        subtotal=sum(line.amounts.total_minor + line.amounts.discount_minor for line in lines),
        discount=discount,
        shipping=shipping,
        fees=fees,
        tips=head.money("tips", scale),
        duties=head.money("duties", scale),
        tax=head.money("tax", scale) or sum(line.amounts.tax_minor for line in lines),
        taxes_included=_taxes_included(head, lines, scale),
    )
    total = head.money("total", scale) if head.text("total") else parts.sum()
    named = (
        (ChargeKind.SHIPPING, head.text("shipping_method") or "Shipping", shipping),
        (ChargeKind.FEE, "Fees", fees),
        (ChargeKind.TIP, "Tip", parts.tips),
        (ChargeKind.DUTY, "Duties", parts.duties),
    )
    charges = tuple(IncomingCharge(kind, title, amount) for kind, title, amount in named if amount)
    return balance(parts, total, []), charges


def _discounts(head: Cells, totals: OrderTotals) -> tuple[IncomingDiscount, ...]:
    code = head.text("discount_code")
    return (IncomingDiscount(code, totals.discount_minor, code),) if code else ()


def _status(head: Cells) -> FinancialStatus:
    word = (head.text("financial_status") or head.text("status")).lower()
    word = word.removeprefix("wc-").replace(" ", "_")
    found = _STATUSES.get(word) or _STATUSES.get(word.replace("_", "-"))
    if found is None and head.text("financial_status"):
        known = ", ".join(status.value for status in FinancialStatus)
        head.fail("financial_status", f"“{word[:40]}” is not known ({known})")
    return found or FinancialStatus.PENDING


def _person(head: Cells) -> IncomingPerson:
    customer_id = head.text("customer_id")
    return IncomingPerson(
        platform_id="" if customer_id == "0" else customer_id,
        email=head.text("email"),
        phone=head.text("phone") or head.text("billing_phone") or head.text("shipping_phone"),
        name=head.text("name") or _name(head, "billing") or _name(head, "shipping"),
        locale=head.text("locale"),
        accepts_marketing=head.flag("accepts_marketing"),
    )


def _name(head: Cells, side: str) -> str:
    both = f"{head.text(f'{side}_first_name')} {head.text(f'{side}_last_name')}".strip()
    return head.text(f"{side}_name") or both


def _address(head: Cells, side: str) -> IncomingAddress | None:
    address = IncomingAddress(
        name=_name(head, side),
        company=head.text(f"{side}_company"),
        line1=head.text(f"{side}_line1"),
        line2=head.text(f"{side}_line2"),
        city=head.text(f"{side}_city"),
        region=head.text(f"{side}_region"),
        postal_code=head.text(f"{side}_postal_code"),
        country_code=head.country(f"{side}_country"),
        phone=head.text(f"{side}_phone"),
    )
    return None if address == IncomingAddress() else address


def _refund(
    amount: int, external_id: str, currency: str, refunded_at: datetime
) -> tuple[IncomingRefund, ...]:
    """Return what an export tells of refunds: one sum, without a time of its own."""
    if not amount:
        return ()
    refund_id = f"{external_id}-refunded"
    return (IncomingRefund(refund_id, external_id, currency, amount, refunded_at),)
