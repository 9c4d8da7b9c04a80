"""Every recorded refund: the books give back exactly what the payload says, and add up to zero.

The bodies live outside the repository, as those of the orders do (``test_order_fixtures.py``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.connectors.base.contracts import OrderReceived, RefundReceived
from doorstep.kernel.actors import Actor
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import OrderMoney
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    IncomingLine,
    IncomingOrder,
    IncomingRefund,
    LineAmounts,
    OrderTotals,
)
from doorstep.rooms.stores.contracts import StoreInfo
from tests.conformance.test_order_fixtures import FOLDER, Row, _rows

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BY = Actor("connector", "tests", "Tests")
KINDS = ("shopify", "woocommerce")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.fixtures,
    pytest.mark.skipif(
        not FOLDER.is_dir(),
        reason=f"recorded orders are not here ({FOLDER}); see DOORSTEP_FIXTURES",
    ),
]


def _record(order: IncomingOrder) -> OrderMoney:
    [kept] = orders.record_orders(
        [order], sales_channel="web", connection_id=None, mode="history", by=BY, at=AT
    )
    return billing.get_money(kept.order_id)


def _judge(money: OrderMoney, refunds: list[IncomingRefund], name: str) -> None:
    for booking in money.bookings:
        assert sum(entry.amount_minor for entry in booking.entries) == 0, (name, booking.words)
    told = sum(one.amount_minor for one in refunds if one.currency == money.currency)
    paid = money.paid_minor
    assert money.refunded_minor == min(told, paid), name
    for line in money.lines:
        assert 0 <= line.back_minor <= max(line.total_minor, 0), (name, line.title)
        assert line.back_quantity <= line.quantity, (name, line.title)
    assert money.outstanding_minor == money.total_minor - paid + money.refunded_minor, name


def _orders() -> list[Row]:
    return [
        row
        for kind in KINDS
        for row in _rows(kind)
        if isinstance(row.outcome, OrderReceived) and row.outcome.order.refunds
    ]


def test_orders_with_refunds_reproduce_them(store: StoreInfo) -> None:
    rows = _orders()
    assert len(rows) >= 8
    for nth, row in enumerate(rows):
        assert isinstance(row.outcome, OrderReceived)
        order = replace(row.outcome.order, external_id=f"{nth}", number=f"#{nth}")
        refunds = [replace(one, order_external_id=f"{nth}") for one in order.refunds]
        once = {one.external_id: one for one in refunds}
        money = _record(replace(order, refunds=tuple(refunds)))
        _judge(money, list(once.values()), row.file)


def _order_of(refund: IncomingRefund) -> IncomingOrder:
    """Return an order that this refund could be of: its lines, and what went back beyond them."""
    lines = tuple(
        IncomingLine(
            external_id=line.line_external_id,
            title=f"Thing {nth}",
            quantity=max(line.quantity, 1),
            amounts=LineAmounts(
                line.amount_minor // max(line.quantity, 1), 0, line.tax_minor, line.amount_minor
            ),
        )
        for nth, line in enumerate(refund.lines)
    )
    goods = sum(line.amounts.total_minor for line in lines)
    tax = sum(line.amounts.tax_minor for line in lines)
    beyond = max(refund.amount_minor - goods - tax, 0)
    return IncomingOrder(
        external_id=refund.order_external_id,
        number="#1",
        currency=refund.currency,
        placed_at=AT - timedelta(days=30),
        version_at=AT,
        totals=OrderTotals(goods, 0, 0, tax, goods + tax + beyond, adjustment_minor=beyond),
        lines=lines,
        financial_status=FinancialStatus.PAID,
        refunds=(refund,),
    )


def test_refunds_alone_reproduce_their_totals(store: StoreInfo) -> None:
    rows = [row for kind in KINDS for row in _rows(kind) if isinstance(row.outcome, RefundReceived)]
    assert len(rows) >= 8
    for nth, row in enumerate(rows):
        assert isinstance(row.outcome, RefundReceived)
        refund = replace(row.outcome.refund, order_external_id=f"alone-{nth}")
        if len({line.line_external_id for line in refund.lines}) < len(refund.lines):
            refund = replace(refund, lines=refund.lines[:1])
        money = _record(_order_of(refund))
        assert money.refunded_minor == refund.amount_minor, row.file
        _judge(money, [refund], row.file)
