"""Parcels that do not come: ours on the way out within a budget, theirs on the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import transaction

from doorstep.kernel.errors import Conflict, DomainError
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBackLine
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders import api as orders
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import (
    Disposition,
    MakeGoodRemedy,
    MakeGoodRule,
    MakeGoodState,
    Outcome,
    RefundTrigger,
    ReturnState,
    ReturnView,
)
from doorstep.rooms.returns.flow.making_good import Trouble, look_at_due_make_goods, propose
from doorstep.rooms.returns.flow.waiting import look_at_due
from doorstep.rooms.returns.models import MakeGood
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    LATER,
    SAM,
    WANDA,
    asked,
    bought,
    inspected,
    received,
    run_events,
    set_offers,
    stocked,
)
from doorstep.rooms.returns.tests.policy_cast import INES, line, lines_of
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import TrackingStatus

pytestmark = pytest.mark.django_db


def rule(remedy: MakeGoodRemedy = MakeGoodRemedy.CREDIT, **more: Any) -> None:
    """Say what is done for a lost parcel: all of it, up to 50 euros, 50 a month."""
    given = {"percent": 100, "auto_below_minor": 5000, "budget_minor": 5000, "is_active": True}
    wanted = MakeGoodRule("lost", remedy, **given | more)
    api.set_make_good_rule(rule=wanted, by=INES, at=AT)


def lose(order_id: UUID) -> Trouble:
    """Let the parcel of an order be lost."""
    [parcel] = tracking.list_progress([order_id])[order_id]
    apps.get_model("tracking", "Tracker").objects.filter(id=parcel.tracker_id).update(
        status="in_transit", delivered_at=None, is_open=True, lost_since=AT
    )
    return Trouble(parcel.tracker_id, order_id, parcel.parcel_id, "lost")


def kettle(nth: int = 1, price: int = 2000) -> UUID:
    """A kettle for 20 euros, on its way."""
    found = stocked(K_1=50) if nth == 1 else {}
    variant = found.get("K-1") or _variant()
    return bought(line(price=price, sku="K-1", variant_id=variant), nth=nth)


def _variant() -> UUID:
    return catalog.find_variants_by_sku(["K-1"])["K-1"]


def only(order_id: UUID) -> Any:
    [found] = api.list_make_goods_of([order_id])
    return found


# -- ours, within a budget -----------------------------------------------------------------------


def test_the_budget_is_the_months_in_which_it_is_spent(store):
    rule(after_days=10)
    late = datetime(2026, 4, 28, 12, 0, tzinfo=UTC)  # settled on 8 May
    early = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)  # settled on 12 April
    may, april, june = (kettle(nth) for nth in (1, 2, 3))
    for order_id, at in ((may, late), (april, early)):
        propose([lose(order_id)], by=INES, at=at)
        look_at_due_make_goods(at + timedelta(days=10))
    assert only(may).state == only(april).state == MakeGoodState.MADE
    assert api.budget_spent(at=early) == {"lost": 2000}
    assert api.budget_spent(at=late + timedelta(days=10)) == {"lost": 2000}
    rule(after_days=10, budget_minor=3900)
    propose([lose(june)], by=INES, at=late)  # of April, but spent in May
    look_at_due_make_goods(late + timedelta(days=10))
    assert only(june).state == MakeGoodState.PROPOSED
    assert "budget" in only(june).words


def test_a_rule_gives_by_itself_up_to_its_limit(store):
    rule(auto_below_minor=1999)
    order_id = kettle()
    propose([lose(order_id)], by=INES, at=AT)
    found = only(order_id)
    assert (found.state, found.amount_minor) == (MakeGoodState.PROPOSED, 2000)
    assert "worth more" in found.words
    assert billing.get_money(order_id).credited_minor == 0
    api.decide_make_good(make_good_id=found.id, is_approved=False, reason="No", by=SAM, at=AT)
    assert only(order_id).state == MakeGoodState.DECLINED
    with pytest.raises(Conflict):
        api.decide_make_good(make_good_id=found.id, is_approved=True, by=SAM, at=AT)


def test_a_lost_parcel_is_sent_again_from_the_same_stock(store):
    rule(MakeGoodRemedy.RESHIP)
    order_id = kettle()
    propose([lose(order_id)], by=INES, at=AT)
    found = only(order_id)
    assert found.state == MakeGoodState.MADE
    again = orders.get_order(found.new_order_id)
    assert (again.summary.total_minor, again.summary.state) == (0, "ready")
    assert billing.get_money(order_id).pending_minor == 0


def test_what_was_paid_back_is_neither_sent_again_nor_paid_twice(store):
    order_id = kettle()
    trouble = lose(order_id)
    lines = [GiveBackLine(lines_of(order_id)[0].id, 1)]
    billing.refund(order_id=order_id, key="by hand", lines=lines, by=SAM, at=AT)
    for remedy in MakeGoodRemedy:
        rule(remedy)
        assert propose([trouble], by=INES, at=AT) == 0
    assert not MakeGood.objects.exists()
    assert billing.get_money(order_id).pending_minor == 2000


def test_a_free_replacement_that_is_lost_is_sent_again(store):
    rule(MakeGoodRemedy.RESHIP)
    order_id = kettle(price=0)
    propose([lose(order_id)], by=INES, at=AT)
    assert only(order_id).state == MakeGoodState.MADE


def test_sold_out_is_left_to_a_person(store):
    rule(MakeGoodRemedy.RESHIP)
    ids = stocked(K_1=0)
    order_id = bought(line(sku="K-1", variant_id=ids["K-1"]))
    propose([lose(order_id)], by=INES, at=AT)
    found = only(order_id)
    assert found.state == MakeGoodState.PROPOSED
    assert "sold out" in found.words
    done = api.decide_make_good(
        make_good_id=found.id, is_approved=True, remedy=MakeGoodRemedy.REFUND, by=SAM, at=AT
    )
    assert done.state == MakeGoodState.MADE
    assert billing.get_money(order_id).pending_minor == 2000


def test_another_currency_has_no_part_in_the_budget(store):
    rule()
    stocked(K_1=50)
    order_id = bought(line(price=2000), currency="USD")
    propose([lose(order_id)], by=INES, at=AT)
    assert "another currency" in only(order_id).words
    api.decide_make_good(make_good_id=only(order_id).id, is_approved=True, by=INES, at=AT)
    two, three = kettle(2), kettle(3)
    propose([lose(two), lose(three)], by=INES, at=AT)
    assert only(two).state == only(three).state == MakeGoodState.MADE


@pytest.mark.django_db(transaction=True)
def test_parcels_lost_at_one_moment_share_one_budget(store):
    rule(budget_minor=5000)
    troubles = [lose(kettle(nth)) for nth in range(1, 7)]

    def settle(nth: int) -> None:
        with store_scope(store.id), transaction.atomic():
            propose([troubles[nth]], by=INES, at=AT)

    at_once(len(troubles), settle)
    made = MakeGood.objects.filter(state=MakeGoodState.MADE)
    assert sum(one.budget_minor for one in made) == 4000
    assert MakeGood.objects.filter(state=MakeGoodState.PROPOSED).count() == 4


# -- theirs, on the way back ---------------------------------------------------------------------


def scanned(view: ReturnView, status: TrackingStatus = TrackingStatus.IN_TRANSIT) -> ReturnView:
    return api.record_return_scan(
        return_id=view.summary.id, status=status, occurred_at=AT, by=WANDA, at=LATER
    )


def missing(view: ReturnView) -> ReturnView:
    """Let two weeks go by after its first scan."""
    assert look_at_due(LATER + timedelta(days=13)) == 0
    look_at_due(LATER + timedelta(days=15))
    found = api.get_return(view.summary.id, at=LATER)
    assert found.summary.needs == "find"
    return found


def test_a_parcel_that_never_comes_is_said_so_once(store):
    view = missing(scanned(asked(bought())))
    run_events()
    look_at_due(LATER + timedelta(days=40))
    run_events()
    kinds = list(apps.get_model("messaging", "Message").objects.values_list("kind", flat=True))
    assert kinds.count("return_missing") == 1
    assert api.get_return(view.summary.id, at=LATER).summary.state is ReturnState.APPROVED


def test_one_that_the_carrier_says_it_delivered_is_missing_too(store):
    missing(scanned(asked(bought()), TrackingStatus.DELIVERED))


def test_waiting_longer_asks_again(store):
    view = missing(scanned(asked(bought())))
    at = LATER + timedelta(days=15)
    api.resolve_missing(return_id=view.summary.id, outcome="wait", by=SAM, at=at)
    assert api.get_return(view.summary.id, at=at).summary.needs != "find"
    look_at_due(at + timedelta(days=15))
    assert api.get_return(view.summary.id, at=at).summary.needs == "find"


def test_ending_it_pays_nothing_and_it_lives_again_when_it_comes(store):
    order_id = bought()
    view = missing(scanned(asked(order_id)))
    view = api.resolve_missing(return_id=view.summary.id, outcome="end", by=SAM, at=LATER)
    assert view.summary.state is ReturnState.EXPIRED
    assert billing.get_money(order_id).pending_minor == 0
    view = inspected(received(view), disposition=Disposition.DONATE)
    assert view.summary.state is ReturnState.CLOSED
    assert billing.get_money(order_id).pending_minor == 4000


def test_one_paid_at_the_scan_is_not_paid_again_when_it_is_given_up(store):
    set_offers(Outcome.REFUND, trigger=RefundTrigger.CARRIER_SCAN)
    order_id = bought()
    view = missing(scanned(asked(order_id)))
    assert [one.amount_minor for one in view.settlements] == [4000]
    view = api.resolve_missing(return_id=view.summary.id, outcome="refund", by=SAM, at=LATER)
    assert view.summary.state is ReturnState.CLOSED
    assert len(view.settlements) == 1
    assert billing.get_money(order_id).pending_minor == 4000


def test_what_arrived_is_not_missing(store):
    view = received(scanned(asked(bought())), is_final=False)
    for outcome in ("wait", "end"):
        with pytest.raises(DomainError):
            api.resolve_missing(return_id=view.summary.id, outcome=outcome, by=SAM, at=LATER)
    look_at_due(LATER + timedelta(days=60))
    assert api.get_return(view.summary.id, at=LATER).summary.needs == "inspect"
