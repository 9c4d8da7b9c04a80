"""Workers that are killed in the middle of it: nobody is skipped, nobody gets anything twice."""

from __future__ import annotations

import os
import random
import signal
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once, wait_for_the_dead
from doorstep.rooms.journeys.models import Enrollment, Passage, StepTally
from doorstep.rooms.journeys.stepping.run import advance_due
from doorstep.rooms.journeys.tests.cast import AT, DAY, MESSAGE, WAIT, let_in, live, people
from doorstep.rooms.messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, KILLS = 20_000, 50
STEPS = {
    "first": {**WAIT, "next": "hello"},
    "hello": {**MESSAGE, "next": "half"},
    "half": {
        "type": "split",
        "arms": [
            {"name": "A", "percent": 50, "next": "second"},
            {"name": "B", "percent": 50, "next": "call"},
        ],
    },
    "call": {"type": "action", "action": "journeys.call_webhook", "input": {}, "next": "second"},
    "second": {**WAIT, "next": "again"},
    "again": {**MESSAGE, "template": "care_tips", "next": None},
}


def _killed_after(statements: int, at: Any) -> bool:
    """Work in a child that is killed before one of its statements; False if it got done."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        left = statements

        def die(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(die):
            while advance_due(at=at, size=1_000):
                pass
        os._exit(0)
    _, status = os.waitpid(child, 0)
    wait_for_the_dead()
    return os.WIFSIGNALED(status)


@pytest.mark.crash
def test_fifty_kills_skip_nobody_and_repeat_nothing(store: Any) -> None:
    version = live(STEPS)
    ids = people(PEOPLE)
    for start in range(0, PEOPLE, 5_000):
        let_in(version, ids[start : start + 5_000])
    chance = random.Random(4)
    kills, at = 0, AT + 3 * DAY
    while True:
        if _killed_after(chance.randint(1, 45), at):
            kills += 1
            if kills >= KILLS:
                while advance_due(at=at, size=1_000):
                    pass
        elif at < AT + 6 * DAY:
            at = AT + 6 * DAY + timedelta(hours=1)
        else:
            break
        if kills >= KILLS and at < AT + 6 * DAY:
            at = AT + 6 * DAY + timedelta(hours=1)
    assert kills >= KILLS
    _everybody_got_everything_once(ids)


def _everybody_got_everything_once(ids: list[UUID]) -> None:
    count = len(ids)
    assert set(Enrollment.objects.values_list("status", flat=True)) == {"completed"}
    for kind in ("thank_you", "care_tips"):
        to = list(Message.objects.filter(kind=kind).values_list("customer_id", flat=True))
        assert len(to) == count
        assert set(to) == set(ids)
    passed = Passage.objects
    assert passed.filter(step="hello").count() == count
    assert passed.filter(step="half").count() == count
    called = passed.filter(step="call").count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kernel_outbox WHERE name = 'journeys.webhook_asked'")
        assert cursor.fetchone()[0] == called
    tallied = dict(StepTally.objects.filter(step="half").values_list("outcome", "count"))
    assert set(tallied) == {"arm:A", "arm:B"}
    sums: dict[str, int] = {}
    for outcome, n in StepTally.objects.filter(step="half").values_list("outcome", "count"):
        sums[outcome] = sums.get(outcome, 0) + n
    assert sum(sums.values()) == count
    assert sums["arm:B"] == called


def test_workers_beside_each_other_share_the_work(store: Any) -> None:
    version = live(STEPS)
    ids = people(900)
    let_in(version, ids)

    def work(_: int) -> int:
        moved, idle = 0, 0
        with store_scope(store.id):
            while idle < 20:
                done = advance_due(at=AT + 3 * DAY, size=50)
                moved += done
                idle = 0 if done else idle + 1
        return moved

    shares = at_once(3, work)
    assert sum(shares) == 900
    while advance_due(at=AT + 7 * DAY):
        pass
    _everybody_got_everything_once(ids)
