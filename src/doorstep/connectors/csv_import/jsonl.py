"""Read history as JSON Lines: one order a line, see README.md."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import IO

from doorstep.connectors.base.contracts import Rejection
from doorstep.connectors.base.figures import Parts, balance
from doorstep.connectors.base.pairs import read_pairs
from doorstep.connectors.base.payload import (
    LONG,
    MAX_MINOR,
    NOTE,
    Node,
    check_unique,
    parse_json,
    read_currency,
)
from doorstep.connectors.csv_import.contracts import ParsedOrder, RowProblem
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
    IncomingRefundLine,
    LineAmounts,
    OrderTotals,
)

_STATUSES = {status.value: status for status in FinancialStatus}
_KINDS = {kind.value: kind for kind in ChargeKind}
MAX_LINE = 5 * 1024 * 1024


def parse_jsonl(
    stream: IO[bytes], zone: tzinfo = UTC, *, first_line: int = 1
) -> Iterator[ParsedOrder]:
    """Yield one result for each line that is not empty.

    :param first_line: the number of the first line, where the stream is a part of a file.
    """
    number = first_line - 1
    while raw := stream.readline(MAX_LINE + 1):
        number += 1
        if raw.isspace():
            continue
        too_long = len(raw) > MAX_LINE
        while raw and not raw.endswith(b"\n") and len(raw) > MAX_LINE:
            raw = stream.readline(MAX_LINE + 1)  # pass over the rest of it
        if too_long:
            message = f"the line is longer than {MAX_LINE} bytes"
            yield ParsedOrder(number, None, (RowProblem(number, "", message),), number)
            continue
        try:
            yield ParsedOrder(number, _order(Node(parse_json(raw)), zone), (), number)
        except Rejection as error:
            problem = RowProblem(number, error.field, error.detail)
            yield ParsedOrder(number, None, (problem,), number)


def _order(node: Node, zone: tzinfo) -> IncomingOrder:
    external_id = node.ident("external_id", required=True)
    currency = read_currency(node.text("currency"), node.at("currency"))
    placed_at = node.instant("placed_at", zone)
    if placed_at is None:
        node.fail("missing_field", "is missing", "placed_at")
    lines = tuple(_line(line, place) for place, line in enumerate(node.nodes("lines")))
    if not lines:
        node.fail("missing_field", "is missing or empty", "lines")
    check_unique([line.external_id for line in lines], node.at("lines"))
    charges = tuple(_charge(charge) for charge in node.nodes("charges"))
    included = node.flag("taxes_included") is True
    moments = [placed_at]
    canceled_at = node.instant("canceled_at", zone)
    fulfilled_at = node.instant("fulfilled_at", zone)
    moments += [one for one in (canceled_at, fulfilled_at) if one]
    return IncomingOrder(
        external_id=external_id,
        number=node.text("number") or external_id,
        currency=currency,
        placed_at=placed_at,
        version_at=node.instant("version_at", zone) or max(moments),
        totals=_totals(node, lines, charges, included),
        lines=lines,
        financial_status=_status(node),
        person=_person(node.node("person")),
        charges=charges,
        discounts=tuple(_discount(one) for one in node.nodes("discounts")),
        refunds=tuple(_refund(one, external_id, currency, zone) for one in node.nodes("refunds")),
        taxes_included=included,
        shipping_address=_address(node.node("shipping_address")),
        billing_address=_address(node.node("billing_address")),
        shipping_method=node.text("shipping_method"),
        note=node.text("note", NOTE),
        tags=_tags(node),
        is_gift=node.flag("is_gift") is True or bool(node.text("gift_message", NOTE)),
        gift_message=node.text("gift_message", NOTE),
        gift_wrap=node.flag("gift_wrap") is True,
        gift_receipt=node.flag("gift_receipt") is True,
        canceled_at=canceled_at,
        cancel_reason=node.text("cancel_reason"),
        fulfilled_at=fulfilled_at,
        is_test=node.flag("is_test") is True,
        payment_method=node.text("payment_method"),
        order_status_url=node.text("order_status_url", LONG),
        warnings=tuple(node.notes),
    )


def _minor(node: Node, key: str, *, signed: bool = False) -> int:
    """Return an amount that is in minor units already: a whole number, never a decimal."""
    value = node.data.get(key)
    if value is None:
        return 0
    if type(value) is not int:
        node.fail("invalid_amount", "must be a whole number of minor units", key)
    if abs(value) > MAX_MINOR:
        node.fail("amount_too_large", "is larger than any order can be", key)
    if value < 0 and not signed:
        node.fail("negative_amount", "must not be negative", key)
    return value


def _line(line: Node, place: int) -> IncomingLine:
    exact = line.quantity("quantity")
    quantity = int(exact)
    if exact != quantity or quantity < 1:
        line.fail("invalid_quantity", "must be a whole number of at least 1", "quantity")
    if not line.has("unit_price_minor"):
        line.fail("missing_field", "is missing", "unit_price_minor")
    unit = _minor(line, "unit_price_minor")
    discount = _minor(line, "discount_minor")
    gross = unit * quantity
    if gross > MAX_MINOR:
        line.fail("amount_too_large", "is larger than any order can be", "unit_price_minor")
    total = _minor(line, "total_minor") if line.has("total_minor") else gross - discount
    if total < 0 or abs(gross - discount - total) >= quantity:
        line.fail("contradiction", "is not unit price × quantity - discount", "total_minor")
    title = line.text("title")
    if not title:
        line.fail("missing_field", "is missing", "title")
    return IncomingLine(
        external_id=line.ident("external_id") or str(place + 1),
        title=title,
        quantity=quantity,
        amounts=LineAmounts(unit, discount, _minor(line, "tax_minor"), total),
        sku=line.text("sku"),
        variant_title=line.text("variant_title"),
        options=_pairs(line, "options"),
        properties=_pairs(line, "properties"),
        product_external_id=line.ident("product_external_id"),
        variant_external_id=line.ident("variant_external_id"),
        requires_shipping=line.flag("requires_shipping") is not False,
        is_gift_card=line.flag("is_gift_card") is True,
        weight_grams=line.whole("weight_grams"),
        image_url=line.text("image_url", LONG),
    )


def _pairs(node: Node, key: str) -> tuple[tuple[str, str], ...]:
    """Return pairs written as an object, as ``[[name, value]]`` or as ``[{name, value}]``."""
    raw = node.data.get(key)
    if isinstance(raw, list) and raw and all(isinstance(one, list) for one in raw):
        found = []
        for one in raw[:200]:
            if len(one) != 2:
                node.fail("wrong_type", "must be pairs of name and value", key)
            found.append((node.clean(one[0], key), node.clean(one[1], key, LONG)))
        return tuple(found)
    return read_pairs(node, key)


def _charge(node: Node) -> IncomingCharge:
    kind = _KINDS.get(node.text("kind"))
    if kind is None:
        node.fail("unknown_kind", f"must be one of {', '.join(_KINDS)}", "kind")
    return IncomingCharge(
        kind=kind,
        title=node.text("title") or kind.value.capitalize(),
        amount_minor=_minor(node, "amount_minor"),
        tax_minor=_minor(node, "tax_minor"),
        discount_minor=_minor(node, "discount_minor"),
    )


def _discount(node: Node) -> IncomingDiscount:
    code = node.text("code")
    return IncomingDiscount(node.text("title") or code, _minor(node, "amount_minor"), code)


def _totals(
    node: Node,
    lines: tuple[IncomingLine, ...],
    charges: tuple[IncomingCharge, ...],
    included: bool,
) -> OrderTotals:
    stated = node.node("totals") or Node({}, node.at("totals"), node.notes)
    sums = dict.fromkeys(ChargeKind, 0)
    for charge in charges:
        sums[charge.kind] += charge.amount_minor
    on_lines = sum(line.amounts.discount_minor for line in lines)
    taxes = sum(line.amounts.tax_minor for line in lines) + sum(one.tax_minor for one in charges)
    parts = Parts(
        subtotal=sum(line.amounts.total_minor + line.amounts.discount_minor for line in lines),
        discount=max(_minor(stated, "discount_minor"), on_lines),
        shipping=sums[ChargeKind.SHIPPING],
        fees=sums[ChargeKind.FEE],
        tips=sums[ChargeKind.TIP],
        duties=sums[ChargeKind.DUTY],
        tax=_minor(stated, "tax_minor") if stated.has("tax_minor") else taxes,
        taxes_included=included,
    )
    total = _minor(stated, "total_minor") if stated.has("total_minor") else parts.sum()
    return balance(parts, total, node.notes)


def _status(node: Node) -> FinancialStatus:
    word = node.text("financial_status") or "paid"
    if word not in _STATUSES:
        node.fail("unknown_status", f"must be one of {', '.join(_STATUSES)}", "financial_status")
    return _STATUSES[word]


def _person(node: Node | None) -> IncomingPerson:
    if node is None:
        return IncomingPerson()
    return IncomingPerson(
        platform_id=node.ident("platform_id"),
        email=node.text("email"),
        phone=node.text("phone"),
        name=node.text("name"),
        locale=node.text("locale", 35),
        accepts_marketing=node.flag("accepts_marketing"),
    )


def _address(node: Node | None) -> IncomingAddress | None:
    if node is None:
        return None
    country = node.text("country_code").upper()
    if country and (len(country) != 2 or not country.isalpha()):
        node.fail("unknown_country", "must be two letters", "country_code")
    return IncomingAddress(
        name=node.text("name"),
        company=node.text("company"),
        line1=node.text("line1"),
        line2=node.text("line2"),
        city=node.text("city"),
        region=node.text("region"),
        postal_code=node.text("postal_code"),
        country_code=country,
        phone=node.text("phone"),
    )


def _refund(node: Node, order_id: str, currency: str, zone: tzinfo) -> IncomingRefund:
    when = node.instant("refunded_at", zone)
    if when is None:
        node.fail("missing_field", "is missing", "refunded_at")
    return IncomingRefund(
        external_id=node.ident("external_id", required=True),
        order_external_id=order_id,
        currency=currency,
        amount_minor=_minor(node, "amount_minor"),
        refunded_at=when,
        lines=tuple(
            IncomingRefundLine(
                line.ident("line_external_id", required=True),
                int(line.quantity("quantity")),
                _minor(line, "amount_minor"),
                _minor(line, "tax_minor"),
                line.flag("restock") is True,
            )
            for line in node.nodes("lines")
        ),
        reason=node.text("reason", NOTE),
    )


def _tags(node: Node) -> tuple[str, ...]:
    raw = node.data.get("tags")
    if raw is None:
        return ()
    if not isinstance(raw, list):
        node.fail("wrong_type", "must be a list", "tags")
    return tuple(node.clean(tag, "tags") for tag in raw[:200])
