"""One request to pay at a time: two links over the same money could both be paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doorstep.kernel.errors import Conflict
from doorstep.kernel.events.lanes import run_until_idle
from doorstep.rooms.billing import api
from doorstep.rooms.billing.tests.test_books import BY, listening, place
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.orders.tests.cast import INES, LATER
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import Capture, DisputeReported, RefundReported, RefundState
from doorstep.rooms.payments.tests.conftest import shop_vendor
from doorstep.rooms.payments.tests.vendor import Vendor

pytestmark = pytest.mark.django_db
__all__ = ["listening", "shop_vendor"]  # fixtures of the neighbors
PENDING = {"financial_status": FinancialStatus.PENDING}


def test_no_second_link_while_one_is_out(shop_vendor: Vendor) -> None:
    order_id = place(**PENDING)
    api.request_payment(
        order_id=order_id, cause="change:1", words="More", amount_minor=500, by=BY, at=LATER
    )
    with pytest.raises(Conflict, match="out for this order already"):
        api.ask_payment(order_id=order_id, key="k1", by=INES, at=LATER)
    assert len(payments.list_links([f"order:{order_id}"])[f"order:{order_id}"]) == 1


def test_the_same_form_twice_is_one_link_and_a_hold_is_none(shop_vendor: Vendor) -> None:
    order_id = place(**PENDING)
    for cause, capture in (
        (f"return:1{api.DEPOSIT}", Capture.NOW),
        ("return:1:hold", Capture.LATER),
    ):
        api.request_payment(
            order_id=order_id, cause=cause, words="Security", amount_minor=500, capture=capture,
            by=BY, at=LATER,
        )  # fmt: skip
    first = api.ask_payment(order_id=order_id, key="k1", by=INES, at=LATER)
    assert api.ask_payment(order_id=order_id, key="k1", by=INES, at=LATER).id == first.id


def test_a_yes_that_becomes_a_no_is_owed_again_and_the_order_says_so(shop_vendor: Vendor) -> None:
    order_id = place()
    api.refund(order_id=order_id, key="k1", amount_minor=700, by=INES, at=LATER)
    run_until_idle()
    payments.ask_all_due(at=LATER)
    run_until_idle()
    [asked] = payments.list_refunds([f"order:{order_id}"])[f"order:{order_id}"]
    [paid] = payments.list_charges([f"order:{order_id}"])[f"order:{order_id}"]
    yes = RefundReported(
        asked.id, "re_1", paid.external_id, "EUR", 700, RefundState.SUCCEEDED, "", LATER
    )
    payments.record_reports([yes], provider=paid.provider, by=BY, at=LATER)
    run_until_idle()
    assert orders.get_order(order_id).summary.refunded_minor == 700
    no = replace(yes, state=RefundState.FAILED, words="The account is closed.")
    for _ in range(2):  # told twice, it is one no
        payments.record_reports([no], provider=paid.provider, by=BY, at=LATER)
        run_until_idle()
    after, money = orders.get_order(order_id), api.get_money(order_id)
    assert after.summary.refunded_minor == 0
    assert "The account is closed." in after.refunds[0].reason
    assert (money.paid_minor, money.refunded_minor, money.outstanding_minor) == (2490, 0, -700)
    assert money.refundable_minor == 1790


def test_after_a_chargeback_nothing_is_paid_out(shop_vendor: Vendor) -> None:
    order_id = place()
    api.ensure_open(order_id, by=BY, at=LATER)
    [charge] = payments.list_charges([f"order:{order_id}"])[f"order:{order_id}"]
    lost = DisputeReported(charge.external_id, "EUR", 2490, None, "Fraudulent", LATER)
    payments.record_reports([lost], provider=charge.provider, by=BY, at=LATER)
    run_until_idle()
    assert api.get_money(order_id).outstanding_minor == 2490
    # The bank has the money: the order can only get cheaper, and it is said before it is done.
    given = api.refund(order_id=order_id, key="k1", amount_minor=700, by=INES, at=LATER)
    assert (given.refund_minor, given.quote.payable_minor) == (0, 0)
    assert not payments.list_refunds([f"order:{order_id}"])[f"order:{order_id}"]
