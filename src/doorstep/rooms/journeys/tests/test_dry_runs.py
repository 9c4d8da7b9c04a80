"""Dry runs over a small history made by hand: the right people, times and words, nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from doorstep.kernel.errors import Conflict, Invalid, NotFound
from doorstep.kernel.ids import new_id
from doorstep.kernel.tenancy import current_store_id, store_scope
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.contracts import DryRunInfo, DryRunLineInfo
from doorstep.rooms.journeys.dryrun import running
from doorstep.rooms.journeys.dryrun.running import RunCanceled, work_off_dry_runs
from doorstep.rooms.journeys.models import DryRun, DryRunLine
from doorstep.rooms.journeys.tests.cast import (
    AT,
    DAY,
    INES,
    MESSAGE,
    WAIT,
    definition,
    live,
    people,
)
from doorstep.rooms.messaging.api import record_consent
from doorstep.rooms.messaging.contracts import Channel, ConsentGrant, ConsentState, Purpose
from doorstep.rooms.orders.models import Order
from doorstep.rooms.tracking.models import Tracker

pytestmark = pytest.mark.django_db

CARE = {**MESSAGE, "template": "new_customer_welcome"}
SINCE = AT - 20 * DAY


def ordered(customer_id: UUID, at: datetime, *, delivered: datetime | None = None) -> UUID:
    """Put an order into the history, as an import does: no event tells of it."""
    order_id = new_id()
    Order.objects.create(
        id=order_id, store_id=current_store_id(), sales_channel="shopify", number="#1",
        number_key="1", external_id=str(order_id), customer_id=customer_id, currency="EUR",
        subtotal_minor=100, discount_minor=0, shipping_minor=0, tax_minor=0, total_minor=100,
        refunded_minor=0, taxes_included=True, financial_status="paid", state="history",
        is_history=True, item_count=1, placed_at=at, version_at=at, recorded_at=at,
        recorded_by="connector:shopify",
    )  # fmt: skip
    Tracker.objects.create(
        store_id=current_store_id(), order_id=order_id, zone="UTC", created_at=at,
        status="delivered" if delivered else "in_transit", delivered_at=delivered,
        is_open=delivered is None,
    )  # fmt: skip
    return order_id


def said_yes(customer_id: UUID, at: datetime) -> None:
    grant = ConsentGrant(
        customer_id, Channel.EMAIL, Purpose.MARKETING, ConsentState.GRANTED, "import", said_at=at
    )
    record_consent([grant], by=INES, at=at)


def tried(
    steps: Mapping[str, Any], *, since: datetime = SINCE, until: datetime = AT, **changes: Any
) -> tuple[DryRunInfo, list[DryRunLineInfo]]:
    """Try a journey on the past; return the run and its lines in the order of time."""
    journey_id = api.create_journey(name="Tried", by=INES, at=AT)
    api.save_draft(
        journey_id=journey_id, definition=definition(steps, **changes), revision=1, by=INES, at=AT
    )
    run_id = api.ask_dry_run(journey_id=journey_id, since=since, until=until, by=INES, at=AT)
    while work_off_dry_runs(at=AT):
        pass
    run = api.get_dry_run(run_id)
    assert run.status == "done", run.problem
    return run, sorted(api.list_dry_run_lines(run_id), key=lambda line: line.at)


def by_customer(lines: list[DryRunLineInfo]) -> dict[UUID, list[datetime]]:
    found: dict[UUID, list[datetime]] = {}
    for line in lines:
        found.setdefault(line.customer_id, []).append(line.at)
    return found


def test_imported_history_lets_the_right_people_in_at_their_times(store: Any) -> None:
    maya, tom, rose = people(3)
    ordered(maya, AT - 10 * DAY)
    ordered(maya, AT - 5 * DAY)  # once only: this one does not count
    ordered(tom, AT - 2 * DAY)  # still waits at the end
    ordered(rose, AT - 40 * DAY)  # before the span
    run, lines = tried({"pause": {**WAIT, "next": "hello"}, "hello": CARE})
    assert by_customer(lines) == {maya: [AT - 7 * DAY]}
    assert [(line.outcome, line.channel) for line in lines] == [("send", "email")]
    assert run.result is not None
    assert run.result["entered"] == 2
    assert run.result["days"] == {"2026-02-23": {"send": 1}}
    assert run.result["steps"]["pause"] == {"waited": 1, "still_waiting": 1}


def test_who_said_no_or_has_no_address_would_not_have_got_it(store: Any) -> None:
    maya, tom = people(2)
    [rose] = people(1)
    Customer.objects.filter(id=rose).update(email="")
    for one in (maya, tom, rose):
        ordered(one, AT - 10 * DAY)
    marketing = {**CARE, "purpose": "marketing"}
    said_yes(maya, AT - 15 * DAY)
    said_yes(tom, AT - 5 * DAY)
    run, lines = tried({"hello": marketing})
    said = {line.customer_id: (line.outcome, line.reason) for line in lines}
    assert said[maya][0] == "send"
    assert said[tom] == ("drop", "consent_missing")  # the yes came later
    assert said[rose][0] == "drop"
    assert run.result is not None
    assert sum(run.result["reasons"].values()) == 2


def test_exits_waits_for_events_and_deliveries(store: Any) -> None:
    maya, tom, rose = people(3)
    ordered(maya, AT - 10 * DAY, delivered=AT - 8 * DAY)
    ordered(tom, AT - 10 * DAY)
    ordered(rose, AT - 10 * DAY, delivered=AT - 8 * DAY)
    ordered(rose, AT - 9 * DAY)  # orders again: out
    steps = {
        "arrives": {
            "type": "wait", "delivery": {"days": 2, "at": "10:00", "give_up_days": 5},
            "next": "hello", "otherwise": None,
        },
        "hello": CARE,
    }  # fmt: skip
    run, lines = tried(steps, subject="order", exits=[{"event": "orders.order_placed"}])
    assert by_customer(lines) == {maya: [datetime(2026, 2, 24, 9, tzinfo=UTC)]}  # ten in Berlin
    assert run.result is not None
    assert run.result["steps"]["arrives"] == {"waited": 1, "timed_out": 1}
    assert run.result["steps"][""] == {"exited": 1}


def test_a_wait_for_an_event_hears_what_was_imported(store: Any) -> None:
    maya, tom = people(2)
    ordered(maya, AT - 10 * DAY)
    ordered(maya, AT - 6 * DAY)
    ordered(tom, AT - 10 * DAY)
    steps = {
        "again": {
            "type": "wait", "event": "orders.order_placed", "days": 7,
            "next": None, "otherwise": "nudge",
        },
        "nudge": CARE,
    }  # fmt: skip
    _run, lines = tried(steps)
    assert by_customer(lines) == {tom: [AT - 3 * DAY]}


def test_who_may_come_again_comes_again(store: Any) -> None:
    [maya] = people(1)
    for days in (18, 17, 6):
        ordered(maya, AT - days * DAY)
    _run, lines = tried({"hello": CARE}, reentry={"mode": "after", "days": 10})
    assert by_customer(lines) == {maya: [AT - 18 * DAY, AT - 6 * DAY]}


def test_messages_of_the_run_take_the_places_of_the_cap(store: Any) -> None:
    [maya] = people(1)
    said_yes(maya, AT - 30 * DAY)
    for hours in range(6):
        ordered(maya, AT - 10 * DAY + timedelta(hours=hours))
    sells = {**CARE, "purpose": "marketing"}
    run, lines = tried({"hello": sells}, reentry={"mode": "always"})
    # Three in seven days is the shop's rule; a place frees too late to put the others off until.
    assert [line.outcome for line in lines] == ["send"] * 3 + ["drop"] * 3
    assert run.result is not None
    assert run.result["reasons"] == {"over_cap": 3}


def test_other_live_journeys_stand_beside_it(store: Any) -> None:
    maya, tom = people(2)
    ordered(maya, AT - 10 * DAY)
    ordered(tom, AT - 10 * DAY)
    other = live({"thanks": CARE}, at=AT - 30 * DAY)
    run, lines = tried({"hello": CARE}, holdout_percent=0)
    assert run.result is not None
    assert run.result["others"] == {str(other.journey_id): {"send": 2}}
    assert len(lines) == 2  # own ones only
    assert len(api.list_dry_run_lines(run.id, own_only=False)) == 4
    assert len(api.list_dry_run_lines(run.id, customer_id=maya, own_only=False)) == 2


def test_nothing_but_its_own_tables_changes(store: Any) -> None:
    for one in people(5):
        ordered(one, AT - 10 * DAY)
    live({"thanks": CARE}, at=AT - 30 * DAY)
    journey_id = api.create_journey(name="Tried", by=INES, at=AT)
    api.save_draft(
        journey_id=journey_id, definition=definition({"hello": CARE}), revision=1, by=INES, at=AT
    )
    api.ask_dry_run(journey_id=journey_id, since=SINCE, until=AT, by=INES, at=AT)
    before = counts()
    assert work_off_dry_runs(at=AT) == 1
    after = counts()
    changed = {table for table in after if after[table] != before.get(table)}
    assert changed == {"journeys_dryrun", "journeys_dryrunline"}


def counts() -> dict[str, tuple[int, str]]:
    """Return every table's rows as a number and a fingerprint."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
                f' FROM "{table}" t'
            )
            found[table] = cursor.fetchone()
    return found


