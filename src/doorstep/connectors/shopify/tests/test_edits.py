"""What merchants change on an order after it was placed: taken off, kept, given more, paid in part."""

from __future__ import annotations

from typing import Any

from doorstep.connectors.shopify.tests.payloads import line, money, order, refund
from doorstep.connectors.shopify.tests.test_normalize import placed, read
from doorstep.rooms.orders.contracts import IncomingRefund


def alone(**changes: Any) -> IncomingRefund:
    return read(refund(**changes), "refunds/create").refund


def test_a_refund_without_money_is_what_an_edit_took_off() -> None:
    found = alone(transactions=[])
    assert (found.amount_minor, found.beyond_minor) == (0, 0)
    assert found.lines[0].restock, "nobody is sent these pieces any more"


def test_a_failed_payment_went_nowhere_and_one_on_its_way_counts() -> None:
    def one(status: str) -> IncomingRefund:
        return alone(transactions=[{"kind": "refund", "status": status, "amount": "12.50"}])

    assert (one("failure").amount_minor, one("failure").beyond_minor) == (0, 0)
    assert (one("pending").amount_minor, one("pending").beyond_minor) == (1250, None)


def test_what_the_shop_kept_and_what_is_pending() -> None:
    kept = {"kind": "refund_discrepancy", "reason": "Refund discrepancy", "amount": "2.50"}
    paid = [{"kind": "refund", "status": "success", "amount": "10.00", "currency": "EUR"}]
    assert alone(order_adjustments=[kept], transactions=paid).beyond_minor == -250
    waits = kept | {"reason": "Pending refund discrepancy", "amount": "12.50"}
    assert alone(order_adjustments=[waits], transactions=[]).beyond_minor == 0
    more = kept | {"amount": "-2.50"}
    assert alone(order_adjustments=[more], transactions=paid).beyond_minor == 250


def test_shipping_and_duties_stand_beside_the_lines_once() -> None:
    found = alone(
        refund_line_items=[],
        refund_shipping_lines=[{"subtotal_amount_set": money("4.90")}],
        total_duties_set=money("3.00"),
        order_adjustments=[
            {"kind": "shipping_refund", "amount": "-4.90", "tax_amount": "0.00"},
            {"kind": "refund_discrepancy", "reason": "", "amount": "0.00"},
        ],
        transactions=[{"kind": "refund", "status": "success", "amount": "91", "currency": "SEK"}],
    )
    assert (found.amount_minor, found.beyond_minor) == (790, 790)


def test_the_shops_side_of_a_payment_in_another_currency() -> None:
    paid = {"kind": "refund", "status": "success", "amount": "130", "currency": "SEK"}
    assert alone(transactions=[paid | {"amount_set": money("11.00")}]).amount_minor == 1100


def test_prices_with_tax_are_not_taxed_twice() -> None:
    one = refund(transactions=[{"kind": "refund", "amount": "1", "currency": "SEK"}])
    one["refund_line_items"][0]["total_tax"] = "2.00"
    assert placed(refunds=[one], taxes_included=True).refunds[0].amount_minor == 1250
    assert placed(refunds=[one]).refunds[0].amount_minor == 1450


def test_pieces_gone_without_a_refund_shrink_the_line() -> None:
    found = placed(
        line_items=[
            line(
                current_quantity=1,
                discount_allocations=[{"amount": "5.00", "discount_application_index": 0}],
                tax_lines=[{"price": "1.20"}],
            )
        ],
        refunds=[],
        total_discounts="5.00", current_total_discounts="2.50",
        total_tax="1.20", current_total_tax="0.60",
        total_price="26.10", current_total_price="15.50",
    )  # fmt: skip
    [one] = found.lines
    assert (one.quantity, one.amounts.total_minor, one.amounts.tax_minor) == (1, 1000, 60)
    assert (found.totals.total_minor, found.totals.adjustment_minor) == (1550, 0)
    assert any("current_quantity" in words for words in found.warnings)


def test_a_body_without_its_refunds_says_nothing_of_edits() -> None:
    body = order(line_items=[line(current_quantity=0)])
    assert read(body).order.lines[0].quantity == 2


def test_how_much_of_an_order_is_paid() -> None:
    part = {"current_total_price": "29.90", "total_outstanding": "9.90"}
    assert placed(financial_status="partially_paid", **part).paid_minor == 2000
    assert placed(financial_status="partially_paid").paid_minor is None
    assert placed(financial_status="paid", **part).paid_minor is None, "all of it, as it says"
    edit = refund(transactions=[])
    left = {"current_total_price": "17.40", "total_outstanding": "0.00", "refunds": [edit]}
    assert placed(financial_status="paid", **left).paid_minor == 1740
    owed = left | {"total_outstanding": "-12.50"}
    assert placed(financial_status="paid", **owed).paid_minor == 2990


def test_a_tip_is_no_piece() -> None:
    tip = line(id=502, title="Tip", quantity=1, price="3.00", tip={"payment_gateway": "bogus"})
    found = placed(line_items=[line(), tip], total_tip_received="3.00", total_price="32.90")
    assert [one.external_id for one in found.lines] == ["501"]
    assert (found.totals.tips_minor, found.totals.adjustment_minor) == (300, 0)
