"""A segment that a journey or a campaign goes by is not put away under it."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Conflict
from doorstep.kernel.tenancy import store_scope
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.actions.edit_journeys import NotPublishable
from doorstep.rooms.journeys.contracts import CampaignInput
from doorstep.rooms.journeys.tests.cast import AT, INES, MESSAGE, WAIT, let_in, live, people

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = {"fact": "customer.orders", "op": "gte", "value": 1}


def segment(name: str = "Buyers", condition: dict[str, Any] = BUYERS) -> UUID:
    made = audiences.create_segment(name=name, condition=condition, by=INES, at=AT).id
    audiences.run_builds(AT)
    return made


def belongs(segment_id: UUID) -> dict[str, Any]:
    return {"fact": "customer.segments", "op": "contains", "value": str(segment_id)}


def archive(segment_id: UUID) -> None:
    audiences.archive_segment(segment_id=segment_id, by=INES, at=AT)


def refusal(segment_id: UUID) -> str:
    with pytest.raises(Conflict) as refused:
        archive(segment_id)
    assert refused.value.code == "in_use"
    assert not audiences.get_segment(segment_id).is_archived
    return refused.value.message


@pytest.mark.parametrize(
    "where", ["trigger", "event", "filter", "branch", "exit", "exit event", "wait"]
)
def test_a_live_journey_keeps_its_segment(store: Any, where: str) -> None:
    one = segment()
    asks, told = belongs(one), {"segment_id": str(one)}
    changes: dict[str, dict[str, Any]] = {
        "trigger": {"trigger": {"type": "segment", "segment": str(one), "on": "left"}},
        "event": {
            "trigger": {"type": "event", "event": "audiences.segment_entered", "where": told}
        },
        "filter": {"filter": asks},
        "exit": {"exits": [{"if": asks}]},
        "exit event": {"exits": [{"event": "audiences.segment_left", "where": told}]},
    }
    steps: dict[str, Any] = {"m": MESSAGE}
    if where == "branch":
        steps = {"b": {"type": "branch", "if": asks, "yes": "m", "no": None}, "m": MESSAGE}
    elif where == "wait":
        wait = {"type": "wait", "event": "audiences.segment_left", "days": 3, "where": told}
        steps = {"w": {**wait, "next": "m", "otherwise": None}, "m": MESSAGE}
    version = live(steps, **changes.get(where, {}))
    assert "the journey “A journey”" in refusal(one)
    api.pause_journey(journey_id=version.journey_id, by=INES, at=AT)
    assert "the journey “A journey”" in refusal(one)
    api.archive_journey(journey_id=version.journey_id, by=INES, at=AT)
    archive(one)


def test_an_older_version_keeps_it_while_people_are_inside(store: Any) -> None:
    one = segment()
    branch = {"type": "branch", "if": belongs(one), "yes": None, "no": None}
    version = live({"w": {**WAIT, "next": "b"}, "b": branch})
    ids = people(1)
    let_in(version, ids)
    journey = api.get_journey(version.journey_id)
    draft = {**journey.definition, "steps": {"w": WAIT}}
    revision = api.save_draft(
        journey_id=version.journey_id, definition=draft, revision=journey.revision, by=INES, at=AT
    )
    api.publish_journey(journey_id=version.journey_id, revision=revision, by=INES, at=AT)
    assert "A journey" in refusal(one)
    (way,) = api.list_customer_journeys(ids[0])
    api.remove_from_journey(enrollment_id=way.id, by=INES, at=AT)
    archive(one)


def test_a_draft_keeps_nothing_and_is_not_published_without_it(store: Any) -> None:
    one = segment()
    version = live({"w": WAIT})
    journey = api.get_journey(version.journey_id)
    draft = {**journey.definition, "filter": belongs(one)}
    revision = api.save_draft(
        journey_id=version.journey_id, definition=draft, revision=journey.revision, by=INES, at=AT
    )
    archive(one)
    with pytest.raises(NotPublishable, match="archived or gone"):
        api.publish_journey(journey_id=version.journey_id, revision=revision, by=INES, at=AT)


def test_a_waiting_campaign_keeps_its_segment(store: Any) -> None:
    people(1)
    one = segment("All", {"fact": "customer.orders", "op": "gte", "value": 0})
    given = CampaignInput("Spring", one, template="newsletter_welcome", send_on="2026-12-01T09:00")
    made = api.create_campaign(campaign=given, by=INES, at=AT)
    api.start_campaign(campaign_id=made, revision=1, by=INES, at=AT)
    segment("Inner", belongs(one))
    message = refusal(one)
    assert "the campaign “Spring”, the segment “Inner”" in message
    api.stop_campaign(campaign_id=made, by=INES, at=AT)
    assert "Spring" not in refusal(one)


def test_many_uses_are_counted_and_found_in_few_queries(store: Any) -> None:
    one = segment()
    for _ in range(7):
        live({"m": MESSAGE}, filter=belongs(one))
    assert "and 2 more" in refusal(one)
    with CaptureQueriesContext(connection) as seen:
        assert len(audiences.list_uses([one])[one]) == 7
    few = len(seen)
    other = segment("Other")
    live({"m": MESSAGE}, filter=belongs(other))
    audiences.list_uses([one, other])
    with CaptureQueriesContext(connection) as seen:
        assert set(audiences.list_uses([one, other])) == {one, other}
    assert len(seen) <= few


def test_another_stores_journeys_are_not_named(store: Any, other_store: Any) -> None:
    one = segment()
    live({"m": MESSAGE}, filter=belongs(one))
    with store_scope(other_store.id):
        assert audiences.list_uses([one]) == {}


def test_archiving_waits_for_a_publishing_in_hand(store: Any) -> None:
    """Whoever publishes holds the segment: archiving comes after it and sees the journey."""
    one = segment()
    held: list[bool] = []

    def work(nth: int) -> str:
        with store_scope(store.id):
            if nth == 0:
                with transaction.atomic():
                    live({"m": MESSAGE}, filter=belongs(one))
                    held.append(True)
                    time.sleep(0.5)
                return "published"
            while not held:
                time.sleep(0.01)
            try:
                archive(one)
            except Conflict as error:
                return error.code
            return "archived"

    assert at_once(2, work) == ["published", "in_use"]