def test_filters_and_pages_of_the_lines(store: Any) -> None:
    ids = people(4)
    for nth, one in enumerate(ids):
        ordered(one, AT - (nth + 1) * DAY)
    run, lines = tried({"hello": CARE})
    first = api.list_dry_run_lines(run.id, limit=3)
    rest = api.list_dry_run_lines(run.id, after=first[-1].id, limit=3)
    assert {line.id for line in first + rest} == {line.id for line in lines}
    # Half past eleven in the evening in London is the next day in Berlin.
    late = people(1)[0]
    ordered(late, datetime(2026, 2, 20, 23, 30, tzinfo=UTC))
    run, _lines = tried({"hello": CARE}, until=AT - 5 * DAY)
    assert [x.customer_id for x in api.list_dry_run_lines(run.id, day="2026-02-21")] == [late]
    assert api.list_dry_run_lines(run.id, day="2026-02-20") == []
    assert api.list_dry_run_lines(run.id, outcome="drop") == []
    with pytest.raises(Invalid):
        api.list_dry_run_lines(run.id, day="soon")


def asked() -> DryRun:
    journey_id = api.create_journey(name="Tried", by=INES, at=AT)
    api.save_draft(
        journey_id=journey_id, definition=definition({"hello": CARE}), revision=1, by=INES, at=AT
    )
    run_id = api.ask_dry_run(journey_id=journey_id, since=SINCE, until=AT, by=INES, at=AT)
    return DryRun.objects.get(id=run_id)


