"""Who starts a journey by a segment: members of before, and who comes by an edit or an import."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from doorstep.kernel.events import lanes
from doorstep.rooms.audiences import api as audiences
from doorstep.rooms.audiences.tests.cast import (
    AT,
    BUYERS,
    MIA,
    SAM,
    SHOP,
    VIPS,
    incoming,
    segment,
    settle,
)
from doorstep.rooms.audiences.tests.cast import order as buys
from doorstep.rooms.audiences.tests.cast import people as meet
from doorstep.rooms.customers import api as customers
from doorstep.rooms.journeys import api
from doorstep.rooms.journeys.filling import fill
from doorstep.rooms.journeys.models import Enrollment, Journey
from doorstep.rooms.journeys.tests.cast import INES, WAIT, definition
from doorstep.rooms.orders import api as orders

pytestmark = pytest.mark.django_db


def publish(
    segment_id: UUID, *, members: bool | None = None, again: str = "always", **trigger: Any
) -> UUID:
    """Publish a journey that starts with a segment."""
    made = api.create_journey(name="Welcome in", by=INES, at=AT)
    return republish(made, segment_id, members=members, again=again, **trigger)


def republish(
    journey_id: UUID, segment_id: UUID, *, members: bool | None = None, again: str = "always",
    **trigger: Any,
) -> UUID:  # fmt: skip
    given = {"type": "segment", "segment": str(segment_id), **trigger}
    document = definition({"w": WAIT}, trigger=given, reentry={"mode": again})
    revision = api.save_draft(
        journey_id=journey_id, definition=document, by=INES, at=AT,
        revision=api.get_journey(journey_id).revision,
    )  # fmt: skip
    api.publish_journey(
        journey_id=journey_id, revision=revision, include_members=members, by=INES, at=AT
    )
    return journey_id


def fill_all() -> None:
    while fill(at=AT):
        pass


def inside(journey_id: UUID) -> Counter[UUID]:
    rows = Enrollment.objects.filter(journey_id=journey_id)
    return Counter(rows.values_list("customer_id", flat=True))


@pytest.mark.parametrize("members", [True, False])
def test_publishing_decides_about_those_who_are_in_it(store: Any, members: bool) -> None:
    maya, jonas = meet("maya", "jonas")
    buys("maya", 1)
    settle()
    one = segment("Buyers", BUYERS)
    journey = publish(one, members=members)
    fill_all()
    buys("jonas", 2)
    settle()
    assert inside(journey) == ({maya: 1, jonas: 1} if members else {jonas: 1})
    live = api.get_journey(journey).live_definition
    assert live
    assert live["trigger"]["include_members"] is members
    assert api.asks_about_members(journey) is False  # there is no draft


def test_members_are_let_in_once_whatever_is_published_later(store: Any) -> None:
    (maya,) = meet("maya")
    buys("maya", 1)
    settle()
    buyers, everybody = segment("Buyers", BUYERS), segment("All", {"none": [VIPS]})
    journey = publish(buyers, members=True)
    fill_all()
    Enrollment.objects.update(status="completed", ended_at=AT, due_at=None, step="")
    republish(journey, buyers, members=True)
    fill_all()
    assert inside(journey) == {maya: 1}
    document = {**api.get_journey(journey).definition, "name": "New"}
    api.save_draft(
        journey_id=journey, definition=document, by=INES, at=AT,
        revision=api.get_journey(journey).revision,
    )  # fmt: skip
    assert not api.asks_about_members(journey)
    republish(journey, everybody, members=True)  # another segment is another question
    fill_all()
    assert inside(journey) == {maya: 2}


def test_filling_waits_until_the_members_are_found_and_holds_nobody_up(store: Any) -> None:
    (maya,) = meet("maya")
    buys("maya", 1)
    settle()
    found = segment("Found", BUYERS)
    made = audiences.create_segment(name="Buyers", condition=BUYERS, by=MIA, at=AT)
    waits, other = publish(made.id, members=True), publish(found, members=True)
    fill_all()
    assert (inside(waits), inside(other)) == ({}, {maya: 1})
    assert Journey.objects.get(id=waits).is_filling
    settle()
    assert inside(waits) == {}  # the first build is no entry
    fill_all()
    assert inside(waits) == {maya: 1}
    assert not Journey.objects.filter(is_filling=True).exists()


def test_who_comes_in_by_an_edit_enters_once_and_who_leaves_by_it_leaves(store: Any) -> None:
    maya, jonas = meet("maya", "jonas")
    buys("maya", 1)
    customers.edit_customer(customer_id=jonas, tags=["vip"], by=SAM, at=AT)
    settle()
    one = segment("Good ones", BUYERS)
    comes, goes = publish(one, members=False), publish(one, on="left")
    later = AT + timedelta(days=1)
    audiences.edit_segment(segment_id=one, revision=1, condition=VIPS, by=MIA, at=later)
    settle(later)
    assert (inside(comes), inside(goes)) == ({jonas: 1}, {maya: 1})
    lanes.rewind("journeys.people")
    settle(later)
    assert (inside(comes), inside(goes)) == ({jonas: 1}, {maya: 1})


def test_who_comes_in_by_an_import_enters_once(store: Any) -> None:
    maya, jonas = meet("maya", "jonas")
    buys("maya", 1)
    settle()
    journey = publish(segment("Buyers", BUYERS), again="never")
    for nth in (7, 8):
        bought = incoming("jonas", nth)
        orders.record_orders(
            [bought], sales_channel="shopify", connection_id=None, mode="history", by=SHOP, at=AT
        )
        settle()
        settle(AT + timedelta(minutes=2))
    assert inside(journey) == {jonas: 1}
    assert maya not in inside(journey)


def test_a_paused_journey_lets_an_edit_pass(store: Any) -> None:
    (maya,) = meet("maya")
    buys("maya", 1)
    settle()
    one = segment("Good ones", VIPS)
    journey = publish(one)
    api.pause_journey(journey_id=journey, by=INES, at=AT)
    audiences.edit_segment(segment_id=one, revision=1, condition=BUYERS, by=MIA, at=AT)
    settle()
    assert audiences.is_member(one, maya)
    api.resume_journey(journey_id=journey, by=INES, at=AT)
    settle()
    assert inside(journey) == {}
