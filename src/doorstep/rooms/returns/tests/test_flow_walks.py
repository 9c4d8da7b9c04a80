"""Whatever is done in whatever order: pieces and money stay within what was bought and paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kernel.errors import DomainError
from doorstep.rooms.billing import api as billing
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    Finding,
    Mismatch,
    Outcome,
    PieceCondition,
    ReceivedItem,
    ReturnState,
)
from doorstep.rooms.returns.models import ReturnAuthorization, ReturnLine, ReturnSettlement
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    LATER,
    MAYA,
    REASON,
    SAM,
    WANDA,
    bought,
    set_offers,
    stocked,
    wish,
)
from doorstep.rooms.returns.tests.policy_cast import line, lines_of

BOUGHT = {"K-1": (3, 1999), "K-2": (2, 1)}
OPS = ("ask", "cancel", "receive", "inspect", "now", "refund")
STEP = st.tuples(st.sampled_from(OPS), st.integers(0, 5), st.integers(1, 3), st.booleans())


class _Undo(Exception):
    """Leaves one walk's rows behind."""


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(walk=st.lists(STEP, min_size=1, max_size=8))
def test_no_walk_takes_or_pays_too_much(store, walk):
    try:
        with transaction.atomic():
            _walk(walk)
            raise _Undo
    except _Undo:
        pass


def _walk(walk):
    stocked(K_1=9, K_2=9)
    set_offers(Outcome.REFUND, Outcome.STORE_CREDIT, Outcome.EXCHANGE, Outcome.REPLACEMENT)
    lines = [line(n, price=p, quantity=q, sku=s) for n, (s, (q, p)) in enumerate(BOUGHT.items(), 1)]
    order_id = bought(*lines)
    paid = billing.get_money(order_id).paid_minor
    for op, which, pieces, flag in walk:
        try:
            with transaction.atomic():
                _DO[op](order_id, which, pieces, flag)
        except DomainError:
            pass  # an honest refusal; what it left behind is judged below
        _judge(order_id, paid)


def _judge(order_id, paid):
    for sold in lines_of(order_id):
        mine = ReturnLine.objects.filter(order_line=sold.id)
        assert sum(one.claimed for one in mine) <= sold.quantity
        assert all(one.settled <= one.claimed for one in mine)
    money = billing.get_money(order_id)
    assert sum(entry.amount_minor for b in money.bookings for entry in b.entries) == 0
    gone = money.refunded_minor + money.pending_minor + money.credited_minor
    moved = sum(
        -entry.amount_minor
        for booking in money.bookings
        for entry in booking.entries
        if entry.account == "transfer"
    )
    assert 0 <= gone + moved <= paid
    assert money.outstanding_minor == 0
    settled = ReturnSettlement.objects.values_list("cause", flat=True)
    assert len(settled) == len(set(settled))
    for row in ReturnAuthorization.objects.filter(state=ReturnState.CLOSED):
        assert all(x.claimed == x.settled for x in ReturnLine.objects.filter(authorization=row))


def _some(which):
    ids = list(ReturnAuthorization.objects.order_by("number").values_list("id", flat=True))
    return api.get_return(ids[which % len(ids)], at=LATER) if ids else None


def _ask(order_id, which, pieces, flag):
    sold = lines_of(order_id)[which % 2]
    outcomes = [Outcome.REFUND, Outcome.STORE_CREDIT, Outcome.REPLACEMENT]
    asked = AskedLine(sold.id, pieces, REASON, outcomes[which % 3])
    api.request_return(request=wish(order_id, asked), by=MAYA, at=AT)


def _cancel(order_id, which, pieces, flag):
    if view := _some(which):
        api.cancel_return(return_id=view.summary.id, by=MAYA, at=LATER)


def _receive(order_id, which, pieces, flag):
    if view := _some(which):
        code = view.lines[0].sku if flag else str(view.lines[0].id)
        api.record_reception(
            return_id=view.summary.id,
            items=[ReceivedItem(code, pieces)],
            key=str(uuid4()),
            is_final=flag,
            by=WANDA,
            at=LATER,
        )


def _inspect(order_id, which, pieces, flag):
    if view := _some(which):
        waiting = [one for one in view.pieces if one.inspected_at is None][:pieces]
        api.inspect_return(
            return_id=view.summary.id,
            findings=[
                Finding(
                    one.id,
                    PieceCondition.AS_NEW,
                    flag,
                    Mismatch.NONE if flag else Mismatch.USED,
                    disposition=Disposition.RESTOCK if flag else Disposition.BACK_TO_SHOPPER,
                )
                for one in waiting
            ],
            by=WANDA,
            at=LATER,
        )


def _now(order_id, which, pieces, flag):
    if view := _some(which):
        api.refund_now(return_id=view.summary.id, by=SAM, at=LATER)


def _refund(order_id, which, pieces, flag):
    from doorstep.rooms.billing.contracts import GiveBackLine

    sold = lines_of(order_id)[which % 2]
    lines = [GiveBackLine(sold.id, pieces)]
    billing.refund(order_id=order_id, key=str(uuid4()), lines=lines, by=SAM, at=LATER)


_DO: dict[str, Callable[[Any, int, int, bool], None]] = {
    "ask": _ask,
    "cancel": _cancel,
    "receive": _receive,
    "inspect": _inspect,
    "now": _now,
    "refund": _refund,
}
