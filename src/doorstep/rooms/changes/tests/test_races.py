"""Everybody at once: one change, one refund, no piece promised twice, and sums that hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Conflict, DomainError
from doorstep.kernel.events.lanes import ensure_cursors, run_until_idle
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.billing import api as billing
from doorstep.rooms.changes import api
from doorstep.rooms.changes.contracts import Addition, ChangeAsk, ChangeKind, ChangeState
from doorstep.rooms.changes.models import OrderChange
from doorstep.rooms.changes.tests.cast import (
    AT,
    INES,
    MAYA,
    SOON,
    again,
    ask_lines,
    pay,
    place,
    shelves,
    want,
)
from doorstep.rooms.fulfillment.tests.cast import pack, sent
from doorstep.rooms.orders.tests.cast import free
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.tests.vendor import vendor
from doorstep.rooms.stores import api as stores
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 16


@pytest.fixture
def shop(transactional_db: None) -> Iterator[StoreInfo]:
    info = stores.create_store(
        slug="shop", name="Shop", currency="EUR", timezone="Europe/Berlin", at=AT
    )
    ensure_cursors()
    with store_scope(info.id), vendor():
        yield info


def outcome(shop: StoreInfo, do: Any) -> str:
    """Say how somebody's try went."""
    with store_scope(shop.id):
        try:
            return str(do().state)
        except DomainError as error:
            return type(error).__name__


def test_one_form_sent_16_times_is_one_change(shop: StoreInfo) -> None:
    shelves()
    order = place()
    ask = ask_lines(TEA=1)(order)
    states = at_once(THREADS, lambda nth: outcome(shop, lambda: want(order, ask, key="same")))
    assert Counter(states) == {"applied": THREADS}
    subject = f"order:{order.summary.id}"
    assert [one.amount_minor for one in payments.list_refunds([subject])[subject]] == [950]


def test_16_tabs_make_one_change_and_honest_conflicts(shop: StoreInfo) -> None:
    shelf = shelves()
    order = place()
    ask = ChangeAsk(ChangeKind.LINES, additions=(Addition(shelf["FERN"], 1),))
    states = at_once(THREADS, lambda nth: outcome(shop, lambda: want(order, ask, key=f"tab-{nth}")))
    assert Counter(states) == {"awaiting_payment": 1, "ChangeNotAllowed": THREADS - 1}
    assert free(shelf["FERN"]) == 9


def test_16_orders_that_want_the_last_3_pieces(shop: StoreInfo) -> None:
    shelf = shelves(40)
    orders_ = [place(nth=nth) for nth in range(THREADS)]
    from doorstep.rooms.orders.tests.cast import stock

    stock("FERN", 3)
    ask = ChangeAsk(ChangeKind.LINES, additions=(Addition(shelf["FERN"], 1),))
    states = at_once(
        THREADS,
        lambda nth: outcome(shop, lambda: want(orders_[nth], ask, key=f"order-{nth}")),
    )
    assert Counter(states) == {"awaiting_payment": 3, "NotInStock": THREADS - 3}
    assert free(shelf["FERN"]) == 0
    kept = [again(order).totals == order.totals for order in orders_]
    assert kept.count(True) == THREADS - 3


def test_cancel_while_it_is_packed_ends_one_way(shop: StoreInfo) -> None:
    shelves(60)
    for nth in range(4):
        order = place(nth=nth)
        [shipment] = sent(order.summary.id)

        def pack_it(shipment: Any = shipment) -> Any:
            return pack(shipment).summary

        def cancel_it(order: Any = order, nth: int = nth) -> Any:
            return want(order, ChangeAsk(ChangeKind.CANCEL), key=f"cancel-{nth}")

        both = (pack_it, cancel_it)
        states = at_once(2, lambda which, both=both: outcome(shop, both[which]))
        run_until_idle()
        state = again(order).summary.state
        if state == "canceled":
            assert states[1] == "applied"
            assert states[0] in ("Conflict", "canceled", "packed")
            assert {one.summary.state for one in sent(order.summary.id)} == {"canceled"}
        else:
            assert states == ["packed", "ChangeNotAllowed"]


def test_paid_and_expired_at_once_end_alike(shop: StoreInfo) -> None:
    shelf = shelves()
    order = place()
    change = want(order, ChangeAsk(ChangeKind.LINES, additions=(Addition(shelf["FERN"], 2),)))
    late = SOON + timedelta(hours=25)

    def act(nth: int) -> None:
        with store_scope(shop.id):
            if nth:
                api.expire_due(late)
            else:
                pay(change, at=late)

    at_once(2, act)
    run_until_idle()
    money = billing.get_money(order.summary.id)
    assert money.outstanding_minor == 0
    if api.get_change(change.id).state is ChangeState.APPLIED:
        assert money.total_minor == 3590 + 1600
    else:
        assert again(order).totals == order.totals
        subject = f"order:{order.summary.id}"
        assert [one.amount_minor for one in payments.list_refunds([subject])[subject]] == [1600]


def test_the_database_keeps_what_must_hold(shop: StoreInfo) -> None:
    shelves()
    order = place()
    change = want(order, ask_lines(TEA=1)(order))
    row = OrderChange.objects.get(id=change.id)

    def bad(**values: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderChange.objects.filter(id=row.id).update(**values)

    bad(state="nonsense")
    bad(state="requested")  # open, and ended
    bad(kind="nonsense")
    bad(decided_by="somebody")
    bad(ended_at=None)
    OrderChange.objects.filter(id=row.id).update(ended_at=None, state="requested")
    row.pk, row.id = None, order.summary.id
    row.form_key, row.state, row.ended_at = "another", "requested", None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)  # two open ones of one order


def test_options_cost_the_same_however_many_lines(shop: StoreInfo) -> None:
    from django.db import connection

    shelves()
    order = place()
    with CaptureQueriesContext(connection) as queries:
        api.options_for(order.summary.id, at=SOON)
    assert len(queries) <= 4
    with CaptureQueriesContext(connection) as queries:
        api.line_options(order)
    assert len(queries) <= 6


def test_a_second_answer_of_the_team_is_a_conflict(shop: StoreInfo) -> None:
    shelves()
    api.change_settings(settings={"rules": {"quantity": {"mode": "approval"}}}, by=INES, at=AT)
    order = place()
    change = want(order, ask_lines(TEA=1)(order))

    def decide(nth: int) -> str:
        if nth % 2:
            return outcome(shop, lambda: api.approve_change(change_id=change.id, by=INES, at=SOON))
        return outcome(shop, lambda: api.decline_change(change_id=change.id, by=INES, at=SOON))

    states = Counter(at_once(8, decide))
    assert states["Conflict"] == 7
    with pytest.raises(Conflict):
        api.withdraw_change(change_id=change.id, by=MAYA, at=SOON)
