"""A policy tried on past orders: what it would have taken back, and at what cost."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Conflict, NotFound
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.billing import api as billing
from doorstep.rooms.billing.contracts import GiveBack, GiveBackLine
from doorstep.rooms.orders import api as orders
from doorstep.rooms.orders.contracts import (
    FinancialStatus,
    IncomingLine,
    IncomingRefund,
    IncomingRefundLine,
    LineAmounts,
    OrderTotals,
)
from doorstep.rooms.returns import api
from doorstep.rooms.returns.policy.replay import running
from doorstep.rooms.returns.tests.policy_cast import (
    AT,
    DELIVERED,
    INES,
    ORDERED,
    SHOP,
    deliver,
    line,
    lines_of,
    place,
)
from doorstep.rooms.stores.contracts import StoreInfo

pytestmark = pytest.mark.django_db
SINCE, UNTIL = ORDERED - timedelta(days=30), AT


def begin(base: dict[str, Any], *, at: datetime = AT, **more: Any) -> UUID:
    """Begin a replay of a draft whose base differs so."""
    api.list_versions(at=at)
    draft = api.find_draft() or api.begin_policy(by=INES, at=at)
    whole = api.get_version(draft.id).base.model_dump(mode="json")
    api.change_policy_base(base=whole | base, by=INES, at=at)
    return api.begin_replay(version_id=draft.id, since=SINCE, until=UNTIL, by=INES, at=at, **more)


def work_off(at: datetime = AT) -> None:
    """Do what a worker does until nothing is left."""
    while running.do_set(at=at):
        pass


def give_back(external_id: str, quantity: int, minor: int) -> None:
    """Let the platform report money given back for pieces of the first line."""
    orders.record_refunds(
        [
            IncomingRefund(
                order_external_id=external_id,
                external_id="r1",
                currency="EUR",
                amount_minor=minor,
                refunded_at=DELIVERED + timedelta(days=20),
                lines=(IncomingRefundLine("l1", quantity, minor, 0),),
            )
        ],
        sales_channel="shopify",
        by=SHOP,
        at=DELIVERED + timedelta(days=20),
    )


def test_what_nobody_paid_for_was_not_sold(store: StoreInfo) -> None:
    for nth, status in enumerate(("paid", "pending", "voided"), start=1):
        deliver(place(nth=nth, financial_status=FinancialStatus(status)))
    replay_id = begin({})
    work_off()
    totals = api.get_replay(replay_id).totals
    assert totals["unpaid"] == 2
    assert totals["assumed"]["new"]["lines"] == 1


def test_a_shorter_window_refuses_what_is_asked_late(store: StoreInfo) -> None:
    for nth in range(1, 4):
        deliver(place(line(1, price=2000), line(2, price=3000), nth=nth))
    replay_id = begin(
        {"window": {"days": 10, "start": "delivery"}}, ask_after_days=14, label_cost_minor=450
    )
    work_off()
    found = api.get_replay(replay_id)
    assert found.state == "done"
    assert (found.orders_done, found.orders_total, found.percent) == (3, 3, 100)
    sides = found.totals["assumed"]
    assert sides["new"]["refused"] == 6
    assert sides["new"]["codes"] == {"window_over": 6}
    assert sides["current"]["accepted"] == 6
    assert sides["current"]["labels"] == 3  # one an order
    assert sides["current"]["money"]["EUR"] == {
        "refunded_minor": 15_000,
        "label_costs_minor": 1_350,
    }
    assert sides["newly_refused"] == 6
    text = b"".join(api.download(replay_id)).decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 6
    assert {row["new_answer"] for row in rows} == {"window_over"}


def test_fees_and_what_may_be_kept(store: StoreInfo) -> None:
    deliver(place(line(1, price=999), line(2, price=5000)))
    replay_id = begin(
        {
            "keep_below_minor": 1000,
            "offers": [{"outcome": "refund", "fee_percent": 10}],
            "label": {"payer": "shopper", "fee_minor": 300},
        }
    )
    work_off()
    money = api.get_replay(replay_id).totals["assumed"]["new"]["money"]["EUR"]
    assert money["fees_minor"] == 100 + 500  # halves up, as returns are settled
    assert money["kept_minor"] == 999
    assert money["label_fees_minor"] == 300
    assert money["refunded_minor"] == (999 - 100) + (5000 - 500) - 300


def test_what_was_really_returned_is_asked_about_then(store: StoreInfo) -> None:
    deliver(place(line(1, price=2000, quantity=2)))
    give_back("order-1", 1, 2000)
    replay_id = begin({"window": {"days": 10, "start": "delivery"}}, ask_after_days=1)
    work_off()
    totals = api.get_replay(replay_id).totals
    assert totals["real"] == {"lines": 1, "money": {"EUR": {"refunded_minor": 2000}}}
    assert totals["returned"]["new"]["refused"] == 1  # 20 days after delivery
    assert totals["returned"]["current"]["money"]["EUR"]["refunded_minor"] == 2000  # one piece


def test_sets_add_up_to_the_same(store: StoreInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    for nth in range(1, 6):
        deliver(place(nth=nth, ordered=ORDERED + timedelta(minutes=nth % 2)))
    whole = begin({})
    work_off()
    monkeypatch.setattr(running, "SET", 2)
    parts = begin({})
    work_off()
    assert api.get_replay(parts).totals == api.get_replay(whole).totals
    assert sorted(b"".join(api.download(parts)).splitlines()) == sorted(
        b"".join(api.download(whole)).splitlines()
    )


def test_a_canceled_replay_stops_between_sets(
    store: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SET", 1)
    for nth in range(1, 4):
        deliver(place(nth=nth))
    replay_id = begin({})
    assert running.do_set(at=AT) == 1
    api.cancel_replay(replay_id=replay_id, by=INES, at=AT)
    assert running.do_set(at=AT) == 0
    found = api.get_replay(replay_id)
    assert (found.state, found.orders_done) == ("canceled", 1)


def test_a_replay_keeps_the_draft_as_it_was(store: StoreInfo) -> None:
    deliver(place())
    replay_id = begin({"final_sale": True})
    begin({"final_sale": False})
    work_off()
    assert api.get_replay(replay_id).totals["assumed"]["new"]["refused"] == 1


def test_limits_and_other_stores(store: StoreInfo, other_store: StoreInfo) -> None:
    first = begin({})
    begin({})
    begin({})
    with pytest.raises(Conflict):
        begin({})
    with store_scope(other_store.id):
        with pytest.raises(NotFound):
            api.get_replay(first)
        with pytest.raises(NotFound):
            api.download(first)


@pytest.mark.usefixtures("store")
def test_a_formula_in_a_title_stays_text() -> None:
    deliver(place(line(1, title="=HYPERLINK(1)")))
    replay_id = begin({})
    work_off()
    assert b"'=HYPERLINK(1)" in b"".join(api.download(replay_id))


def test_what_goes_back_is_what_the_books_would_give(store: StoreInfo) -> None:
    tea = IncomingLine("l1", "Tea", 3, LineAmounts(333, 100, 57, 899))
    kettle = IncomingLine("l2", "Kettle", 1, LineAmounts(4990, 0, 797, 4990))
    totals = OrderTotals(5989, 100, 0, 854, 6743)
    order_id = place(tea, kettle, taxes_included=False, totals=totals)
    deliver(order_id)
    bought = lines_of(order_id)
    ask = GiveBack(tuple(GiveBackLine(one.id, one.quantity) for one in bought))
    quoted = {one.title: one.total_minor for one in billing.quote_give_back(order_id, ask).lines}
    assert quoted == {"Tea": 956, "Kettle": 5787}  # tax on top
    replay_id = begin({"offers": [{"outcome": "refund", "fee_percent": 15}]})
    work_off()
    text = b"".join(api.download(replay_id)).decode()
    rows = {row["product"]: row for row in csv.DictReader(text.splitlines())}
    assert {title: int(row["paid_minor"]) for title, row in rows.items()} == quoted
    assert {title: int(row["new_fee_minor"]) for title, row in rows.items()} == {
        "Tea": 143,  # 143.4
        "Kettle": 868,  # 868.05
    }
    assert int(rows["Tea"]["new_back_minor"]) == 956 - 143


def test_some_pieces_that_came_back_are_worth_their_share(store: StoreInfo) -> None:
    deliver(place(line(1, price=333, quantity=3, off=100)))
    give_back("order-1", 1, 300)
    replay_id = begin({})
    work_off()
    found = api.get_replay(replay_id).totals["returned"]["current"]["money"]["EUR"]
    assert found["refunded_minor"] == 300  # 899 / 3 = 299.67


def test_the_queries_of_a_set_do_not_grow_with_its_orders(store: StoreInfo) -> None:
    for nth in range(1, 3):
        deliver(place(line(1), line(2), nth=nth))
    condition = {"fact": "return_line.customer_orders", "op": "gte", "value": 1}
    effects = {"window": {"days": 60, "start": "delivery"}}
    begin({})
    draft = api.find_draft()
    assert draft is not None
    api.save_policy_rule(name="Loyal", condition=condition, effects=effects, by=INES, at=AT)
    work_off()

    def queries_of_a_set() -> int:
        begin({})
        with CaptureQueriesContext(connection) as queries:
            assert running.do_set(at=AT) > 0
        work_off()
        return len(queries)

    few = queries_of_a_set()
    for nth in range(3, 9):
        deliver(place(line(1), line(2), nth=nth, email=f"shopper-{nth}@example.com"))
    assert queries_of_a_set() == few <= 20
