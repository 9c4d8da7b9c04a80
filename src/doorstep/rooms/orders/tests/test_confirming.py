"""Messages about orders: asked for once, in sets, with everything a template may name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Conflict, PermissionDenied
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.rooms.messaging import api as messaging
from doorstep.rooms.messaging.templating.context import ConfirmationContext
from doorstep.rooms.messaging.templating.kinds import CONTEXT_TYPES
from doorstep.rooms.orders import api, confirming
from doorstep.rooms.orders.contracts import (
    ChargeKind,
    IncomingCharge,
    IncomingDiscount,
    LineAmounts,
    OrderTotals,
)
from doorstep.rooms.orders.tests.cast import (
    AT,
    BERLIN,
    CHANNEL,
    INES,
    JONAS,
    LATER,
    SHOP,
    line,
    order,
    record,
    refund,
    stock,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
WANDA = replace(INES, id="wanda", label="Wanda", role="warehouse")


@pytest.fixture(autouse=True)
def listening(store: StoreInfo) -> None:
    ensure_cursors()


def kinds(order_id: UUID) -> list[str]:
    run_until_idle()
    found = messaging.list_messages(subject=f"order:{order_id}").items
    return sorted(one.kind for one in found)


def test_a_new_order_is_confirmed_once(store: StoreInfo) -> None:
    [answer] = record(order())
    record(order())
    run_until_idle()
    record(order(version_at=LATER, note="x"), at=LATER)
    assert kinds(answer.order_id) == ["order_confirmation"]
    [message] = messaging.list_messages(subject=f"order:{answer.order_id}").items
    assert message.to_address.lower() == "maya@example.com"
    shown = messaging.get_message(message.id, at=AT)
    assert "#1001" in shown.subject_line
    assert "Kastanienallee 12" in shown.text
    assert "/o/" in shown.html


def test_a_hundred_confirmations_take_as_many_queries_as_one(store: StoreInfo) -> None:
    ids = [one.order_id for one in record(*[order(n) for n in range(101)])]
    confirming.confirm(ids[:1], by=SHOP, at=AT)
    with CaptureQueriesContext(connection) as one:
        confirming.confirm(ids[1:2], by=SHOP, at=AT)
    with CaptureQueriesContext(connection) as many:
        confirming.confirm(ids[2:], by=SHOP, at=AT)
    assert abs(len(many) - len(one)) <= 2


def shape(context: Any, kind: Any, path: str = "") -> None:
    """Hold a context against its declared shape: every key there, none besides."""
    hints = get_type_hints(kind)
    assert set(context) == set(hints), path
    for name, inner in hints.items():
        if isinstance(context[name], dict) and hasattr(inner, "__total__"):
            shape(context[name], inner, f"{path}.{name}")


def test_the_context_has_every_key_and_only_plain_values(store: StoreInfo) -> None:
    import json

    [answer] = record(order())
    context = api.confirmation_context(answer.order_id, at=AT)
    shape(context, ConfirmationContext)
    assert json.loads(json.dumps(context)) == context
    lines = context["order"]["lines"]
    assert set(lines[0]) == set(get_type_hints(_line_type()))


def _line_type() -> Any:
    from doorstep.rooms.messaging.templating.context import LineContext

    return LineContext


def test_figures_are_in_the_shoppers_currency_when_all_are_known(store: StoreInfo) -> None:
    shown = order(
        lines=[line(presentment_amounts=LineAmounts(1100, 0, 0, 1100))],
        presentment_currency="USD",
        presentment_totals=OrderTotals(1100, 0, 540, 0, 1640),
        charges=(IncomingCharge(ChargeKind.SHIPPING, "DHL", 490, presentment_amount_minor=540),),
    )
    half = order(
        2, presentment_currency="USD", presentment_totals=OrderTotals(1100, 0, 540, 0, 1640)
    )
    first, second = record(shown, half)
    context = api.confirmation_context(first.order_id, at=AT)["order"]
    assert context["total"] == {"minor": 1640, "currency": "USD"}
    assert context["presentment_total"] is None
    context = api.confirmation_context(second.order_id, at=AT)["order"]
    assert context["total"] == {"minor": 1490, "currency": "EUR"}
    assert context["presentment_total"] == {"minor": 1640, "currency": "USD"}


def test_costs_discounts_and_earlier_orders_are_told(store: StoreInfo) -> None:
    discounted = line(quantity=2, amounts=LineAmounts(1000, 200, 0, 1800))
    rich = order(
        2,
        lines=[discounted],
        totals=OrderTotals(2000, 200, 490, 120, 2440, fees_minor=100, tips_minor=50),
        charges=(
            IncomingCharge(ChargeKind.SHIPPING, "DHL Standard", 490),
            IncomingCharge(ChargeKind.FEE, "Gift wrap", 100),
            IncomingCharge(ChargeKind.TIP, "", 50),
        ),
        discounts=(IncomingDiscount("Autumn", 200, "AUTUMN"),),
    )
    record(order(1, placed_at=AT - timedelta(hours=2)))
    [answer] = record(rich)
    context = api.confirmation_context(answer.order_id, at=AT)
    assert context["customer"]["orders_before"] == 1
    found = context["order"]
    assert found["fees"] == [{"title": "Gift wrap", "amount": {"minor": 100, "currency": "EUR"}}]
    assert found["discounts"][0]["code"] == "AUTUMN"
    assert found["shipping_title"] == "DHL Standard"
    assert found["lines"][0]["original_total"]["minor"] == 2000
    assert context["delivery"]["kind"] == "ship"
    assert context["delivery"]["address"]["lines"][-1] == "Germany"


def test_downloads_and_pickup(store: StoreInfo) -> None:
    digital = order(1, lines=[line(requires_shipping=False)], shipping_address=None)
    pickup = order(2, shipping_address=None, shipping_method="Pick up in Berlin")
    first, second = record(digital, pickup)
    assert api.confirmation_context(first.order_id, at=AT)["delivery"]["kind"] == "digital"
    assert api.confirmation_context(second.order_id, at=AT)["delivery"]["kind"] == "pickup"


def test_a_wrong_address_asks_the_shopper(store: StoreInfo) -> None:
    [answer] = record(order(shipping_address=replace(BERLIN, city="")))
    assert kinds(answer.order_id) == ["order_confirmation", "order_on_hold"]


def test_missing_stock_is_not_the_shoppers_to_solve(store: StoreInfo) -> None:
    stock("TEA", 0)
    [answer] = record(order())
    assert kinds(answer.order_id) == ["order_confirmation"]


def test_cancellation_and_refund_are_told_once(store: StoreInfo) -> None:
    [answer] = record(order())
    run_until_idle()
    ended = order(
        version_at=LATER, canceled_at=LATER, cancel_reason="customer", refunds=(refund(),)
    )
    record(ended, at=LATER)
    record(ended, at=LATER)
    api.record_refunds([refund()], sales_channel=CHANNEL, by=SHOP, at=LATER)
    assert kinds(answer.order_id) == ["order_canceled", "order_confirmation", "order_refunded"]


def test_canceled_before_it_was_confirmed_is_not_confirmed(store: StoreInfo) -> None:
    [answer] = record(order())
    record(order(version_at=LATER, canceled_at=LATER), at=LATER)
    assert kinds(answer.order_id) == ["order_canceled"]


def test_history_never_messages_anybody(store: StoreInfo) -> None:
    old = order(1, placed_at=AT - timedelta(days=30), refunds=(refund(),))
    young = order(2)
    answers = [*record(old), *record(young, mode="history")]
    api.import_history(
        [order(3, placed_at=AT - timedelta(days=400))],
        sales_channel=CHANNEL,
        import_id="i",
        by=SHOP,
        at=AT,
    )
    # Even what the platform says about them afterwards
    record(
        replace(old, version_at=LATER, canceled_at=LATER, refunds=(refund(2),)),
        replace(young, version_at=LATER, canceled_at=LATER),
        at=LATER,
    )
    run_until_idle()
    assert messaging.list_messages().items == ()
    for answer in answers:
        with pytest.raises(Conflict):
            api.resend_confirmation(order_id=answer.order_id, by=INES, at=LATER)
    assert messaging.list_messages().items == ()


def test_once_more_on_request(store: StoreInfo) -> None:
    [answer] = record(order(person=JONAS))
    assert kinds(answer.order_id) == ["order_confirmation"]
    with pytest.raises(PermissionDenied):
        api.resend_confirmation(order_id=answer.order_id, by=WANDA, at=LATER)
    assert kinds(answer.order_id) == ["order_confirmation"]
    api.resend_confirmation(order_id=answer.order_id, by=INES, at=LATER)
    assert kinds(answer.order_id) == ["order_confirmation"] * 2


def test_a_second_click_is_no_second_mail(store: StoreInfo) -> None:
    [answer] = record(order(person=JONAS))
    start = LATER.replace(second=0)
    clicks = [start, start + timedelta(seconds=1), start + timedelta(minutes=1)]
    ids = [api.resend_confirmation(order_id=answer.order_id, by=INES, at=at) for at in clicks]
    assert ids[0] == ids[1] != ids[2]
    assert kinds(answer.order_id) == ["order_confirmation"] * 3


def test_every_kind_that_is_asked_for_has_a_template() -> None:
    asked = {
        confirming.CONFIRMATION,
        confirming.ON_HOLD,
        confirming.CANCELED,
        confirming.REFUNDED,
    }
    assert asked <= set(CONTEXT_TYPES)
