"""Figures over parcels: by day, in time, and what needs a person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.rooms.tracking import api
from doorstep.rooms.tracking.contracts import (
    ParcelTroubles,
    Punctuality,
    TrackerFilter,
    TrackingStatus,
)
from doorstep.rooms.tracking.models import Tracker
from doorstep.rooms.tracking.tests.cast import AT, INES, S, report, ship_one, step, tell

pytestmark = pytest.mark.usefixtures("store")


def test_parcels_by_day_count_the_stores_own_days() -> None:
    for nth in range(3):
        ship_one(f"JD{nth}", nth + 1)
    tell(report(step(S.DELIVERED, 40), number="JD0"))
    Tracker.objects.filter(tracking_number="JD1").update(is_test=True)
    Tracker.objects.filter(tracking_number="JD2").update(is_history=True)
    with CaptureQueriesContext(connection) as asked:
        counted = api.count_by_day(days=5, at=AT)
    assert len(asked) <= 2
    assert [day.date for day in counted] == [date(2026, 11, 16 + n) for n in range(5)]
    assert [(day.shipped, day.delivered) for day in counted] == [(0, 0), (0, 0), (1, 0), (0, 0), (0, 1)]  # fmt: skip


def test_on_time_is_by_the_destinations_day() -> None:
    # 22:30 UTC on the 19th is the 19th in London and the 20th in Berlin already: one is late.
    for nth, zone in enumerate(("Europe/London", "Europe/Berlin", "Europe/Berlin")):
        tracker = ship_one(f"JD{nth}", nth + 1)
        tell(report(step(S.DELIVERED, 37 + 1e-9), number=f"JD{nth}"))
        Tracker.objects.filter(id=tracker.id).update(
            zone=zone,
            promised_from=None,
            promised_to=date(2026, 11, 19) if nth < 2 else None,
            delivered_at=AT.replace(day=19, hour=23, minute=30),
        )
    assert api.on_time_rate(days=30, at=AT) == Punctuality(arrived=2, on_time=1)
    assert api.on_time_rate(days=30, at=AT + timedelta(days=40)) == Punctuality(0, 0)


def test_troubles_count_each_parcel_once() -> None:
    ids = [ship_one(f"JD{nth}", nth + 1).id for nth in range(4)]
    Tracker.objects.filter(id=ids[0]).update(late_since=AT, stalled_since=AT, lost_since=AT)
    Tracker.objects.filter(id=ids[1]).update(not_found_since=AT)
    tell(report(step(S.EXCEPTION, 3, "damaged"), number="JD2"))
    tell(
        report(step(None, 4, code="ZZ", description="Gone fishing"), number="JD3"),
        report(step(S.IN_TRANSIT, 4), number="NOBODYS"),
    )
    expected = ParcelTroubles(
        parcels=3, late=1, stalled=1, lost=1, not_found=1, exception=1, unmatched=0, unknown_codes=1
    )
    with CaptureQueriesContext(connection) as asked:
        assert api.count_troubles(at=AT) == expected
    assert len(asked) == 1
    counts = api.count_trackers(at=AT)
    assert (counts.late, counts.lost, counts.exception) == (1, 1, 1)
    assert len(api.list_trackers(TrackerFilter(alarm="any")).items) == 3
    # A number that nobody sends anything under is strange after a day, and let be after a month.
    seen = [api.count_troubles(at=AT + timedelta(hours=h)).unmatched for h in (23, 25, 24 * 31)]
    assert seen == [0, 1, 0]


def test_lists_of_what_moves_and_of_what_arrived_today() -> None:
    moving, arrived = ship_one("JD0", 1), ship_one("JD1", 2)
    tell(report(step(S.DELIVERED, 40), number="JD1"))
    on_the_way = api.list_trackers(TrackerFilter(only_on_the_way=True)).items
    assert [one.tracker_id for one in on_the_way] == [moving.id]
    since = AT - timedelta(hours=12)
    delivered = api.list_trackers(TrackerFilter(delivered_since=since)).items
    assert [one.tracker_id for one in delivered] == [arrived.id]
    assert api.list_trackers(TrackerFilter(delivered_since=AT)).items == ()


def test_a_settled_parcel_says_who_said_what() -> None:
    tracker = ship_one()
    api.settle_parcel(tracker_id=tracker.id, outcome="lost", note="DHL confirmed", by=INES, at=AT)
    found = api.get_progress(tracker.id)
    assert (found.settled_as, found.settled_at, found.settled_note) == ("lost", AT, "DHL confirmed")
    assert found.status != TrackingStatus.DELIVERED
