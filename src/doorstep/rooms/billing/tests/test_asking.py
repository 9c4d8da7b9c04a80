"""One request to pay at a time: two links over the same money could both be paid."""

from __future__ import annotations

import pytest

from doorstep.kernel.errors import Conflict
from doorstep.rooms.billing import api
from doorstep.rooms.billing.tests.test_books import BY, listening, place
from doorstep.rooms.orders.contracts import FinancialStatus
from doorstep.rooms.orders.tests.cast import INES, LATER
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.contracts import Capture
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
