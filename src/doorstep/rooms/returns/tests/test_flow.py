"""A return from the wish to the money."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import DomainError
from doorstep.rooms.billing import api as billing
from doorstep.rooms.inventory import api as inventory
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    AskedLine,
    Disposition,
    MethodKind,
    Outcome,
    ReturnRequest,
    ReturnState,
)
from doorstep.rooms.returns.models import ReturnAuthorization, ReturnLine
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    MAYA,
    REASON,
    asked,
    bought,
    inspected,
    received,
    set_offers,
    stocked,
    wish,
)
from doorstep.rooms.returns.tests.policy_cast import lines_of


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


def test_the_same_form_twice_is_one_return(store):
    order_id = bought()
    request = wish(order_id, key="form-1")
    first = api.request_return(request=request, by=MAYA, at=AT)
    again = api.request_return(request=request, by=MAYA, at=AT)
    assert first.summary.id == again.summary.id
    assert ReturnAuthorization.objects.count() == 1


def of(order_id, quantity=1, reason=REASON, outcome=Outcome.REFUND, **more):
    """Return the first line of an order as it is asked for."""
    return AskedLine(lines_of(order_id)[0].id, quantity, reason, outcome, **more)


def test_bad_wishes_are_refused_with_their_field(store):
    order_id, other = bought(), bought(nth=2, email="jonas@example.com")
    first = lines_of(order_id)[0]

    def asking(*lines, **more):
        given = {"method": MethodKind.QR_DROP_OFF, "key": "k"} | more
        with pytest.raises(DomainError) as caught:
            request = ReturnRequest(order_id=order_id, lines=lines, **given)
            api.request_return(request=request, by=MAYA, at=AT)
        assert not ReturnAuthorization.objects.exists()
        return caught.value

    assert asking(of(order_id, 3)).field == "lines.0.quantity"
    assert asking(of(order_id, 2), of(order_id, 1)).field == "lines.1.quantity"
    assert asking(of(other)).field == "lines.0.line_id"
    assert asking(of(order_id, outcome=Outcome.REPAIR)).field == "lines.0.outcome"
    assert asking(of(order_id, reason="because")).field == "lines.0.reason_code"
    assert asking(of(order_id, reason="broken")).field == "lines.0.photo_ids"
    assert asking(of(order_id, 0)).field == "lines.0.quantity"
    assert asking().field == "lines"
    assert asking(of(order_id), key="").field == "key"
    assert asking(of(order_id), method="pick_up_by_drone").field == "method"
    assert asking(of(order_id), for_recipient=True).field == "for_recipient"
    assert first.quantity == 2


def test_several_returns_never_exceed_what_was_bought(store):
    order_id = bought()
    asked(order_id, of(order_id, 1))
    asked(order_id, of(order_id, 1))
    with pytest.raises(DomainError) as caught:
        asked(order_id, of(order_id, 1))
    assert caught.value.code == "already_returned"


def test_partial_acceptance_pays_part_and_frees_the_rest(store):
    order_id = bought()
    view = inspected(received(asked(order_id)), refuse=1, disposition=Disposition.DONATE)
    assert view.summary.state is ReturnState.CLOSED
    assert [one.amount_minor for one in view.settlements] == [2000]
    assert ReturnLine.objects.get().claimed == 1
    assert billing.get_money(order_id).pending_minor == 2000


def test_restocked_pieces_go_to_the_shelf_once(store):
    ids = stocked(K_1=5)
    order_id = bought()
    before = inventory.list_levels(ids["K-1"])[0].on_hand
    view = inspected(received(asked(order_id)), disposition=Disposition.RESTOCK)
    assert view.summary.state is ReturnState.CLOSED
    level = inventory.list_levels(ids["K-1"])[0]
    assert level.on_hand == before + 2
    moved = [
        one for one in inventory.list_movements(variant_id=ids["K-1"]) if one.reason == "returned"
    ]
    assert [one.delta for one in moved] == [1, 1]
    assert len({one.cause for one in moved}) == 2


def test_extra_and_unexpected_pieces_are_kept_apart(store):
    order_id = bought()
    view = asked(order_id, of(order_id, 1))
    view = received(view, "K-1", "K-1", "SOMETHING")
    origins = [one.origin for one in view.pieces]
    assert origins == ["expected", "extra", "unexpected"]
    with pytest.raises(DomainError):
        inspected(view)  # what belongs to no line can't be accepted
    assert all(one.inspected_at is None for one in api.get_return(view.summary.id, at=AT).pieces)


def test_an_exchange_makes_a_paid_order(store):
    ids = stocked(K_1=5, K_2=5)
    order_id = bought()
    line = of(order_id, 2, outcome=Outcome.EXCHANGE, exchange_variant_id=ids["K-2"])
    view = asked(order_id, line)
    [thing] = view.new_things
    assert thing.state == "reserved"
    view = inspected(received(view), disposition=Disposition.RESTOCK)
    [thing] = view.new_things
    assert thing.state == "ordered"
    new = orders.get_order(thing.order_id)
    assert new.summary.total_minor == 4000
    assert new.summary.state == "ready"
    assert billing.get_money(thing.order_id).outstanding_minor == 0
    assert billing.get_money(order_id).outstanding_minor == 0
    assert view.summary.state is ReturnState.CLOSED


def test_a_replacement_goes_out_at_no_price(store):
    ids = stocked(K_1=5)
    set_offers(Outcome.REFUND, Outcome.REPLACEMENT, Outcome.REPAIR)
    order_id = bought()
    view = asked(order_id, of(order_id, 1, outcome=Outcome.REPLACEMENT))
    view = inspected(received(view), disposition=Disposition.SCRAP)
    [thing] = view.new_things
    assert thing.state == "ordered"
    assert thing.variant_id == ids["K-1"]
    assert billing.get_money(thing.order_id).total_minor == 0
    assert billing.get_money(order_id).outstanding_minor == 0
    assert view.summary.state is ReturnState.CLOSED


def test_money_that_went_back_another_way_holds_nobody_up(store):
    from doorstep.rooms.billing.contracts import GiveBackLine
    from doorstep.rooms.returns.tests.flow_cast import INES, LATER

    order_id = bought()
    view = received(asked(order_id))
    line_id = lines_of(order_id)[0].id
    billing.refund(order_id=order_id, key="k", lines=[GiveBackLine(line_id, 1)], by=INES, at=LATER)
    view = inspected(view, disposition=Disposition.SCRAP)
    assert view.summary.state is ReturnState.CLOSED
    assert [one.amount_minor for one in view.settlements] == [2000]
    assert billing.get_money(order_id).pending_minor == 4000


def test_after_a_chargeback_nothing_moves_and_a_person_is_asked(store):
    from django.apps import apps

    from doorstep.rooms.returns.tests.flow_cast import LATER, SAM

    order_id = bought()
    billing.ensure_open(order_id, by=SAM, at=AT)
    view = received(asked(order_id))
    apps.get_model("payments", "Charge").objects.update(state="disputed")
    view = inspected(view, disposition=Disposition.SCRAP)
    assert view.summary.needs == "settle"
    assert not view.settlements
    assert "can't be refunded" in view.note
    with pytest.raises(DomainError):
        api.refund_now(return_id=view.summary.id, by=SAM, at=LATER)
    assert billing.get_money(order_id).pending_minor == 0


def test_asking_reads_the_order_once(store):
    asked(bought(nth=1))  # what is read once in a process is there
    wanted = wish(bought(nth=2))
    with CaptureQueriesContext(connection) as queries:
        api.request_return(request=wanted, by=MAYA, at=AT)
    assert len(queries) <= 46, [one["sql"][:100] for one in queries]