def test_a_worker_that_died_is_taken_over_and_one_that_lives_is_not(store: Any) -> None:
    ordered(people(1)[0], AT - 10 * DAY)
    run = asked()
    DryRun.objects.filter(id=run.id).update(status="running", worker="gone", beat_at=AT)
    DryRunLine.objects.create(
        store_id=run.store_id, run_id=run.id, journey_id=run.journey_id, customer_id=new_id(),
        step="hello", at=AT, outcome="send", channel="email", reason="", words="of the dead",
    )  # fmt: skip
    assert work_off_dry_runs(at=AT + timedelta(seconds=59)) == 0
    assert work_off_dry_runs(at=AT + timedelta(seconds=61)) == 1
    assert api.get_dry_run(run.id).status == "done"
    assert [line.words != "of the dead" for line in api.list_dry_run_lines(run.id)] == [True]


def test_a_slow_worker_writes_nothing_more_once_it_was_taken_over(store: Any) -> None:
    ordered(people(1)[0], AT - 10 * DAY)
    run = asked()
    DryRun.objects.filter(id=run.id).update(status="running", worker="slow", beat_at=AT)
    slow = DryRun.objects.get(id=run.id)
    assert work_off_dry_runs(at=AT + timedelta(minutes=2)) == 1
    with pytest.raises(RunCanceled):
        running.simulate(slow, clock=lambda: AT)
    running._finish(slow, AT, status="failed", problem="late")
    assert api.get_dry_run(run.id).status == "done"
    assert len(api.list_dry_run_lines(run.id)) == 1


def test_a_run_can_be_canceled_until_it_has_ended(store: Any) -> None:
    run = asked()
    api.cancel_dry_run(run_id=run.id, by=INES, at=AT)
    assert work_off_dry_runs(at=AT) == 0
    assert api.get_dry_run(run.id).status == "canceled"
    with pytest.raises(Conflict):
        api.cancel_dry_run(run_id=run.id, by=INES, at=AT)


def test_spans_that_make_no_sense_are_refused_and_other_shops_see_nothing(
    store: Any, other_store: Any
) -> None:
    run = asked()
    act: dict[str, Any] = {"journey_id": run.journey_id, "by": INES, "at": AT}
    with pytest.raises(Invalid):
        api.ask_dry_run(since=AT + DAY, until=AT + 2 * DAY, **act)
    with pytest.raises(Invalid):
        api.ask_dry_run(since=AT - 2_000 * DAY, until=AT, **act)
    with store_scope(other_store.id):
        for do in (api.get_dry_run, api.list_dry_run_lines):
            with pytest.raises(NotFound):
                do(run.id)
        with pytest.raises(NotFound):
            api.ask_dry_run(since=SINCE, until=AT, **act)
