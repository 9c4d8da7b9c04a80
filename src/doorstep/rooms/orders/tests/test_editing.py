"""Edits made here: sums stay right, stock follows, and the platform's repeats leave them alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kernel.errors import Conflict, Invalid
from doorstep.rooms.orders import api
from doorstep.rooms.orders.contracts import (
    IncomingRefundLine,
    LineAmounts,
    LineEdit,
    NewLine,
    OrderDetail,
    OrderTotals,
)
from doorstep.rooms.orders.rules.amounts import LineFigures, resize
from doorstep.rooms.orders.tests.cast import (
    AT,
    INES,
    LATER,
    events_of,
    free,
    line,
    order,
    record,
    refund,
    stock,
)
from doorstep.rooms.stores.contracts import StoreInfo

MUCH_LATER = LATER + timedelta(hours=1)
FIGURES = st.builds(
    lambda quantity, unit, discount, rest, tax: LineFigures(
        quantity,
        unit,
        min(discount, unit * quantity),
        tax,
        unit * quantity - min(discount, unit * quantity) - min(rest, quantity - 1),
    ),
    quantity=st.integers(1, 60),
    unit=st.integers(0, 10**6),
    discount=st.integers(0, 10**6),
    rest=st.integers(0, 59),
    tax=st.integers(0, 10**5),
)


@given(FIGURES, st.integers(1, 80))
def test_a_line_keeps_its_sum_whatever_its_pieces(sold: LineFigures, pieces: int) -> None:
    after = resize(sold, pieces)
    assert abs(after.rest_minor) < pieces  # what the database demands of a line
    assert after.discount_minor <= after.unit_minor * pieces
    if pieces <= sold.quantity:
        assert 0 <= after.tax_minor <= sold.tax_minor
        assert 0 <= after.discount_minor <= sold.discount_minor
    assert resize(sold, sold.quantity) == sold


def discounted(sku: str = "TEA", quantity: int = 3) -> object:
    """A line of three at 10.00 with 1.00 off and 19 % tax in it."""
    amounts = LineAmounts(1000, 100, 463, 1000 * quantity - 100)
    return line(sku, quantity, amounts=amounts)


def placed(*lines: object, **more: object) -> OrderDetail:
    subtotal = sum(one.amounts.unit_price_minor * one.quantity for one in lines)  # type: ignore[attr-defined]
    discount = sum(one.amounts.discount_minor for one in lines)  # type: ignore[attr-defined]
    tax = sum(one.amounts.tax_minor for one in lines)  # type: ignore[attr-defined]
    totals = OrderTotals(subtotal, discount, 490, tax, subtotal - discount + 490)
    [answer] = record(order(lines=lines, totals=totals, **more))  # type: ignore[arg-type]
    return api.get_order(answer.order_id)


def ids(detail: OrderDetail) -> dict[str, object]:
    return {one.sku: one.id for one in detail.lines}


@pytest.mark.django_db
def test_fewer_pieces_take_their_share_and_give_stock_back(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    before = placed(discounted())
    [one] = before.lines
    quote = api.quote_lines(before.summary.id, edits=[LineEdit(one.id, 2)])
    assert quote.difference_minor == -967
    done = api.apply_lines(
        order_id=before.summary.id, edits=[LineEdit(one.id, 2)], cause="change:1", by=INES, at=AT
    )
    assert done.quote == quote
    after = api.get_order(before.summary.id)
    [now] = after.lines
    assert (now.quantity, now.discount_minor, now.tax_minor) == (2, 67, 309)
    assert after.totals.total_minor == before.totals.total_minor - 967
    assert free(tea) == 3
    # Back again, to the cent: amounts follow from what was sold, not from the edit before.
    api.apply_lines(
        order_id=before.summary.id, edits=done.undo, cause="undo", needs_stock=False, by=INES, at=AT
    )
    restored = api.get_order(before.summary.id)
    assert restored.totals == before.totals
    assert restored.lines == before.lines


@pytest.mark.django_db
def test_a_swap_keeps_discount_and_tax_to_the_cent(store: StoreInfo) -> None:
    stock("TEA", 5)
    other = stock("GREEN", 2)
    before = placed(discounted(quantity=2))
    [one] = before.lines
    done = api.apply_lines(
        order_id=before.summary.id,
        edits=[LineEdit(one.id, 0)],
        new=[NewLine(other, 2, 1000, instead_of=one.id)],
        cause="change:1",
        by=INES,
        at=AT,
    )
    after = api.get_order(before.summary.id)
    assert done.quote.difference_minor == 0
    assert after.totals == before.totals
    new = next(found for found in after.lines if not found.is_removed)
    assert (new.discount_minor, new.tax_minor, new.total_minor) == (100, 463, 1900)
    assert free(other) == 0
    assert "order_updated" in events_of(before.summary.id)


@pytest.mark.django_db
def test_what_is_not_in_stock_is_refused_before_anything_moves(store: StoreInfo) -> None:
    stock("TEA", 3)
    before = placed(line("TEA", 2))
    [one] = before.lines
    with pytest.raises(api.NotInStock, match="Only 1 more"):
        api.apply_lines(
            order_id=before.summary.id, edits=[LineEdit(one.id, 4)], cause="c", by=INES, at=AT
        )
    assert api.get_order(before.summary.id) == before


@pytest.mark.django_db
def test_the_platforms_repeats_leave_an_edit_alone(store: StoreInfo) -> None:
    tea, mug = stock("TEA", 5), stock("MUG", 5)
    bought = [line("TEA", 3), line("MUG", 1)]
    before = placed(*bought)
    tea_line = ids(before)["TEA"]
    api.apply_lines(
        order_id=before.summary.id,
        edits=[LineEdit(tea_line, 1)],  # type: ignore[arg-type]
        new=[NewLine(mug, 2, 1000)],
        cause="change:1",
        by=INES,
        at=AT,
    )
    edited = api.get_order(before.summary.id)
    # It knows nothing yet: a note was written there.
    record(order(lines=bought, note="ring twice", version_at=LATER), at=LATER)
    assert api.get_order(before.summary.id).totals == edited.totals
    assert (free(tea), free(mug)) == (4, 2)
    # It did what it was told: Shopify writes what was taken off as a refund without money.
    told = [*bought, line("MUG", 2, external_id="new-at-shop")]
    off = replace(refund(amount=0), lines=(IncomingRefundLine("line-TEA", 2, 0, restock=True),))
    record(order(lines=told, refunds=(off,), version_at=MUCH_LATER), at=MUCH_LATER)
    after = api.get_order(before.summary.id)
    assert after.totals == edited.totals
    assert {one.external_id for one in after.lines} == {"line-TEA", "line-MUG", "new-at-shop"}
    assert {one.id for one in after.lines} == {one.id for one in edited.lines}
    assert (free(tea), free(mug)) == (4, 2)
    # Now it says something else: its word counts.
    last = MUCH_LATER + timedelta(hours=1)
    record(order(lines=[line("TEA", 2)], refunds=(off,), version_at=last), at=last)
    assert api.get_order(before.summary.id).summary.total_minor == 2490


@pytest.mark.django_db
def test_a_cancellation_outlives_versions_that_do_not_know_it(store: StoreInfo) -> None:
    tea = stock("TEA", 5)
    before = placed(line("TEA", 2))
    assert api.cancel_here(order_id=before.summary.id, reason="changed my mind", by=INES, at=AT)
    assert not api.cancel_here(order_id=before.summary.id, reason="again", by=INES, at=AT)
    assert free(tea) == 5
    record(order(lines=[line("TEA", 2)], note="x", version_at=LATER), at=LATER)
    assert api.get_order(before.summary.id).summary.state == "canceled"
    record(order(lines=[line("TEA", 2)], canceled_at=LATER, version_at=MUCH_LATER), at=MUCH_LATER)
    assert events_of(before.summary.id).count("order_canceled") == 1
    # The platform knows it now: what it says from here on counts.
    last = MUCH_LATER + timedelta(hours=1)
    record(order(lines=[line("TEA", 2)], version_at=last), at=last)
    assert api.get_order(before.summary.id).summary.state == "ready"


@pytest.mark.django_db
def test_a_delay_lifts_itself_on_its_day(store: StoreInfo) -> None:
    before = placed(line("TEA"))
    with pytest.raises(Invalid):
        api.delay(order_id=before.summary.id, until=AT.date(), by=INES, at=AT)
    api.delay(order_id=before.summary.id, until=date(2026, 12, 1), by=INES, at=AT)
    api.delay(order_id=before.summary.id, until=date(2026, 12, 3), by=INES, at=AT)
    held = api.get_order(before.summary.id)
    assert held.summary.hold_reasons == ("delayed",)
    assert api.lift_due_delays(AT + timedelta(days=12)) == 0
    assert api.lift_due_delays(AT + timedelta(days=13)) == 1
    after = api.get_order(before.summary.id)
    assert after.summary.state == "ready"
    assert after.estimate.ship_by_date is not None
    assert after.estimate.ship_by_date >= date(2026, 12, 3)


@pytest.mark.django_db
def test_lines_of_another_order_and_what_is_over_are_refused(store: StoreInfo) -> None:
    one, other = placed(line("TEA")), placed(line("MUG"), external_id="order-2", number="#2")
    with pytest.raises(Invalid):
        api.apply_lines(
            order_id=one.summary.id,
            edits=[LineEdit(other.lines[0].id, 2)],
            cause="c",
            by=INES,
            at=AT,
        )
    api.cancel_here(order_id=one.summary.id, reason="", by=INES, at=AT)
    with pytest.raises(Conflict):
        api.apply_lines(
            order_id=one.summary.id,
            edits=[LineEdit(one.lines[0].id, 2)],
            cause="c",
            by=INES,
            at=AT,
        )
