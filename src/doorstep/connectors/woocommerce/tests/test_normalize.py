"""What WooCommerce says, and what becomes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.connectors.base.contracts import (
    CustomerReceived,
    Ignored,
    NormalizeContext,
    OrderReceived,
    OrderWithdrawn,
    ProductReceived,
    RefundReceived,
    Rejected,
)
from doorstep.connectors.base.payload import parse_json
from doorstep.connectors.woocommerce.normalize import normalize
from doorstep.connectors.woocommerce.tests.payloads import line, order
from doorstep.rooms.orders.contracts import ChargeKind, FinancialStatus, IncomingOrder

CONTEXT = NormalizeContext(
    zone=ZoneInfo("Europe/Berlin"), currency="EUR", received_at=datetime(2026, 3, 6, tzinfo=UTC)
)


def read(body: Any, topic: str = "order.created") -> Any:
    (outcome,) = normalize(parse_json(json.dumps(body).encode()), topic, CONTEXT)
    return outcome


def placed(**changes: Any) -> IncomingOrder:
    outcome = read(order(**changes))
    assert isinstance(outcome, OrderReceived), outcome
    return outcome.order


def test_a_plain_order() -> None:
    found = placed()
    assert (found.external_id, found.number) == ("727", "#727")
    assert found.placed_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert found.totals.total_minor == 2990
    assert found.totals.adjustment_minor == 0
    assert found.person.email == "jonas@example.com"
    assert found.person.platform_id == ""
    assert found.shipping_address is None
    assert found.billing_address is not None
    assert found.billing_address.country_code == "DE"
    assert found.warnings == ()


def test_local_times_are_read_in_the_shops_zone() -> None:
    found = placed(date_created_gmt=None, date_modified_gmt=None)
    assert found.placed_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def test_prices_that_include_tax_stand_as_the_shopper_saw_them() -> None:
    found = placed(
        prices_include_tax=True,
        total="29.90",
        total_tax="4.77",
        line_items=[line(subtotal="21.01", subtotal_tax="3.99", total="21.01", total_tax="3.99")],
        shipping_lines=[{"method_title": "Parcel", "total": "4.12", "total_tax": "0.78"}],
    )
    assert found.taxes_included
    assert found.lines[0].amounts.unit_price_minor == 1250
    assert found.totals.shipping_minor == 490
    assert found.totals.tax_minor == 477
    assert found.totals.adjustment_minor == 0


def test_coupons_fees_and_discounts_by_hand() -> None:
    found = placed(
        total="28.40",
        discount_total="2.50",
        line_items=[line(total="22.50")],
        coupon_lines=[{"code": "spring", "discount": "2.50", "discount_tax": "0.00"}],
        fee_lines=[
            {"name": "Gift wrap", "total": "3.00", "total_tax": "0.00"},
            {"name": "Regulars&#39; discount", "total": "-2.00", "total_tax": "0.00"},
        ],
    )
    assert [(one.title, one.amount_minor) for one in found.discounts] == [
        ("spring", 250),
        ("Regulars' discount", 200),
    ]
    assert [one.kind for one in found.charges] == [ChargeKind.SHIPPING, ChargeKind.FEE]
    assert found.totals.discount_minor == 450
    assert found.totals.adjustment_minor == 0


def test_options_properties_and_markup() -> None:
    found = placed(
        line_items=[
            line(
                name="Tee &ndash; Blue, XL",
                parent_name="Tee &ndash; Blue",
                variation_id=9,
                meta_data=[
                    {
                        "key": "pa_color",
                        "value": "blue",
                        "display_key": "Color",
                        "display_value": "Blue",
                    },
                    {"key": "size", "value": "XL"},
                    {"key": "Engraving", "value": "For <b>Maya</b> &amp; Tom"},
                    {"key": "_reduced_stock", "value": "1"},
                    {"key": "addons", "value": [{"a": 1}]},
                ],
            )
        ]
    )
    assert found.lines[0].title == "Tee – Blue, XL"
    assert found.lines[0].options == (("Color", "Blue"), ("size", "XL"))
    assert found.lines[0].properties == (("Engraving", "For Maya & Tom"),)


def test_a_line_that_does_not_divide_keeps_its_sum() -> None:
    found = placed(line_items=[line(quantity=3, subtotal="10.00", total="10.00")], total="14.90")
    assert found.lines[0].amounts.unit_price_minor == 333
    assert found.lines[0].amounts.total_minor == 1000
    assert found.lines[0].amounts.discount_minor == 0
    assert found.totals.adjustment_minor == 0


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, FinancialStatus.PAID),
        ({"date_paid_gmt": None}, FinancialStatus.PENDING),  # cash on delivery
        ({"status": "on-hold", "date_paid_gmt": None}, FinancialStatus.PENDING),
        ({"status": "failed", "date_paid_gmt": None}, FinancialStatus.VOIDED),
        ({"status": "refunded"}, FinancialStatus.REFUNDED),
        ({"refunds": [{"id": 5, "total": "-2.00"}]}, FinancialStatus.PARTIALLY_REFUNDED),
        ({"refunds": [{"id": 5, "total": "-29.90"}]}, FinancialStatus.REFUNDED),
        ({"refunds": [{"id": 0, "total": "-0.00"}]}, FinancialStatus.PAID),
    ],
)
def test_where_the_money_stands(changes: Any, status: FinancialStatus) -> None:
    assert placed(**changes).financial_status is status


def test_statuses_that_end_an_order() -> None:
    assert placed(status="cancelled").canceled_at is not None
    assert placed(status="completed").fulfilled_at is not None
    assert isinstance(read(order(status="checkout-draft")), Ignored)


def test_gift_cards_as_payment_explain_the_rest() -> None:
    found = placed(total="9.90", gift_cards=[{"id": 1, "code": "X", "amount": 20}])
    assert found.totals.adjustment_minor == -2000
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"currency": "€"}, "unknown_currency", "currency"),
        ({"total": None}, "missing_field", "total"),
        ({"total": "12,50"}, "invalid_amount", "total"),
        ({"date_created": None, "date_created_gmt": None}, "missing_field", "date_created_gmt"),
        ({"line_items": [line(quantity=-1)]}, "negative_quantity", "line_items[0].quantity"),
        ({"line_items": [line(total="9" * 30)]}, "amount_too_large", "line_items[0].total"),
        ({"line_items": None}, "missing_field", "line_items"),
        ({"billing": {"email": "a\x00b"}}, "nul_character", "billing.email"),
    ],
)
def test_rejections_name_the_field(changes: Any, code: str, field: str) -> None:
    outcome = read(order(**changes))
    assert isinstance(outcome, Rejected), outcome
    assert (outcome.code, outcome.field) == (code, field)


def test_other_topics() -> None:
    assert read({"id": 727}, "order.deleted") == OrderWithdrawn(
        "727", CONTEXT.received_at, "deleted"
    )
    refund = {
        "id": 9,
        "amount": "12.50",
        "reason": "dented",
        "date_created_gmt": "2026-03-05T10:00:00",
        "line_items": [
            {
                "id": 77,
                "quantity": -1,
                "total": "-12.50",
                "meta_data": [{"key": "_refunded_item_id", "value": "315"}],
            }
        ],
        "_links": {"up": [{"href": "https://shop.example.com/wp-json/wc/v3/orders/727"}]},
    }
    found = read(refund, "")
    assert isinstance(found, RefundReceived)
    assert (found.refund.order_external_id, found.refund.amount_minor) == ("727", 1250)
    assert found.refund.lines[0].line_external_id == "315"
    assert isinstance(read(refund | {"_links": {}}, ""), Rejected)
    assert isinstance(
        read({"id": 25, "email": "j@example.com"}, "customer.updated"), CustomerReceived
    )
    assert isinstance(read({"id": 93, "name": "Tea"}, "product.updated"), ProductReceived)
    for topic in ("coupon.created", "action.woocommerce_add_to_cart", "made.up", ""):
        assert isinstance(read({"id": 1}, topic), Ignored)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(order())), JSON)
def test_no_single_field_makes_it_raise(key: str, value: Any) -> None:
    (outcome,) = normalize(order(**{key: value}), "order.created", CONTEXT)
    if isinstance(outcome, OrderReceived):
        totals = outcome.order.totals
        tax = 0 if outcome.order.taxes_included else totals.tax_minor
        assert totals.total_minor == (
            totals.subtotal_minor
            - totals.discount_minor
            + totals.shipping_minor
            + totals.fees_minor
            + totals.adjustment_minor
            + tax
        )


@given(st.sampled_from(sorted(line())), JSON)
def test_no_field_of_a_line_makes_it_raise(key: str, value: Any) -> None:
    assert normalize(order(line_items=[line(**{key: value})]), "order.created", CONTEXT)
