"""A step that gives store credit: once per person and step, within its publisher's limits."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.actions import approvals
from doorstep.kernel.actors import Actor
from doorstep.rooms.customers import api as customers
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.actions.edit_journeys import NotPublishable
from doorstep.rooms.journeys.content.begun_with import cause_of
from doorstep.rooms.journeys.limits import costs_of
from doorstep.rooms.journeys.models import Enrollment, Passage
from doorstep.rooms.journeys.stepping.people import Person
from doorstep.rooms.journeys.stepping.steps import execute
from doorstep.rooms.journeys.tests.cast import (
    AT,
    DAY,
    INES,
    definition,
    let_in,
    live,
    people,
    run_until_idle,
)
from doorstep.rooms.stores import api as stores
from doorstep.rooms.wallet import api as wallet

pytestmark = pytest.mark.django_db

GIVE = {"amount": "5.00", "currency": "EUR", "words": "Sorry for the delay", "lasts_days": 30}
CREDIT = {"type": "action", "action": "wallet.reward_customer", "input": GIVE, "next": None}
SAM = Actor("user", "2", "Sam", role="support")
MIA = Actor("user", "3", "Mia", role="marketer")
MARCO = Actor("user", "4", "Marco", role="manager")


def credit_of(customer: Any) -> list[tuple[str, int]]:
    return [(one.currency, one.balance_minor) for one in wallet.own_balances(customer, at=AT)]


def test_everybody_gets_it_once(store: Any) -> None:
    version = live({"credit": CREDIT})
    crowd = people(5)
    gone = people(1)[0]
    let_in(version, [*crowd, gone])
    customers.erase_customer(customer_id=gone, by=INES, at=AT)
    run_until_idle(AT)
    assert [credit_of(one) for one in crowd] == [[("EUR", 500)]] * 5
    [balance] = wallet.own_balances(crowd[0], at=AT)
    assert balance.next_expiry_at == AT + 30 * DAY
    # The same step of the same way again, after a crash: nothing more.
    way = Enrollment.objects.get(customer_id=crowd[0])
    again = Person(way.id, crowd[0], None, 0, AT, "", False, 0, {}, "")
    execute(
        version.definition.steps["credit"], [again], version=version, zone=ZoneInfo("UTC"), at=AT
    )
    assert credit_of(crowd[0]) == [("EUR", 500)]
    assert Passage.objects.filter(step="credit", outcome="done").count() >= 5
    [line] = wallet.statement(crowd[0], "EUR").lines
    assert (line.cause, line.words) == (cause_of(way.id, 0), "Sorry for the delay")


def test_a_crowd_costs_as_many_queries_as_one(store: Any) -> None:
    from doorstep.rooms.wallet.actions.rewards import give_to_set

    counts = []
    for size in (2, 40):
        crowd = people(size)
        causes = [f"journey:{one}:0" for one in crowd]
        with CaptureQueriesContext(connection) as queries:
            give_to_set(ids=crowd, causes=causes, **GIVE, by=Actor.system("t"), at=AT)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def draft(steps: dict[str, Any]) -> tuple[Any, int]:
    journey = api.create_journey(name="A journey", by=INES, at=AT)
    revision = api.save_draft(
        journey_id=journey, definition=definition(steps), revision=1, by=INES, at=AT
    )
    return journey, revision


def publish(drafted: tuple[Any, int], by: Actor) -> None:
    api.publish_journey(journey_id=drafted[0], revision=drafted[1], by=by, at=AT)


def test_who_publishes_may_give_that_much(store: Any) -> None:
    approvals.set_limit(
        action="wallet.issue_credit", role="manager", currency="EUR", amount_minor=400,
        by=INES, at=AT,
    )  # fmt: skip
    drafted = draft({"credit": CREDIT})
    with pytest.raises(NotPublishable, match="role may not"):
        publish(drafted, MIA)
    with pytest.raises(NotPublishable, match="above your limit"):
        publish(drafted, MARCO)
    publish(drafted, INES)


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "0"}, {"amount": "5.001"}, {"amount": "x"}, {"currency": "euro"},
     {"currency": "QQQ"}, {"words": ""}, {"lasts_days": 0}],
)  # fmt: skip
def test_what_can_not_be_given_is_not_published(store: Any, wrong: dict[str, Any]) -> None:
    drafted = draft({"credit": {**CREDIT, "input": {**GIVE, **wrong}}})
    with pytest.raises(NotPublishable):
        publish(drafted, INES)


def test_what_it_costs(store: Any) -> None:
    version = live({"credit": CREDIT})
    costs = costs_of(version.definition, {"credit": {"done": 30}})
    assert costs == [{"step": "credit", "people": 30, "currency": "EUR", "amount_minor": 15_000}]


def test_the_prebuilt_one_gives_the_stores_own_money(store: Any) -> None:
    journey = api.create_journey(name="", template="late_credit", by=INES, at=AT)
    step = api.get_journey(journey).definition["steps"]["credit"]
    assert step["input"]["currency"] == stores.get_store().currency
