"""What a shop takes off its own orders, while the books are open and before."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from django.db import transaction

from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.billing import api
from doorstep.rooms.billing.contracts import Account, GiveBack, PayBack
from doorstep.rooms.billing.tests.test_books import BY, line_of, listening, place
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    IncomingRefund,
    IncomingRefundLine,
    LineAmounts,
    LineEdit,
    OrderTotals,
)
from doorstep.rooms.orders.tests.cast import CHANNEL, LATER, line, order, record, refund
from doorstep.rooms.payments import api as payments

pytestmark = pytest.mark.django_db
__all__ = ["listening"]  # the events are listened to here, too


def edit() -> IncomingRefund:
    """Return one of two teas as a shop writes that it was taken off: 10.00, tax of 1.31 / 2."""
    lines = (IncomingRefundLine("line-TEA", 1, 1000, 65, restock=True),)
    return replace(refund(amount=0), lines=lines, external_id="R-EDIT", beyond_minor=0)


def tell(one: IncomingRefund) -> None:
    orders.record_refunds([one], sales_channel=CHANNEL, by=BY, at=LATER)
    run_until_idle()


def money_of(order_id: UUID) -> tuple[int, int, int, int]:
    money = api.get_money(order_id)
    assert money.by_account[Account.RETURN_FEE] == 0
    return money.total_minor, money.paid_minor, money.refunded_minor, money.outstanding_minor


@pytest.mark.parametrize("is_open", [True, False])
def test_taken_off_is_owed_until_the_money_follows(is_open: bool) -> None:
    order_id = place()
    if is_open:
        api.ensure_open(order_id, by=BY, at=LATER)
    tell(edit())
    assert money_of(order_id) == (1490, 2490, 0, -1000)
    tell(replace(refund(amount=1000), lines=(), external_id="R-MONEY", beyond_minor=0))
    assert money_of(order_id) == (1490, 2490, 1000, 0)


def test_money_after_a_cancellation_settles_what_is_owed() -> None:
    order_id = place()
    api.ensure_open(order_id, by=BY, at=LATER)
    orders.cancel_from_platform(
        sales_channel=CHANNEL, external_id="order-1", reason="customer", by=BY, at=LATER
    )
    run_until_idle()
    assert money_of(order_id) == (0, 2490, 0, -2490)
    tell(replace(refund(amount=2490), lines=(), external_id="R-MONEY"))
    assert money_of(order_id) == (0, 2490, 2490, 0)
    assert api.get_money(order_id).by_account[Account.ALLOWANCE] == 0


def test_an_edit_made_here_that_the_shop_repeats_counts_once() -> None:
    order_id = place()
    api.ensure_open(order_id, by=BY, at=LATER)
    orders.apply_lines(
        order_id=order_id, edits=[LineEdit(line_of(order_id), 1)], cause="change:1", by=BY, at=LATER
    )
    api.sync(order_id, cause="change:1", words="Changed", by=BY, at=LATER)
    before = money_of(order_id)
    assert before[3] == -1000
    tell(edit())
    assert money_of(order_id) == before


def test_what_came_in_of_an_order_paid_in_part_is_known() -> None:
    part = {"financial_status": FinancialStatus.PARTIALLY_PAID}
    order_id = place(**part)
    assert money_of(order_id) == (2490, 0, 0, 2490), "the shop does not say how much"
    api.ensure_open(order_id, by=BY, at=LATER)
    tea = line(quantity=2, amounts=LineAmounts(1000, 0, 131, 2000))
    totals = OrderTotals(2000, 0, 490, 131, 2490)
    record(order(lines=[tea], totals=totals, version_at=LATER, paid_minor=2000, **part), at=LATER)
    run_until_idle()
    assert money_of(order_id) == (2490, 2000, 0, 490)
    fresh = place(nth=2, paid_minor=2200, **part)
    assert money_of(fresh) == (2490, 2200, 0, 290), "known before the books are open, too"


def test_two_shops_that_count_their_orders_alike_have_their_own_payments() -> None:
    """Sites of WooCommerce all begin at 1; each has a sales channel of its own here."""
    paid = []
    for nth, channel in enumerate(("woocommerce-de", "woocommerce-fr"), start=1):
        one = order(1, lines=[line("TEA", nth, amounts=LineAmounts(1000, 0, 160, 1000 * nth))],
                    totals=OrderTotals(1000 * nth, 0, 0, 160, 1000 * nth))  # fmt: skip
        [kept] = orders.record_orders(
            [one], sales_channel=channel, connection_id=None, by=BY, at=LATER
        )
        for _ in range(2):
            with transaction.atomic():
                api.ensure_open(kept.order_id, by=BY, at=LATER)
        paid.append(kept.order_id)
    moneys = [api.get_money(order_id) for order_id in paid]
    assert [one.paid_minor for one in moneys] == [1000, 2000]
    given = api.give_back(
        order_id=paid[1],
        ask=GiveBack(allowance_minor=1500),
        how=PayBack.SOURCE,
        cause="test:second",
        by=BY,
        at=LATER,
    )
    assert given.refund_minor == 1500
    [charge] = payments.list_charges([f"order:{paid[1]}"])[f"order:{paid[1]}"]
    assert (charge.amount_minor, charge.refunded_minor) == (2000, 1500)
    [other] = payments.list_charges([f"order:{paid[0]}"])[f"order:{paid[0]}"]
    assert other.refunded_minor == 0


def test_two_shops_that_count_their_refunds_alike_have_their_own() -> None:
    for nth, channel in enumerate(("woocommerce-de", "woocommerce-fr"), start=1):
        one = order(1, lines=[line("TEA", nth, amounts=LineAmounts(1000, 0, 160, 1000 * nth))],
                    totals=OrderTotals(1000 * nth, 0, 0, 160, 1000 * nth))  # fmt: skip
        [kept] = orders.record_orders(
            [one], sales_channel=channel, connection_id=None, by=BY, at=LATER
        )
        with transaction.atomic():
            api.ensure_open(kept.order_id, by=BY, at=LATER)
        subject = f"order:{kept.order_id}"
        [charge] = payments.list_charges([subject])[subject]
        for _ in range(2):
            payments.note_platform_refund(
                charge_id=charge.id, external_id="7", amount_minor=300 * nth,
                currency=charge.currency, refunded_at=LATER, by=BY, at=LATER,
            )  # fmt: skip
        [charge] = payments.list_charges([subject])[subject]
        assert charge.refunded_minor == 300 * nth
