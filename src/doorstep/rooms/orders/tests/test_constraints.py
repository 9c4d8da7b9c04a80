"""The database's own last word: try the bad row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from doorstep.kernel.ids import new_id
from doorstep.rooms.orders.models import Hold, Order, OrderCharge, OrderLine, OrderRules, Refund
from doorstep.rooms.orders.tests.cast import AT, order, record, refund
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("order_state", {"state": "lost"}),
        ("order_financial_status", {"financial_status": "maybe"}),
        ("order_currency", {"currency": "eur"}),
        ("order_currency", {"presentment_currency": "E"}),
        ("order_sum_is_total", {"total_minor": F("total_minor") + 1}),
        ("order_sum_is_total", {"taxes_included": False, "tax_minor": 1}),
        ("order_amounts", {"discount_minor": -1, "total_minor": F("total_minor") + 1}),
        ("order_canceled_at_by", {"canceled_by": "user:ines"}),
        ("order_state_fits", {"state": "canceled"}),
        ("order_state_fits", {"is_history": True}),
        ("order_state_fits", {"canceled_at": AT, "canceled_by": "user:ines"}),
        ("order_delivery_range", {"delivery_from_date": AT.date() + timedelta(99)}),
        ("order_named", {"number": ""}),
    ],
)
def test_orders(store: StoreInfo, constraint: str, values: dict[str, Any]) -> None:
    record(order())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Order.objects.update(**values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("line_quantity", {"quantity": 0, "unit_price_minor": 0, "total_minor": 0}),
        ("line_sum_is_total", {"total_minor": F("total_minor") + 1}),
    ],
)
def test_lines(store: StoreInfo, constraint: str, values: dict[str, Any]) -> None:
    record(order())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderLine.objects.update(**values)


def test_charges_and_refunds(store: StoreInfo) -> None:
    record(order(refunds=(refund(),)))
    with pytest.raises(IntegrityError, match="charge_kind"), transaction.atomic():
        OrderCharge.objects.update(kind="bribe")
    with pytest.raises(IntegrityError, match="refund_amount"), transaction.atomic():
        Refund.objects.update(amount_minor=-1)
    row = Refund.objects.get()
    row.id = new_id()
    with pytest.raises(IntegrityError, match="refund_once"), transaction.atomic():
        row.save(force_insert=True)


def test_one_order_per_channel_and_id(store: StoreInfo) -> None:
    record(order())
    row = Order.objects.get()
    row.id = new_id()
    with pytest.raises(IntegrityError, match="order_once_per_channel"), transaction.atomic():
        row.save(force_insert=True)


def test_one_open_hold_per_reason(store: StoreInfo) -> None:
    [answer] = record(order())

    def hold(**more: Any) -> Hold:
        given = {
            "store_id": store.id,
            "order_id": answer.order_id,
            "reason": "manual",
            "placed_at": AT,
            "placed_by": "user:sam",
        }
        return Hold.objects.create(**given | more)

    hold()
    for constraint, more in (
        ("one_open_hold_per_reason", {}),
        ("hold_reason", {"reason": "mood"}),
        ("hold_placed_by", {"reason": "risk_review", "placed_by": ""}),
        ("hold_lifted_at_by", {"reason": "risk_review", "lifted_at": AT}),
        (
            "hold_lifted_at_by",
            {
                "lifted_at": AT - timedelta(1),
                "lifted_by": "user:sam",
                "lifted_how": "released",
            },
        ),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            hold(**more)


def test_settings(store: StoreInfo) -> None:
    with pytest.raises(IntegrityError, match="order_rules_live_days"), transaction.atomic():
        OrderRules.objects.create(store_id=store.id, live_days=999)
    OrderRules.objects.create(store_id=store.id)
    with pytest.raises(IntegrityError, match="one_order_rules_per_store"), transaction.atomic():
        OrderRules.objects.create(store_id=store.id)
