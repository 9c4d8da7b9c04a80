"""What messages and splits brought: counted once, credited to the last message, right after refunds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.events import lanes
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.audiences.tests.cast import incoming
from doorstep.rooms.customers import api as customers
from doorstep.rooms.customers.contracts import PersonClaim
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.contracts import MessageNumbers
from doorstep.rooms.journeys.models import Enrollment, MessageCredit, SplitOrder
from doorstep.rooms.journeys.rules.chance import choose_arm
from doorstep.rooms.journeys.tests.cast import (
    AT,
    DAY,
    INES,
    MESSAGE,
    WAIT,
    definition,
    let_in,
    live,
    run_until_idle,
)
from doorstep.rooms.messaging.actions.record_consent import record_consent
from doorstep.rooms.messaging.contracts import Channel, ConsentGrant, ConsentState, Purpose
from doorstep.rooms.messaging.models import DeliveryEvent, Message, MessageBatch
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import IncomingRefund

pytestmark = pytest.mark.django_db

SELLING = {
    "type": "message", "template": "win_back", "purpose": "marketing", "channel": "email",
    "next": None,
}  # fmt: skip
SPLIT = {
    "type": "split",
    "arms": [
        {"name": "A", "percent": 50, "next": "hello"},
        {"name": "B", "percent": 50, "next": None},
    ],
}


def known(*names: str) -> list[UUID]:
    """Return people who agreed to marketing by e-mail."""
    claims = [PersonClaim(email=f"{name}@example.com", name=name) for name in names]
    ids = customers.resolve_customers(claims, at=AT - DAY)
    record_consent(
        [
            ConsentGrant(one, Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "form", AT)
            for one in ids
        ],
        by=INES,
        at=AT - DAY,
    )
    return ids


def leaves(at: datetime, *, status: str = "sent") -> None:
    """Let everything that waits leave at a moment."""
    waiting = Message.objects.filter(status__in=["queued", "deferred"])
    waiting.update(status=status, sent_at=at, due_at=None)


def looked(message: Message, kind: str, at: datetime, **fields: Any) -> None:
    DeliveryEvent.objects.create(
        store_id=message.store_id, message=message, batch_id=message.batch_id, provider="doorstep",
        kind=kind, channel="email", dedupe_key=str(new_id()), occurred_at=at, received_at=at,
        **fields,
    )  # fmt: skip


def buys(name: str, nth: int, at: datetime, cents: int = 1000) -> UUID:
    lanes.ensure_cursors()
    [kept] = orders.record_orders(
        [incoming(name, nth, at=at, cents=cents)],
        sales_channel="shopify", connection_id=None, by=INES, at=at,
    )  # fmt: skip
    lanes.run_until_idle()
    return kept.order_id


def numbers(journey_id: UUID, step: str = "hello", **asked: Any) -> MessageNumbers:
    found = api.journey_results(journey_id, **asked)
    return next(one.numbers for one in found.steps if one.step == step)


def test_each_message_is_counted_once_and_machines_are_not(store: Any) -> None:
    version = live({"hello": SELLING})
    ids = known("maya", "jonas", "rose", "tom")
    customers.resolve_customers([PersonClaim(email="no@example.com", name="No")], at=AT)
    [no] = customers.resolve_customers([PersonClaim(email="no@example.com")], at=AT)
    let_in(version, [*ids, no])
    run_until_idle(AT)
    leaves(AT)
    mails = {m.customer_id: m for m in Message.objects.filter(status="sent")}
    maya, jonas, rose, _tom = (mails[one] for one in ids)
    for _ in range(3):
        looked(maya, "opened", AT + timedelta(hours=1))
    looked(maya, "clicked", AT + timedelta(hours=1))
    looked(jonas, "clicked", AT, by_machine=True, machine_reason="burst")
    looked(rose, "unsubscribed", AT + timedelta(hours=2))
    Message.objects.filter(id=rose.id).update(status="bounced")
    told = numbers(version.journey_id).messages
    assert (told.asked, told.sent, told.delivered, told.bounced) == (5, 4, 3, 1)
    assert (told.opened, told.clicked, told.unsubscribed) == (1, 1, 1)
    assert told.held_back == {"consent_missing": 1}


def test_what_a_stop_held_back_is_no_rule_of_the_gate(store: Any) -> None:
    version = live({"hello": SELLING})
    let_in(version, known("maya", "jonas"))
    run_until_idle(AT)
    MessageBatch.objects.update(stopped_at=AT, stopped_by="user:1")
    Message.objects.update(status="dropped", due_at=None, closed_at=AT + DAY, verdict=None)
    told = numbers(version.journey_id).messages
    assert (told.stopped, dict(told.held_back)) == (2, {})


def test_an_order_is_credited_to_the_last_message_that_sells(store: Any) -> None:
    first, second = live({"hello": SELLING}), live({"hello": SELLING})
    thanks = live({"hello": MESSAGE})
    [maya] = known("maya")
    for nth, version in enumerate((first, second, thanks)):
        let_in(version, [maya], at=AT + nth * DAY)
        run_until_idle(AT + nth * DAY)
        leaves(AT + nth * DAY)
    mail = Message.objects.filter(batch__key__contains=str(second.id)).get()
    looked(mail, "clicked", AT + 2 * DAY)
    bought = buys("maya", 1, AT + 4 * DAY)
    assert MessageCredit.objects.get().message_id == mail.id
    won = numbers(second.journey_id)
    assert (won.orders, won.orders_after_click, won.revenue_minor) == (1, 1, {"EUR": 1000})
    assert numbers(first.journey_id).orders == 0
    assert not numbers(thanks.journey_id).counts_orders
    # three days after it: the shorter window does not see it
    assert numbers(second.journey_id, days=1).orders == 0
    with pytest.raises(Invalid, match="within 1, 3, 5"):
        api.journey_results(second.journey_id, days=2)
    orders.record_refunds(
        [IncomingRefund("r1", "order-1", "EUR", 300, AT + 5 * DAY)],
        sales_channel="shopify", by=INES, at=AT + 5 * DAY,
    )  # fmt: skip
    assert numbers(second.journey_id).revenue_minor == {"EUR": 700}
    orders.cancel_from_platform(
        sales_channel="shopify", external_id="order-1", reason="", by=INES, at=AT + 6 * DAY
    )
    assert numbers(second.journey_id).orders == 0
    assert bought == MessageCredit.objects.get().order_id


def test_what_came_back_or_is_too_old_gets_no_credit(store: Any) -> None:
    version = live({"hello": SELLING})
    let_in(version, known("maya", "jonas"))
    run_until_idle(AT)
    leaves(AT)
    Message.objects.filter(to_address="maya@example.com").update(status="bounced")
    buys("maya", 1, AT + DAY)
    buys("jonas", 2, AT + 31 * DAY)
    buys("jonas", 3, AT - DAY)  # before it was sent
    assert not MessageCredit.objects.exists()


def test_the_same_queries_for_many_steps_as_for_one(store: Any) -> None:
    ids = known("maya", "jonas")
    counts = []
    for many in (1, 12):
        steps: dict[str, Any] = {f"m{n}": {**SELLING, "next": f"w{n}"} for n in range(many)}
        steps |= {f"w{n}": {**WAIT, "next": f"m{n + 1}" if n + 1 < many else "ab"}
                  for n in range(many)}  # fmt: skip
        steps["ab"] = {**SPLIT, "arms": [{**arm, "next": None} for arm in SPLIT["arms"]]}  # type: ignore[attr-defined]
        version = live(steps, goal={"event": "orders.order_placed"})
        let_in(version, ids, key=str(many))
        for day in range(0, 50, 3):
            run_until_idle(AT + day * DAY)
            leaves(AT + day * DAY)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found = api.journey_results(version.journey_id)
        assert len(found.steps) == many
        assert found.total.messages.sent == 2 * many
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 11


def test_the_ways_of_a_split_by_all_that_their_people_order(store: Any) -> None:
    version = live({"ab": SPLIT, "hello": SELLING})
    names = [f"shopper{n}" for n in range(12)]
    ids = known(*names)
    let_in(version, ids)
    run_until_idle(AT)
    arms = ["AB"[choose_arm(version.journey_id, "ab", one, [50, 50])] for one in ids]
    assert set(arms) == {"A", "B"}
    sends, silent = arms.index("A"), arms.index("B")
    buys(names[sends], 1, AT + DAY, cents=2000)
    buys(names[silent], 2, AT + 2 * DAY)
    buys(names[silent], 3, AT + 3 * DAY)  # the same person again
    buys(names[silent], 4, AT + 20 * DAY)  # too late for seven days
    [split] = api.journey_results(version.journey_id).splits
    a, b = split.arms
    assert (a.people, b.people) == (arms.count("A"), arms.count("B"))
    assert (a.reached, a.orders, a.revenue_minor) == (1, 1, {"EUR": 2000})
    assert (b.reached, b.orders, b.revenue_minor) == (1, 2, {"EUR": 2000})
    assert (split.by_goal, split.comparison.verdict) == (False, "few")
    [split] = api.journey_results(version.journey_id, days=30).splits
    assert split.arms[1].orders == 3


def test_the_goal_counts_for_the_way_that_was_gone_before_it(store: Any) -> None:
    goal = {"event": "orders.order_placed", "exits": False}
    version = live({"w": {**WAIT, "next": "ab"}, "ab": SPLIT, "hello": SELLING}, goal=goal)
    early, late = known("maya", "jonas")
    let_in(version, [early, late])
    Enrollment.objects.filter(customer_id=early).update(goal_at=AT + DAY)
    run_until_idle(AT + 3 * DAY)
    Enrollment.objects.filter(customer_id=late).update(goal_at=AT + 4 * DAY)
    [split] = api.journey_results(version.journey_id).splits
    assert split.by_goal
    assert sum(arm.people for arm in split.arms) == 2
    assert sum(arm.reached for arm in split.arms) == 1


def test_keeping_the_winner_publishes_and_keeps_the_draft(store: Any) -> None:
    version = live({"w": {**WAIT, "next": "ab"}, "ab": SPLIT, "hello": SELLING})
    journey_id = version.journey_id
    let_in(version, known("maya", "jonas", "rose", "tom"))
    draft = definition({"w": {**WAIT, "next": "ab"}, "ab": SPLIT, "hello": SELLING, "x": WAIT})
    revision = api.get_journey(journey_id).revision
    api.save_draft(journey_id=journey_id, definition=draft, revision=revision, by=INES, at=AT)
    keep = {"journey_id": journey_id, "step": "ab", "by": INES, "at": AT + DAY}
    with pytest.raises(NotFound, match="no such way"):
        api.keep_winner(arm="C", **keep)
    made = api.keep_winner(arm="B", people="move", **keep)
    assert (made.number, made.note) == (2, "Kept the way “B”")
    with pytest.raises(Conflict, match="already"):
        api.keep_winner(arm="B", **keep)
    view = api.get_journey(journey_id)
    percents = [arm["percent"] for arm in (view.live_definition or {})["steps"]["ab"]["arms"]]
    kept = [arm["percent"] for arm in view.definition["steps"]["ab"]["arms"]]
    assert percents == kept == [0, 100]
    assert "x" in view.definition["steps"]
    run_until_idle(AT + 3 * DAY)
    assert not Message.objects.exists()  # all four went the way that sends nothing
    # the comparison stays the one of the version that compared
    [split] = api.journey_results(journey_id).splits
    assert [(arm.name, arm.people, arm.percent) for arm in split.arms] == [("A", 0, 0), ("B", 0, 100)]  # fmt: skip


def test_who_is_moved_after_the_split_still_counts_for_their_way(store: Any) -> None:
    tail = {"ab": {**SPLIT, "arms": [{**arm, "next": "w"} for arm in SPLIT["arms"]]}, "w": WAIT}  # type: ignore[attr-defined]
    version = live(tail)
    let_in(version, known("maya", "jonas"))
    run_until_idle(AT)
    api.keep_winner(
        journey_id=version.journey_id, step="ab", arm="A", people="move", by=INES, at=AT + DAY
    )
    buys("maya", 1, AT + 2 * DAY)
    [split] = api.journey_results(version.journey_id).splits
    assert sum(arm.people for arm in split.arms) == 2
    assert sum(arm.reached for arm in split.arms) == 1


def test_another_shop_sees_nothing_of_it(store: Any, other_store: Any) -> None:
    from doorstep.kernel.tenancy import store_scope

    version = live({"ab": SPLIT, "hello": SELLING})
    let_in(version, known("maya"))
    run_until_idle(AT)
    leaves(AT)
    buys("maya", 1, AT + DAY)
    assert SplitOrder.objects.get().store_id == current_store_id()
    with store_scope(other_store.id), pytest.raises(NotFound):
        api.journey_results(version.journey_id)
