"""Later versions: lines, stock, money and endings follow; older ones change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import (
    AddressView,
    ChargeKind,
    FinancialStatus,
    IncomingCharge,
    OrderTotals,
    RecordOutcome,
)
from doorstep.rooms.orders.models import OrderLine
from doorstep.rooms.orders.tests.cast import (
    AT,
    BERLIN,
    CHANNEL,
    INES,
    LATER,
    SHOP,
    events_of,
    free,
    line,
    order,
    record,
    refund,
    stock,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
MUCH_LATER = LATER + timedelta(hours=1)


def test_lines_follow_and_stock_with_them(store: StoreInfo) -> None:
    tea, mug, fern = stock("TEA", 5), stock("MUG", 5), stock("FERN", 5)
    [answer] = record(order(lines=[line("TEA", 2), line("MUG", 1)]))
    assert (free(tea), free(mug), free(fern)) == (3, 4, 5)
    [updated] = record(order(lines=[line("TEA", 4), line("FERN", 1)], version_at=LATER), at=LATER)
    assert updated.outcome is RecordOutcome.UPDATED
    assert (free(tea), free(mug), free(fern)) == (1, 5, 4)
    found = {one.sku: one for one in api.get_order(answer.order_id).lines}
    assert found["TEA"].quantity == 4
    assert found["MUG"].is_removed
    assert not found["FERN"].is_removed
    assert events_of(answer.order_id) == ["order_placed", "order_updated"]


def test_a_line_that_comes_back_is_the_same_line(store: StoreInfo) -> None:
    mug = stock("MUG", 5)
    both = [line("TEA"), line("MUG")]
    record(order(lines=both))
    record(order(lines=both[:1], version_at=LATER), at=LATER)
    assert free(mug) == 5
    record(order(lines=both, version_at=MUCH_LATER), at=MUCH_LATER)
    assert free(mug) == 4
    assert OrderLine.objects.count() == 2


def test_an_older_version_changes_nothing(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    [answer] = record(order(version_at=LATER, note="new"), at=LATER)
    [older] = record(order(version_at=AT, note="old", lines=[line("TEA", 3)]), at=MUCH_LATER)
    assert older.outcome is RecordOutcome.UNCHANGED
    assert api.get_order(answer.order_id).note == "new"
    assert events_of(answer.order_id) == ["order_placed"]
    assert free(tea) == 4


def test_a_refund_in_an_older_version_is_kept_all_the_same(store: StoreInfo) -> None:
    [answer] = record(order(version_at=LATER), at=LATER)
    record(order(version_at=AT, refunds=(refund(),)), at=MUCH_LATER)
    record(order(version_at=AT, refunds=(refund(),)), at=MUCH_LATER)
    found = api.get_order(answer.order_id)
    assert found.summary.refunded_minor == 500
    assert events_of(answer.order_id) == ["order_placed", "order_refunded"]


def test_the_same_version_again_says_nothing(store: StoreInfo) -> None:
    [answer] = record(order(version_at=LATER))
    record(order(version_at=LATER))
    record(order(version_at=MUCH_LATER), at=MUCH_LATER)  # only the instant is another
    assert events_of(answer.order_id) == ["order_placed"]


def test_paid_within_the_same_second(store: StoreInfo) -> None:
    pending = order(financial_status=FinancialStatus.PENDING)
    [answer] = record(pending)
    assert api.get_order(answer.order_id).summary.hold_reasons == ("payment_pending",)
    record(order(financial_status=FinancialStatus.PAID))
    record(pending)  # the shop repeats itself
    found = api.get_order(answer.order_id).summary
    assert (found.state, found.financial_status) == ("ready", "paid")


def test_charges_are_exchanged(store: StoreInfo) -> None:
    [answer] = record(order())
    express = IncomingCharge(ChargeKind.SHIPPING, "Express", 990)
    record(
        order(version_at=LATER, charges=(express,), totals=OrderTotals(1000, 0, 990, 0, 1990)),
        at=LATER,
    )
    found = api.get_order(answer.order_id)
    assert [one.title for one in found.charges] == ["Express"]
    assert found.summary.total_minor == 1990


def test_canceled_gives_everything_back(store: StoreInfo) -> None:
    tea = stock("TEA", 1)
    [answer] = record(order(lines=[line("TEA", 3)]))
    assert api.get_order(answer.order_id).summary.state == "on_hold"
    ended = order(
        lines=[line("TEA", 3)], version_at=LATER, canceled_at=LATER, cancel_reason="customer"
    )
    record(ended, at=LATER)
    record(ended, at=MUCH_LATER)
    found = api.get_order(answer.order_id)
    assert found.summary.state == "canceled"
    assert found.cancel_reason == "customer"
    assert found.holds[0].lifted_how == "moot"
    assert free(tea) == 1
    assert events_of(answer.order_id) == [
        "order_placed",
        "order_put_on_hold",
        "order_updated",
        "order_canceled",
    ]


def test_a_cancellation_taken_back_is_checked_again(store: StoreInfo) -> None:
    tea = stock("TEA", 1)
    [answer] = record(order())
    record(order(version_at=LATER, canceled_at=LATER), at=LATER)
    assert free(tea) == 1
    record(order(2, person=order().person))  # somebody else takes the last piece
    record(order(version_at=MUCH_LATER), at=MUCH_LATER)
    found = api.get_order(answer.order_id)
    assert found.summary.state == "on_hold"
    assert found.canceled_at is None
    assert found.summary.hold_reasons == ("out_of_stock",)


def test_the_platform_ships(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    [answer] = record(order(lines=[line("TEA", 2)]))
    record(order(lines=[line("TEA", 2)], version_at=LATER, fulfilled_at=LATER), at=LATER)
    found = api.get_order(answer.order_id)
    assert found.summary.state == "shipped"
    assert free(tea) == 3  # gone from the shelf, not given back
    assert events_of(answer.order_id)[-1] == "order_shipped_on_platform"


def test_the_platform_deletes(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    [answer] = record(order())
    given = {"sales_channel": CHANNEL, "reason": "deleted", "by": SHOP, "at": LATER}
    assert api.cancel_from_platform(external_id="order-1", **given)
    assert api.cancel_from_platform(external_id="order-1", **given)
    assert not api.cancel_from_platform(external_id="order-77", **given)
    assert api.get_order(answer.order_id).summary.state == "canceled"
    assert events_of(answer.order_id) == ["order_placed", "order_canceled"]
    assert free(tea) == 5


def test_a_mended_address_outlives_updates_that_repeat_the_old_one(store: StoreInfo) -> None:
    bad = replace(BERLIN, postal_code="")
    [answer] = record(order(shipping_address=bad))
    api.edit_address(
        order_id=answer.order_id,
        address=AddressView(
            name="Maya Lindqvist",
            line1="Kastanienallee 12",
            city="Berlin",
            postal_code="10435",
            country_code="de",
        ),
        by=INES,
        at=LATER,
    )
    record(order(shipping_address=bad, version_at=LATER, note="x"), at=LATER)
    found = api.get_order(answer.order_id)
    assert found.address_is_edited
    assert found.summary.state == "ready"
    moved = replace(BERLIN, line1="Oderberger Straße 1", postal_code="10435")
    record(order(shipping_address=moved, version_at=MUCH_LATER), at=MUCH_LATER)
    found = api.get_order(answer.order_id)
    assert not found.address_is_edited
    assert found.shipping_address is not None
    assert found.shipping_address.line1 == "Oderberger Straße 1"


def test_history_that_changes_stays_history(store: StoreInfo) -> None:
    old = order(placed_at=AT - timedelta(days=30))
    [answer] = record(old)
    record(replace(old, version_at=LATER, canceled_at=LATER), at=LATER)
    found = api.get_order(answer.order_id)
    assert found.summary.state == "history"
    assert found.canceled_at == LATER
