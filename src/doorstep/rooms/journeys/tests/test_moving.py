"""Moving to a new version: what somebody waits for, and until when, is what the new step says."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.tenancy import current_store_id
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.models import Enrollment
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
from doorstep.rooms.journeys.versions import OpenVersion, open_versions
from doorstep.rooms.messaging.models import Message

pytestmark = pytest.mark.django_db

HEARS = {"type": "wait", "event": "orders.order_placed", "days": 9, "next": None, "otherwise": None}
TEN = {"type": "wait", "until": {"weekdays": [1, 2, 3, 4, 5, 6, 7], "from": "10:00", "to": "11:00",
                                 "zone": "store"}, "next": None}  # fmt: skip


def moved(version: OpenVersion, steps: dict[str, Any], after_days: int) -> OpenVersion:
    """Publish these steps some days later and take everybody along."""
    at = AT + after_days * DAY
    revision = api.get_journey(version.journey_id).revision
    revision = api.save_draft(
        journey_id=version.journey_id, definition=definition(steps), revision=revision,
        by=INES, at=at,
    )  # fmt: skip
    api.publish_journey(
        journey_id=version.journey_id, revision=revision, people="move", by=INES, at=at
    )
    return next(
        v
        for v in open_versions(current_store_id())
        if v.is_live and v.journey_id == version.journey_id
    )


def standing() -> Enrollment:
    return Enrollment.objects.get()


@pytest.mark.parametrize(
    ("before", "after", "due_days", "waiting"),
    [
        (WAIT, HEARS, 2 + 9, "event"),  # another kind of wait: begun now, by its own rule
        (HEARS, WAIT, 2 + 3, ""),
        (HEARS, {**HEARS, "event": "tracking.parcel_delivered"}, 2 + 9, "event"),
        (WAIT, {**WAIT, "for": {"weeks": 1}}, 7, ""),  # another span: from when they came to it
        (WAIT, {**WAIT, "for": {"hours": 60}}, 2.5, ""),
        (WAIT, {**WAIT, "for": {"days": 1}}, 2, ""),  # over already
        (HEARS, {**HEARS, "days": 4}, 4, "event"),
        (WAIT, {**WAIT, "next": "later"}, 3, ""),  # the same wait
        (HEARS, {**HEARS, "otherwise": "later"}, 9, "event"),
    ],
)
def test_a_wait_goes_by_the_new_step(
    store: Any, before: Any, after: Any, due_days: float, waiting: str
) -> None:
    version = live({"pause": before})
    let_in(version, people(1))
    run_until_idle(AT)
    new = moved(version, {"pause": after, "later": MESSAGE}, 2)
    if due_days > 2:
        run_until_idle(AT + 2 * DAY)
        row = standing()
        assert (row.due_at, row.waiting_for) == (AT + due_days * DAY, waiting)
        assert row.version_id == new.id
    else:
        assert run_until_idle(AT + 2 * DAY) == 1
        assert standing().status == "completed"


def test_until_ten_begins_anew(store: Any) -> None:
    version = live({"pause": {**WAIT, "for": {"weeks": 2}}})
    let_in(version, people(1))
    run_until_idle(AT)
    moved(version, {"pause": TEN}, 2)
    run_until_idle(AT + 2 * DAY)
    row = standing()
    # AT is eleven in Berlin, when the window has just closed
    assert row.due_at == AT.replace(hour=9) + 3 * DAY
    assert row.step == "pause"


def test_what_is_no_wait_is_due_at_once(store: Any) -> None:
    version = live({"pause": HEARS})
    let_in(version, people(2))
    run_until_idle(AT)
    moved(version, {"pause": MESSAGE}, 1)
    assert run_until_idle(AT + DAY) == 2
    assert Message.objects.count() == 2
    assert set(Enrollment.objects.values_list("status", flat=True)) == {"completed"}


def test_who_is_held_by_a_problem_stays_held_and_begins_the_new_step_when_tried(store: Any) -> None:
    version = live({"pause": HEARS})
    let_in(version, people(1))
    Enrollment.objects.update(status="parked", due_at=None, problem="It broke", failures=5)
    moved(version, {"pause": WAIT}, 1)
    row = standing()
    assert (row.status, row.problem, row.due_at) == ("parked", "It broke", None)
    api.retry_parked(journey_id=version.journey_id, by=INES, at=AT + 2 * DAY)
    run_until_idle(AT + 2 * DAY)
    assert standing().due_at == AT + 5 * DAY


def test_moving_many_takes_as_many_statements_as_moving_one(store: Any) -> None:
    counts = []
    for many in (1, 40):
        version = live({"pause": HEARS, "other": WAIT})
        let_in(version, people(many))
        with CaptureQueriesContext(connection) as asked:
            moved(version, {"pause": WAIT, "other": {**WAIT, "for": {"days": 4}}}, 1)
        counts.append(len([q for q in asked if "UPDATE journeys_enrollment" in q["sql"]]))
    assert counts == [3, 3]
