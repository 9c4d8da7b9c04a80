"""What Shopify says, and what becomes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.connectors.base.contracts import (
    CustomerReceived,
    Ignored,
    NormalizeContext,
    OrderReceived,
    OrderWithdrawn,
    PrivacyRequested,
    ProductReceived,
    RefundReceived,
    Rejected,
)
from doorstep.connectors.base.payload import parse_json
from doorstep.connectors.shopify.normalize import normalize
from doorstep.connectors.shopify.tests.payloads import line, money, order, refund
from doorstep.connectors.shopify.versions import refine
from doorstep.rooms.orders.contracts import ChargeKind, FinancialStatus, IncomingOrder

CONTEXT = NormalizeContext(currency="EUR", received_at=datetime(2026, 3, 6, tzinfo=UTC))


def read(body: Any, topic: str = "orders/create") -> Any:
    outcomes = normalize(parse_json(json.dumps(body).encode()), topic, CONTEXT)
    assert len(outcomes) == 1
    return outcomes[0]


def placed(**changes: Any) -> IncomingOrder:
    outcome = read(order(**changes))
    assert isinstance(outcome, OrderReceived), outcome
    return outcome.order


def refused(**changes: Any) -> Rejected:
    outcome = read(order(**changes))
    assert isinstance(outcome, Rejected), outcome
    return outcome


def test_a_plain_order() -> None:
    found = placed()
    assert found.external_id == "9007199254740993"
    assert (found.number, found.currency) == ("#1001", "EUR")
    assert found.placed_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert found.financial_status is FinancialStatus.PAID
    assert found.person.email == "maya@example.com"
    assert found.person.name == "Maya Lindqvist"
    assert found.person.locale == "sv-SE"
    assert found.totals.subtotal_minor == 2500
    assert found.totals.shipping_minor == 490
    assert found.totals.total_minor == 2990
    assert found.totals.adjustment_minor == 0
    assert found.lines[0].sku == "TEA-SEN-100"
    assert found.shipping_address is not None
    assert found.shipping_address.postal_code == "211 34"
    assert found.warnings == ()


def test_two_currencies_stand_side_by_side() -> None:
    found = placed(
        presentment_currency="SEK",
        total_price_set=money("29.90", "343.85", seen="SEK"),
        total_tax_set=money("0.00", "0.00", seen="SEK"),
        total_discounts_set=money("0.00", "0.00", seen="SEK"),
        line_items=[line(price_set=money("12.50", "143.75", seen="SEK"))],
        shipping_lines=[
            {"title": "Parcel", "price": "4.90", "price_set": money("4.90", "56.35", seen="SEK")}
        ],
    )
    assert found.totals.total_minor == 2990
    assert found.presentment_currency == "SEK"
    assert found.presentment_totals is not None
    assert found.presentment_totals.total_minor == 34385
    assert found.presentment_totals.adjustment_minor == 0
    assert found.lines[0].presentment_amounts is not None
    assert found.lines[0].presentment_amounts.total_minor == 28750
    assert found.charges[0].presentment_amount_minor == 5635


def test_half_a_second_currency_is_left_out_with_a_word() -> None:
    found = placed(presentment_currency="SEK")
    assert found.presentment_currency == ""
    assert found.presentment_totals is None
    assert "SEK figures are incomplete" in found.warnings[0]


@pytest.mark.parametrize(
    ("currency", "price", "total", "minor"),
    [
        ("JPY", "1250", "2500", 2500),
        ("KWD", "1.250", "2.500", 2500),
        ("JPY", "1250.00", "2500.00", 2500),
    ],
)
def test_currencies_with_other_decimals(currency: str, price: str, total: str, minor: int) -> None:
    found = placed(
        currency=currency,
        presentment_currency=currency,
        total_price=total,
        line_items=[line(price=price)],
        shipping_lines=[],
    )
    assert found.totals.total_minor == minor
    assert found.totals.adjustment_minor == 0


def test_stacked_discounts_reach_their_lines_and_keep_their_names() -> None:
    found = placed(
        total_price="24.40",
        total_discounts="5.50",
        discount_applications=[
            {"type": "discount_code", "code": "SPRING"},
            {"type": "automatic", "title": "測試 discount"},
        ],
        line_items=[
            line(
                discount_allocations=[
                    {"amount": "2.50", "discount_application_index": 0},
                    {"amount": "1.00", "discount_application_index": 1},
                ]
            )
        ],
        shipping_lines=[
            {
                "title": "Parcel",
                "price": "4.90",
                "discount_allocations": [{"amount": "2.00", "discount_application_index": 1}],
            }
        ],
    )
    assert found.totals.discount_minor == 350
    assert found.totals.shipping_minor == 290
    assert found.totals.adjustment_minor == 0
    assert found.lines[0].amounts.total_minor == 2150
    assert [(one.title, one.amount_minor) for one in found.discounts] == [
        ("SPRING", 250),
        ("測試 discount", 300),
    ]


def test_tip_duty_and_fees_are_charges() -> None:
    found = placed(
        total_price="41.40",
        total_tip_received="3.00",
        original_total_duties_set=money("6.50"),
        original_total_additional_fees_set=money("2.00"),
    )
    kinds = {one.kind: one.amount_minor for one in found.charges}
    assert kinds == {
        ChargeKind.SHIPPING: 490,
        ChargeKind.TIP: 300,
        ChargeKind.DUTY: 650,
        ChargeKind.FEE: 200,
    }
    assert found.totals.adjustment_minor == 0


def test_taxes_included_are_not_added_again() -> None:
    found = placed(taxes_included=True, total_tax="4.77")
    assert found.totals.tax_minor == 477
    assert found.totals.adjustment_minor == 0


def test_what_no_part_explains_is_an_adjustment_with_a_warning() -> None:
    found = placed(total_price="30.00")
    assert found.totals.total_minor == 3000
    assert found.totals.adjustment_minor == 10
    assert "not explained" in found.warnings[0]


def test_cash_rounding_is_explained() -> None:
    found = placed(total_price="29.95", total_cash_rounding_payment_adjustment_set=money("0.05"))
    assert found.totals.adjustment_minor == 5
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ({}, ()),
        (None, ()),
        ({"name": "Engraving", "value": 3}, (("Engraving", "3"),)),
        ({"Engraving": "For Jonas"}, (("Engraving", "For Jonas"),)),
        ([{"name": "Engraving", "value": "For Jonas"}], (("Engraving", "For Jonas"),)),
        ([{"name": 2}], (("2", ""),)),
        ([{"value": "no name"}], ()),
        ([{"name": "_bundle", "value": "x"}], ()),
        ([{"name": "Files", "value": ["a", "b"]}], (("Files", "a, b"),)),
        ("text", ()),
    ],
)
def test_properties_in_odd_shapes(raw: Any, pairs: Any) -> None:
    assert placed(line_items=[line(properties=raw)]).lines[0].properties == pairs


def test_nulls_everywhere() -> None:
    empty = {
        key: None
        for key in order()
        if key not in ("id", "created_at", "currency", "total_price", "line_items")
    }
    found = placed(**empty, line_items=[{"id": None, "quantity": 1, "price": "29.90"}])
    assert found.person.email == ""
    assert found.shipping_address is None
    assert found.totals.total_minor == 2990


def test_attributes_join_the_note() -> None:
    found = placed(note="Ring twice", note_attributes=[{"name": "Gift message", "value": "Hej!"}])
    assert found.note == "Ring twice\nGift message: Hej!"


def test_one_second_holds_many_versions() -> None:
    second = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    early = refine(second, second + timedelta(seconds=1.2))
    late = refine(second, second + timedelta(seconds=1.9))
    assert second < early < late < second + timedelta(seconds=1)
    assert refine(second, second + timedelta(days=2)) < second + timedelta(seconds=1)
    assert refine(second, None) == second


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"currency": "example string"}, "unknown_currency", "currency"),
        ({"currency": None}, "missing_field", "currency"),
        ({"id": None}, "missing_field", "id"),
        ({"created_at": None, "processed_at": None}, "missing_field", "created_at"),
        ({"processed_at": "yesterday"}, "invalid_time", "processed_at"),
        ({"total_price": None}, "missing_field", "total_price"),
        ({"total_price": "-1.00"}, "negative_amount", "total_price"),
        ({"total_price": "1e999999999"}, "amount_too_large", "total_price"),
        ({"total_price": "99999999999999999999"}, "amount_too_large", "total_price"),
        ({"total_price": "NaN"}, "invalid_amount", "total_price"),
        ({"total_price": [1]}, "invalid_amount", "total_price"),
        ({"line_items": None}, "missing_field", "line_items"),
        ({"line_items": {"a": 1}}, "missing_field", "line_items"),
        ({"line_items": ["x"]}, "wrong_type", "line_items[0]"),
        (
            {"line_items": [line(), line(id=2, quantity=-1)]},
            "negative_quantity",
            "line_items[1].quantity",
        ),
        ({"line_items": [line(quantity=10**9)]}, "quantity_too_large", "line_items[0].quantity"),
        ({"line_items": [line(quantity="two")]}, "invalid_quantity", "line_items[0].quantity"),
        ({"line_items": [line(), line()]}, "duplicate_id", "line_items[1]"),
        ({"line_items": [line(id=n) for n in range(1001)]}, "too_many", "line_items"),
        ({"line_items": [line(title="x" * 300)]}, "too_long", "line_items[0].title"),
        ({"line_items": [line(title="a\x00b")]}, "nul_character", "line_items[0].title"),
        ({"email": "a\x00@example.com"}, "nul_character", "email"),
        ({"name": {"a": 1}}, "wrong_type", "name"),
    ],
)
def test_rejections_name_the_field(changes: Any, code: str, field: str) -> None:
    found = refused(**changes)
    assert (found.code, found.field) == (code, field)
    assert found.retriable


def test_half_a_surrogate_pair_is_rejected() -> None:
    body = json.dumps(order()).replace("Sencha, first", "\\ud83d").encode()
    (found,) = normalize(parse_json(body), "orders/create", CONTEXT)
    assert isinstance(found, Rejected)
    assert (found.code, found.field) == ("invalid_unicode", "line_items[0].title")


def test_an_order_of_500_lines_is_an_order() -> None:
    found = placed(
        line_items=[line(id=n, quantity=1) for n in range(1, 501)], total_price="6254.90"
    )
    assert len(found.lines) == 500
    assert found.totals.adjustment_minor == 0


def test_a_fractional_quantity_keeps_its_money() -> None:
    found = placed(line_items=[line(quantity=1.5)], total_price="23.65")
    assert found.lines[0].quantity == 1
    assert found.lines[0].amounts.total_minor == 1875
    assert ("Quantity", "1.5") in found.lines[0].properties
    assert found.totals.adjustment_minor == 0


def test_a_refund_on_its_own() -> None:
    found = read(refund(), "refunds/create")
    assert isinstance(found, RefundReceived)
    assert found.refund.order_external_id == "9007199254740993"
    assert found.refund.amount_minor == 1250
    assert found.refund.lines[0].line_external_id == "501"
    assert found.refund.reason == "arrived dented"


def test_a_refund_paid_back_in_the_shoppers_currency_counts_in_the_shops() -> None:
    paid = [{"kind": "refund", "status": "success", "amount": "143.75", "currency": "SEK"}]
    found = read(refund(transactions=paid), "refunds/create")
    assert found.refund.currency == "EUR"
    assert found.refund.amount_minor == 1250


def test_other_topics() -> None:
    assert read({"id": 5}, "orders/delete") == OrderWithdrawn("5", CONTEXT.received_at, "deleted")
    assert isinstance(
        read({"id": 33, "email": "m@example.com"}, "customers/update"), CustomerReceived
    )
    product = read(
        {
            "id": 71,
            "title": "Sencha",
            "options": [{"name": "Size"}],
            "variants": [{"id": 7101, "title": "100 g", "option1": "100 g", "sku": "TEA"}],
        },
        "products/update",
    )
    assert isinstance(product, ProductReceived)
    assert product.product.variants[0].options == (("Size", "100 g"),)
    asked = read({"customer": {"id": 1, "email": "m@example.com"}}, "customers/redact")
    assert asked == PrivacyRequested("customer_redact", "1", "m@example.com")
    for topic in ("fulfillment_orders/moved", "checkouts/create", "orders/edited", "made/up", ""):
        assert isinstance(read({"id": 1}, topic), Ignored)


def test_lists_and_wrappers() -> None:
    body = {"orders": [order(), order(id=2, currency="???"), order(id=3)]}
    outcomes = normalize(body, "", CONTEXT)
    assert [type(one) for one in outcomes] == [OrderReceived, Rejected, OrderReceived]
    assert isinstance(outcomes[1], Rejected)
    assert outcomes[1].field == "orders[1].currency"
    assert isinstance(normalize({"order": order()}, "", CONTEXT)[0], OrderReceived)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    JSON,
    st.sampled_from(["", "orders/create", "refunds/create", "customers/update", "products/update"]),
)
def test_nothing_makes_it_raise(body: Any, topic: str) -> None:
    assert normalize(body, topic, CONTEXT)


@given(st.sampled_from(sorted(order())), JSON)
def test_no_single_field_makes_it_raise(key: str, value: Any) -> None:
    (outcome,) = normalize(order(**{key: value}), "orders/create", CONTEXT)
    if isinstance(outcome, OrderReceived):
        totals = outcome.order.totals
        tax = 0 if outcome.order.taxes_included else totals.tax_minor
        assert totals.total_minor == (
            totals.subtotal_minor
            - totals.discount_minor
            + totals.shipping_minor
            + totals.fees_minor
            + totals.tips_minor
            + totals.duties_minor
            + totals.adjustment_minor
            + tax
        )


@given(st.sampled_from(sorted(line())), JSON)
def test_no_field_of_a_line_makes_it_raise(key: str, value: Any) -> None:
    assert normalize(order(line_items=[line(**{key: value})]), "orders/create", CONTEXT)
