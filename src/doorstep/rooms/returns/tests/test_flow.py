"""A return from the wish to the money."""

from __future__ import annotations

from doorstep.rooms.billing import api as billing
from doorstep.rooms.returns.contracts import (
    Disposition,
    ReturnState,
)
from doorstep.rooms.returns.tests.flow_cast import (
    asked,
    bought,
    inspected,
    received,
)


def test_a_return_is_approved_received_inspected_paid_and_closed(store):
    order_id = bought()
    view = asked(order_id)
    assert view.summary.number == "R-1001"
    assert view.summary.state is ReturnState.APPROVED
    assert view.label is not None
    assert view.label.url
    assert not view.settlements
    view = received(view)
    assert not view.settlements
    assert view.summary.needs == "inspect"
    view = inspected(view, disposition=Disposition.SCRAP)
    assert view.summary.state is ReturnState.CLOSED
    [paid] = view.settlements
    assert paid.amount_minor == 4000
    money = billing.get_money(order_id)
    assert money.outstanding_minor == 0
    assert money.pending_minor == 4000
