"""Whatever is edited in whatever order: lines add up, sums hold, and the books agree."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kernel.errors import DomainError
from doorstep.kernel.events.lanes import ensure_cursors
from doorstep.rooms.billing import api as billing
from doorstep.rooms.changes.contracts import (
    Addition,
    ChangeAsk,
    ChangeKind,
    ChangeState,
    LineWish,
)
from doorstep.rooms.changes.tests.cast import SOON, again, pay, place, shelves, want
from doorstep.rooms.orders.contracts import FinancialStatus, OrderDetail
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.tests.vendor import Vendor
from doorstep.rooms.stores.contracts import StoreInfo

WISHES = st.lists(
    st.tuples(st.sampled_from(["TEA", "MUG", "FERN"]), st.integers(0, 6), st.booleans()),
    min_size=1,
    max_size=6,
)


def check_sums(order: OrderDetail) -> None:
    kept = [line for line in order.lines if not line.is_removed]
    totals = order.totals
    assert totals.total_minor == sum(line.total_minor for line in kept) + totals.shipping_minor
    assert totals.tax_minor == sum(line.tax_minor for line in kept)
    assert totals.discount_minor == sum(line.discount_minor for line in kept)
    for line in kept:
        rest = line.unit_price_minor * line.quantity - line.discount_minor - line.total_minor
        assert abs(rest) < line.quantity


@pytest.mark.django_db
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wishes=WISHES, number=st.uuids())
def test_any_sequence_of_edits(
    store: StoreInfo,
    shop_vendor: Vendor,
    wishes: list[tuple[str, int, bool]],
    number: UUID,
) -> None:
    ensure_cursors()
    shelf = shelves(500)
    order = place(
        external_id=f"o-{number}",
        number=f"#{number.hex[:8]}",
        financial_status=FinancialStatus.PAID,
    )
    for nth, (sku, pieces, adds) in enumerate(wishes):
        now = again(order)
        lines = {line.sku: line.id for line in now.lines if not line.is_removed}
        if adds or sku not in lines:
            ask = ChangeAsk(ChangeKind.LINES, additions=(Addition(shelf[sku], max(pieces, 1)),))
        else:
            ask = ChangeAsk(ChangeKind.LINES, lines=(LineWish(lines[sku], pieces),))
        try:
            change = want(now, ask, key=f"{number}-{nth}")
        except DomainError:
            assert again(order) == now  # refused: nothing moved
            continue
        if change.state is ChangeState.AWAITING_PAYMENT:
            pay(change, at=SOON)
        check_sums(again(order))
        money = billing.get_money(order.summary.id)
        assert money.total_minor == again(order).totals.total_minor
        assert money.outstanding_minor == 0
        assert sum(entry.amount_minor for b in money.bookings for entry in b.entries) == 0
    subject = f"order:{order.summary.id}"
    back = sum(one.amount_minor for one in payments.list_refunds([subject]).get(subject, []))
    came = sum(one.captured_minor for one in payments.list_charges([subject]).get(subject, []))
    if came:
        assert came - back == again(order).totals.total_minor
