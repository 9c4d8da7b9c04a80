"""Every recorded Shopify and WooCommerce body: a right order, or a clear reason why not.

The bodies were written by the platforms and their users, and live outside the repository; the
test runs where the folder is and says so where it is not. Totals are worked out here a second
time, straight from the JSON, so that the normalizers cannot agree with themselves.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from doorstep.connectors.base.contracts import (
    Ignored,
    NormalizeContext,
    OrderReceived,
    Outcome,
    RefundReceived,
    Rejected,
    Rejection,
)
from doorstep.connectors.base.payload import parse_json
from doorstep.connectors.shopify.normalize import normalize as shopify
from doorstep.connectors.woocommerce.normalize import normalize as woocommerce
from doorstep.kernel.money import to_minor

FOLDER = (
    Path(os.environ.get("DOORSTEP_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures"))
    / "orders"
)
CONTEXT = NormalizeContext(currency="USD")
EXPECTED_ORDERS = {"shopify": 25, "woocommerce": 18}

pytestmark = [
    pytest.mark.fixtures,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason=f"recorded orders are not here ({FOLDER}); see DOORSTEP_FIXTURES",
    ),
]


@dataclass(frozen=True)
class Row:
    """One thing found in one file."""

    file: str
    outcome: Outcome
    source: dict[str, Any]  # the raw object the outcome came from, {} when unreadable


def _things(payload: Any) -> list[dict[str, Any]]:
    """Return the bare objects in a body, found without the code under test."""
    if isinstance(payload, dict):
        for value in payload.values():
            if len(payload) <= 2 and isinstance(value, (dict, list)) and value:
                return _things(value)
        return [payload]
    return list(payload)


def _topic(path: Path) -> str:
    """Return the topic the file name holds ("orders__create"), "" where it holds none."""
    return path.stem.replace("__", "/") if path.parent.name.startswith("docs_webhooks") else ""


def _rows(kind: str) -> list[Row]:
    normalize = shopify if kind == "shopify" else woocommerce
    rows = []
    for path in sorted((FOLDER / kind).rglob("*.json")):
        body, name = path.read_bytes(), str(path.relative_to(FOLDER / kind))
        try:
            outcomes = normalize(parse_json(body), _topic(path), CONTEXT)
        except Rejection as error:
            rows.append(Row(name, Rejected(error.code, error.detail, error.field), {}))
            continue
        things = _things(json.loads(body, parse_float=Decimal))
        assert len(things) in (len(outcomes), 1) or isinstance(outcomes[0], Ignored), name
        for place, outcome in enumerate(outcomes):
            rows.append(Row(name, outcome, things[min(place, len(things) - 1)]))
    return rows


def _print(kind: str, rows: list[Row]) -> None:
    print(f"\n{kind}")
    for row in rows:
        match row.outcome:
            case OrderReceived(order):
                words = f"order     {order.number:<10} {order.currency} {order.totals.total_minor}"
            case RefundReceived(refund):
                words = f"refund    {refund.order_external_id:<10} {refund.currency} {refund.amount_minor}"
            case Ignored(reason):
                words = f"ignored   {reason}"
            case Rejected():
                one = row.outcome
                words = f"rejected  {one.code} {one.field} {one.detail}"
            case _:
                words = type(row.outcome).__name__
        print(f"  {row.file:<68} {words}")
    print("  ", dict(Counter(type(row.outcome).__name__ for row in rows)))


def _stated(kind: str, source: dict[str, Any]) -> Decimal:
    return Decimal(source["total_price" if kind == "shopify" else "total"])


@pytest.mark.parametrize("kind", ["shopify", "woocommerce"])
def test_every_body_becomes_an_order_or_a_clear_reason(kind: str) -> None:
    rows = _rows(kind)
    _print(kind, rows)
    orders = [row for row in rows if isinstance(row.outcome, OrderReceived)]
    assert len(orders) == EXPECTED_ORDERS[kind]
    for row in orders:
        assert isinstance(row.outcome, OrderReceived)
        order, totals = row.outcome.order, row.outcome.order.totals
        assert totals.total_minor == to_minor(_stated(kind, row.source), order.currency), row.file
        tax = 0 if order.taxes_included else totals.tax_minor
        itemized = (
            totals.subtotal_minor
            - totals.discount_minor
            + totals.shipping_minor
            + totals.fees_minor
            + totals.tips_minor
            + totals.duties_minor
            + tax
            + totals.adjustment_minor
        )
        assert itemized == totals.total_minor, row.file
        before = sum(one.amounts.total_minor + one.amounts.discount_minor for one in order.lines)
        assert before == totals.subtotal_minor, row.file
        assert order.placed_at.tzinfo
        assert order.version_at.tzinfo
    for row in rows:
        if isinstance(row.outcome, Rejected):
            assert row.outcome.code
            assert row.outcome.detail
        if isinstance(row.outcome, Ignored):
            assert row.outcome.reason


def test_anonymized_bodies_are_rejected_naming_the_field() -> None:
    rows = [row for row in _rows("shopify") if row.file.startswith("anonymised_real")]
    rejected = [row.outcome for row in rows if isinstance(row.outcome, Rejected)]
    assert len(rejected) == 4
    assert all(one.field.endswith(("currency", "currency_code")) for one in rejected)


def test_every_order_webhook_of_shopify_is_understood() -> None:
    rows = [row for row in _rows("shopify") if row.file.startswith("docs_webhooks")]
    names = {
        row.file.split("/")[-1] for row in rows if not isinstance(row.outcome, (Ignored, Rejected))
    }
    assert {"orders__create.json", "orders__cancelled.json", "refunds__create.json"} <= names
    assert {"customers__redact.json", "shop__redact.json", "orders__delete.json"} <= names
    assert not [row for row in rows if isinstance(row.outcome, Rejected)]


def test_the_adjustment_is_used_only_where_a_body_contradicts_itself() -> None:
    odd = {
        row.file
        for kind in EXPECTED_ORDERS
        for row in _rows(kind)
        if isinstance(row.outcome, OrderReceived) and row.outcome.order.totals.adjustment_minor
    }
    assert odd == {
        "shopify_python_api/order.json",  # discount code of 10 and a third line that do not add up
        "ios/order-alternative-types.json",  # shipping 133 and a fee of 125.50 in a total of 31.20
        "ios/order-with-special-character-currency.json",
        "ios/order.json",
        "ios/orders-load-all.json",
        "ios/order-with-attribution-info.json",  # paid in part with gift cards, which it names
        "ios/order-with-deleted-refunds.json",
        "ios/order-with-line-item-attributes.json",
    }
