"""People on their way: entering, waiting, choosing, being written to, leaving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.customers.models import Customer
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.models import Enrollment, Passage
from doorstep.rooms.journeys.stepping import run, steps
from doorstep.rooms.journeys.tests.cast import (
    AT,
    DAY,
    INES,
    MESSAGE,
    WAIT,
    definition,
    let_in,
    live,
    people,
    run_until_idle,
)
from doorstep.rooms.journeys.versions import open_versions
from doorstep.rooms.messaging.models import Message

pytestmark = pytest.mark.django_db


def outcomes(customer_id: UUID) -> list[str]:
    rows = Passage.objects.filter(enrollment__customer_id=customer_id).order_by("visit")
    return [f"{row.step}:{row.outcome}" for row in rows]


def test_waits_and_messages_follow_each_other(store: Any) -> None:
    version = live({"pause": {**WAIT, "next": "hello"}, "hello": MESSAGE})
    maya, jonas = people(2)
    assert let_in(version, [maya, jonas]) == 2
    assert run_until_idle(AT + timedelta(days=2, hours=23)) == 0
    assert run_until_idle(AT + 3 * DAY) == 2
    assert Message.objects.filter(customer_id__in=[maya, jonas], kind="thank_you").count() == 2
    assert set(Enrollment.objects.values_list("status", "visit")) == {("completed", 2)}
    assert outcomes(maya) == ["hello:queued"]
    assert run_until_idle(AT + 30 * DAY) == 0


def test_a_message_is_the_batchs_and_tells_the_gates_word(store: Any) -> None:
    version = live({"hello": {**MESSAGE, "topic": "tips", "priority": 70}})
    (maya,) = people(1)
    let_in(version, [maya])
    run_until_idle(AT)
    row = Message.objects.get(customer_id=maya)
    assert row.batch is not None
    assert row.verdict is not None
    assert (row.topic, row.priority, row.batch.label) == ("tips", 70, "A journey")
    assert row.verdict.outcome == "send"
    assert any(step["rule"] == "is_consented" for step in row.verdict.trace)


def test_the_number_of_queries_does_not_grow_with_the_people(store: Any) -> None:
    version = live({"pause": {**WAIT, "next": "hello"}, "hello": {**MESSAGE, "next": "end"},
                    "end": WAIT})  # fmt: skip
    counted = []
    for count in (1, 60, 400):  # the first one opens the batch
        let_in(version, people(count))
        with CaptureQueriesContext(connection) as queries:
            assert run.advance_due(at=AT + 3 * DAY) == count
        counted.append(len(queries))
    assert counted[1] == counted[2]


def test_a_branch_asks_as_of_now(store: Any) -> None:
    version = live(
        {
            "if": {
                "type": "branch",
                "if": {"fact": "customer.tags", "op": "contains", "value": "vip"},
                "yes": "hello",
                "no": None,
            },
            "hello": MESSAGE,
        }
    )
    vip, plain = people(2)
    Customer.objects.filter(id=vip).update(tags=["vip"])
    let_in(version, [vip, plain])
    run_until_idle(AT)
    assert outcomes(vip) == ["if:yes", "hello:queued"]
    assert outcomes(plain) == ["if:no"]


def test_a_split_is_stable_and_keeps_its_shares(store: Any) -> None:
    arms = [
        {"name": "A", "percent": 50, "next": None},
        {"name": "B", "percent": 40, "next": None},
        {"name": "Hold-out", "percent": 10, "next": None},
    ]
    version = live({"ab": {"type": "split", "arms": arms}})
    ids = people(2_000)
    let_in(version, ids)
    run_until_idle(AT)
    first = {one: outcomes(one) for one in ids[:20]}
    share = Passage.objects.filter(outcome="arm:A").count() / 2_000
    assert 0.46 < share < 0.54
    assert 0.07 < Passage.objects.filter(outcome="arm:Hold-out").count() / 2_000 < 0.13
    Passage.objects.all().delete()
    Enrollment.objects.all().delete()
    let_in(version, ids[:20], key="again")
    run_until_idle(AT)
    assert {one: outcomes(one) for one in ids[:20]} == first


def test_nobody_enters_twice_and_after_comes_again(store: Any) -> None:
    once = live({"pause": WAIT})
    again = live({"pause": WAIT}, reentry={"mode": "after", "days": 90})
    (maya,) = people(1)
    assert [let_in(once, [maya]), let_in(again, [maya])] == [1, 1]
    assert [let_in(once, [maya], key="2"), let_in(again, [maya], key="2")] == [0, 0]
    run_until_idle(AT + 3 * DAY)
    later = AT + 91 * DAY
    assert [let_in(once, [maya], at=later, key="3"), let_in(again, [maya], at=later, key="3")] == [
        0,
        1,
    ]


def test_held_out_people_get_nothing_and_are_counted(store: Any) -> None:
    version = live({"hello": MESSAGE}, holdout_percent=50, goal={"event": "orders.order_placed"})
    ids = people(200)
    assert let_in(version, ids) == 200
    run_until_idle(AT)
    report = api.goal_report(version.journey_id)
    assert report.entered + report.held_out == 200
    assert 70 < report.held_out < 130
    assert Message.objects.count() == report.entered


def test_a_step_that_fails_for_one_parks_one(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    version = live({"hello": {**MESSAGE, "next": "pause"}, "pause": WAIT})
    ids = people(9)
    let_in(version, ids)
    really = steps.execute

    def fail_for_one(step: Any, group: Any, **more: Any) -> Any:
        results = really(step, group, **more)
        if any(one.customer_id == ids[4] for one in group):
            raise RuntimeError("the kettle is cold")
        return results

    monkeypatch.setattr(run, "execute", fail_for_one)
    at = AT
    for _ in range(run.TRIES):
        run_until_idle(at)
        at += timedelta(days=2)
    parked = Enrollment.objects.get(customer_id=ids[4])
    assert (parked.status, parked.due_at) == ("parked", None)
    assert "the kettle is cold" in parked.problem
    assert Message.objects.count() == 8
    monkeypatch.setattr(run, "execute", really)
    assert api.retry_parked(journey_id=version.journey_id, by=INES, at=at) == 1
    run_until_idle(at)
    assert Message.objects.count() == 9
    assert outcomes(ids[4]) == ["hello:queued"]


def test_publishing_lets_people_stay_or_move(store: Any) -> None:
    version = live({"pause": {**WAIT, "next": "hello"}, "hello": MESSAGE})
    stays, _ = ids = people(2)
    let_in(version, [stays])
    view = api.get_journey(version.journey_id)
    revision = api.save_draft(
        journey_id=version.journey_id,
        definition=definition({"pause": WAIT}),
        revision=view.revision,
        by=INES,
        at=AT,
    )
    api.publish_journey(journey_id=version.journey_id, revision=revision, by=INES, at=AT)
    new = next(v for v in open_versions(current_store_id()) if v.is_live)
    let_in(new, [ids[1]])
    run_until_idle(AT + 3 * DAY)
    assert [m.customer_id for m in Message.objects.all()] == [stays]
    back = api.roll_back(
        journey_id=version.journey_id, number=1, people="move", by=INES, at=AT + 4 * DAY
    )
    assert back.number == 3
    assert [v.number for v in api.list_versions(version.journey_id)] == [3, 2, 1]


def test_moving_takes_those_whose_step_still_exists(store: Any) -> None:
    version = live({"pause": {**WAIT, "next": "hello"}, "hello": MESSAGE})
    ids = people(3)
    let_in(version, ids)
    view = api.get_journey(version.journey_id)
    revision = api.save_draft(
        journey_id=version.journey_id, definition=definition({"pause": WAIT}),
        revision=view.revision, by=INES, at=AT,
    )  # fmt: skip
    api.publish_journey(
        journey_id=version.journey_id, revision=revision, people="move", by=INES, at=AT
    )
    run_until_idle(AT + 3 * DAY)
    assert not Message.objects.exists()
    assert set(Enrollment.objects.values_list("status", flat=True)) == {"completed"}


def test_a_paused_journey_stands_still_and_goes_on(store: Any) -> None:
    version = live({"pause": {**WAIT, "next": "hello"}, "hello": MESSAGE})
    let_in(version, people(2))
    api.pause_journey(journey_id=version.journey_id, by=INES, at=AT)
    assert run_until_idle(AT + 10 * DAY) == 0
    api.resume_journey(journey_id=version.journey_id, by=INES, at=AT + 11 * DAY)
    assert run_until_idle(AT + 11 * DAY) == 2
    assert Message.objects.count() == 2


def test_a_fact_that_is_gone_parks_at_its_branch_only(store: Any) -> None:
    version = live(
        {
            "if": {
                "type": "branch",
                "if": {"fact": "customer.tags", "op": "is_set"},
                "yes": None,
                "no": None,
            }
        }
    )
    from doorstep.rooms.journeys import versions
    from doorstep.rooms.journeys.models import JourneyVersion

    row = JourneyVersion.objects.get(id=version.id)
    row.definition["steps"]["if"]["if"]["fact"] = "customer.shoe_size_of_cat"
    row.save()
    versions._cache.clear()
    let_in(version, people(2))
    at = AT
    for _ in range(run.TRIES):
        run_until_idle(at)
        at += timedelta(days=2)
    assert set(Enrollment.objects.values_list("status", flat=True)) == {"parked"}
    versions._cache.clear()


def test_weekday_windows_are_the_recipients(store: Any) -> None:
    wait = {
        "type": "wait",
        "until": {"weekdays": [2], "from": "09:00", "to": "18:00", "zone": "recipient"},
        "next": None,
    }
    version = live({"tuesday": wait})
    tokyo, denver = people(1, timezone="Asia/Tokyo") + people(1, timezone="America/Denver")
    odd = people(1, timezone="Mars/Olympus_Mons")[0]
    let_in(version, [tokyo, denver, odd])
    run_until_idle(AT)
    due = dict(Enrollment.objects.values_list("customer_id", "due_at"))
    assert due[tokyo] == datetime(2026, 3, 3, 0, tzinfo=UTC)
    assert due[denver] == datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert due[odd] == datetime(2026, 3, 3, 8, tzinfo=UTC)  # the store's Berlin


def test_two_tabs_cannot_write_over_each_other(store: Any) -> None:
    from doorstep.kernel.errors import Conflict

    journey_id = api.create_journey(name="Mine", by=INES, at=AT)
    changed = definition({"pause": WAIT})
    api.save_draft(journey_id=journey_id, definition=changed, revision=1, by=INES, at=AT)
    with pytest.raises(Conflict), transaction.atomic():
        api.save_draft(journey_id=journey_id, definition=changed, revision=1, by=INES, at=AT)
    assert api.undo_draft(journey_id=journey_id, revision=2, by=INES, at=AT) == 3
    assert api.get_journey(journey_id).definition["steps"] == {}
