"""Many webhooks at once: several workers over one storm, and the sets they take."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from doorstep.connectors.base.actions import connect_shop
from doorstep.connectors.base.intake import working
from doorstep.connectors.base.intake.working import work_off
from doorstep.connectors.base.models import Delivery
from doorstep.connectors.base.receive import receive
from doorstep.kernel.actors import Actor
from doorstep.kernel.tests.threads import at_once
from doorstep.rooms.tracking import api as tracking
from doorstep.rooms.tracking.contracts import TrackerFilter

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOON = AT + timedelta(seconds=1)
INES = Actor("user", "ines", "Ines", role="owner")
SECRET = "first-secret-0123456789"
STEPS = ("PRE_TRANSIT", "TRANSIT", "DELIVERED")
NUMBERS = [f"94001112062064062{nth:05}" for nth in range(40)]


@pytest.fixture
def connection_id(store: Any) -> UUID:
    """A carrier that knows the secret word."""
    return connect_shop(kind="carrier", name="Carrier", secret=SECRET, by=INES, at=AT).id


def tell(connection_id: UUID, number: str, hour: int) -> None:
    """Take in one step of a parcel, as Shippo writes it."""
    step = {
        "status": STEPS[hour],
        "status_details": "",
        "status_date": f"2026-03-02T0{hour}:00:00Z",
    }
    told = {"carrier": "usps", "tracking_number": number, "tracking_history": [step]}
    receive(connection_id, {"x-doorstep-token": SECRET}, json.dumps(told).encode(), at=AT)


def test_workers_share_a_storm_without_standing_in_each_others_way(connection_id: UUID) -> None:
    storm = [(number, hour) for number in NUMBERS for hour in range(3)]
    random.Random(3).shuffle(storm)
    for number, hour in storm:
        tell(connection_id, number, hour)

    def work(_: int) -> int:
        done = 0
        # A deadlock would come out of here: every number is new, and in several hands at once.
        while taken := work_off(SOON, limit=7):
            done += taken
        return done

    assert sum(at_once(3, work)) + sum(iter(lambda: work_off(SOON), 0)) == len(storm)
    assert set(Delivery.objects.values_list("status", "attempts")) == {("processed", 1)}
    found = tracking.list_trackers(TrackerFilter(alarm="unmatched"), limit=100).items
    assert sorted(one.tracking_number for one in found) == NUMBERS
    assert {one.status for one in found} == {"delivered"}


def test_a_set_takes_no_more_bodies_than_fit(
    connection_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hour in range(3):
        tell(connection_id, NUMBERS[0], hour)
    size = len(bytes(Delivery.objects.first().body))
    monkeypatch.setattr(working, "SET_BYTES", int(size * 2.5))
    assert [work_off(SOON), work_off(SOON), work_off(SOON)] == [2, 1, 0]
    monkeypatch.setattr(working, "SET_BYTES", 1)
    tell(connection_id, NUMBERS[1], 0)
    assert work_off(SOON) == 1  # one that is too large alone is taken all the same
