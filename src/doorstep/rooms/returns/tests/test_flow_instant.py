"""Exchanges that go out before the old thing is back, and those that cost more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps

from doorstep.kernel.actors import Actor
from doorstep.rooms.billing import api as billing
from doorstep.rooms.catalog import api as catalog
from doorstep.rooms.orders import api as orders
from doorstep.rooms.payments import api as payments
from doorstep.rooms.payments.tests.vendor import vendor
from doorstep.rooms.returns import api
from doorstep.rooms.returns.contracts import AskedLine, Disposition, Outcome, ReturnState
from doorstep.rooms.returns.flow.swapping import mark_paid
from doorstep.rooms.returns.flow.waiting import look_at_due
from doorstep.rooms.returns.handlers import _secure
from doorstep.rooms.returns.models import NewThing
from doorstep.rooms.returns.tests.flow_cast import (
    AT,
    INES,
    REASON,
    asked,
    bought,
    inspected,
    received,
    set_offers,
    stocked,
)
from doorstep.rooms.returns.tests.policy_cast import lines_of


def charges():
    return apps.get_model("payments", "Charge").objects


@pytest.fixture
def shop():
    with vendor() as one:
        yield one


def exchanged(order_id, variant_id, **more):
    line = AskedLine(
        lines_of(order_id)[0].id,
        2,
        REASON,
        Outcome.EXCHANGE,
        exchange_variant_id=variant_id,
        exchange_quantity=2,
    )
    return asked(order_id, line, **more)


def held(view, at=AT):
    """Let the shopper's card be held for the instant exchange, as the vendor reports it."""
    [thing] = view.new_things
    charge = charges().create(
        store_id=NewThing.objects.get().store_id,
        subject=f"order:{thing.order_id}",
        cause=f"return:{view.summary.id}:deposit",
        key=str(thing.order_id),
        provider="test",
        external_id="pi_1",
        currency="EUR",
        amount_minor=thing.deposit_minor,
        captured_minor=0,
        state="authorized",
        charged_at=at,
    )
    _secure(list(NewThing.objects.all()), charge.id, at)
    mark_paid(thing.order_id, by=Actor.system("test"), at=at + timedelta(seconds=1))
    return charge


def test_an_instant_exchange_ships_when_the_price_is_held(store, shop):
    ids = stocked(K_1=5, K_2=5)
    set_offers(Outcome.REFUND, Outcome.EXCHANGE, instant_exchange=True)
    view = exchanged(bought(), ids["K-2"])
    [thing] = view.new_things
    assert thing.state == "awaiting_deposit"
    assert thing.deposit_minor == 4000
    assert orders.get_order(thing.order_id).summary.state == "on_hold"
    held(view)
    assert orders.get_order(thing.order_id).summary.state == "ready"
    view = inspected(received(view), disposition=Disposition.RESTOCK)
    assert view.summary.state is ReturnState.CLOSED
    assert view.new_things[0].deposit == "released"
    assert billing.get_money(thing.order_id).outstanding_minor == 0
    assert charges().get(external_id="pi_1").wish == "void"


def test_what_does_not_come_back_is_taken(store, shop):
    ids = stocked(K_1=5, K_2=5)
    set_offers(Outcome.REFUND, Outcome.EXCHANGE, instant_exchange=True)
    view = exchanged(bought(), ids["K-2"])
    held(view)
    look_at_due(AT + timedelta(days=3))
    look_at_due(AT + timedelta(days=7))
    view = api.get_return(view.summary.id, at=AT)
    assert view.summary.state is ReturnState.EXPIRED
    assert view.new_things[0].deposit == "captured"
    charge = charges().get(external_id="pi_1")
    assert (charge.wish, charge.wish_minor) == ("capture", 4000)


def test_one_that_costs_more_waits_for_the_rest(store, shop):
    ids = stocked(K_1=5, K_2=5)
    for sku, price in (("K-1", 2000), ("K-2", 2600)):
        catalog.set_price(variant_id=ids[sku], currency="EUR", amount_minor=price, by=INES, at=AT)
    order_id = bought()
    view = exchanged(order_id, ids["K-2"])
    view = inspected(received(view), disposition=Disposition.RESTOCK)
    [thing] = view.new_things
    assert thing.state == "awaiting_payment"
    assert thing.pay_url
    money = billing.get_money(thing.order_id)
    assert (money.total_minor, money.outstanding_minor) == (5200, 1200)
    assert orders.get_order(thing.order_id).summary.state == "on_hold"
    assert view.summary.state is ReturnState.APPROVED
    [link] = payments.list_links([f"order:{thing.order_id}"])[f"order:{thing.order_id}"]
    assert link.amount_minor == 1200


def test_one_that_costs_less_gives_the_rest_back(store):
    ids = stocked(K_1=5, K_2=5)
    for sku, price in (("K-1", 2000), ("K-2", 1500)):
        catalog.set_price(variant_id=ids[sku], currency="EUR", amount_minor=price, by=INES, at=AT)
    order_id = bought()
    view = exchanged(order_id, ids["K-2"])
    view = inspected(received(view), disposition=Disposition.RESTOCK)
    [paid] = view.settlements
    assert (paid.amount_minor, paid.refund_minor) == (4000, 1000)
    assert billing.get_money(order_id).outstanding_minor == 0
    assert billing.get_money(view.new_things[0].order_id).outstanding_minor == 0
