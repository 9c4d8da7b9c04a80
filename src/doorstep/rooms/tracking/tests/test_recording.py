"""Reports of every kind, and where their parcels stand afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kernel.errors import Invalid
from doorstep.kernel.tenancy import store_scope
from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking import api
from doorstep.rooms.tracking.contracts import PickupPoint, ReportOutcome
from doorstep.rooms.tracking.models import Checkpoint, EstimateRevision, Tracker, TrackingNumber
from doorstep.rooms.tracking.tests.cast import (
    AT,
    CARRIER,
    SHIPPED,
    S,
    events_of,
    fresh,
    make_parcel,
    place_order,
    report,
    ship,
    ship_one,
    step,
    tell,
)

pytestmark = pytest.mark.usefixtures("store")
NUMBER = "00340434161094042557"


def test_a_parcel_moves_and_arrives() -> None:
    parcel = ship_one()
    assert parcel.status == "pending"
    [answer] = tell(report(step(S.IN_TRANSIT, 4, city="Leipzig"), step(S.INFO_RECEIVED, 1)))
    assert answer.outcome is ReportOutcome.APPLIED
    assert (answer.new_checkpoints, answer.order_id) == (2, parcel.order_id)
    assert fresh(parcel).status == "in_transit"
    tell(report(step(S.DELIVERED, 40, "signed"), signed_by="M. Lindqvist"))
    now = fresh(parcel)
    assert (now.status, now.substatus, now.signed_by) == ("delivered", "signed", "M. Lindqvist")
    assert now.delivered_at == SHIPPED + timedelta(hours=40)
    assert not now.is_open
    assert events_of(parcel.order_id) == ["parcel_moved", "parcel_moved", "parcel_delivered"]


def test_the_same_again_changes_nothing() -> None:
    parcel = ship_one()
    news = report(step(S.IN_TRANSIT, 4), step(S.OUT_FOR_DELIVERY, 40))
    tell(news)
    before = events_of(parcel.order_id)
    [answer] = tell(news)
    assert (answer.outcome, answer.new_checkpoints) == (ReportOutcome.UNCHANGED, 0)
    assert events_of(parcel.order_id) == before
    assert Checkpoint.objects.count() == 2


def test_a_scan_told_by_carrier_and_aggregator_counts_once() -> None:
    ship_one()
    tell(report(step(S.IN_TRANSIT, 4, city="Leipzig", external_id="a1", code="T")))
    other = step(S.IN_TRANSIT, 4, city="LEIPZIG", external_id="77", code="EE")
    other = replace(other, occurred_at=SHIPPED + timedelta(hours=4, seconds=20))
    [answer] = tell(report(other, source="dhl"))
    assert answer.outcome is ReportOutcome.UNCHANGED
    assert Checkpoint.objects.count() == 1


def test_steps_out_of_order() -> None:
    parcel = ship_one()
    tell(report(step(S.DELIVERED, 40)))
    tell(report(step(S.OUT_FOR_DELIVERY, 36)))
    tell(report(step(S.IN_TRANSIT, 4)))
    now = fresh(parcel)
    assert now.status == "delivered"
    assert now.first_scan_at == SHIPPED + timedelta(hours=4)
    assert events_of(parcel.order_id)[-2:] == ["parcel_seen", "parcel_seen"]


def test_a_step_from_the_future_counts_when_it_came() -> None:
    parcel = ship_one()
    tell(report(step(S.IN_TRANSIT, occurred_at=AT + timedelta(hours=6))))
    kept = Checkpoint.objects.get()
    assert (kept.at, kept.is_clock_off) == (AT, True)
    assert kept.occurred_as_told == (AT + timedelta(hours=6)).isoformat()
    tell(report(step(S.DELIVERED, occurred_at=AT + timedelta(hours=2))), at=AT + timedelta(hours=2))
    assert fresh(parcel).status == "delivered"
    [again] = tell(report(step(S.IN_TRANSIT, occurred_at=AT + timedelta(hours=6))))
    assert again.new_checkpoints == 0


def test_a_little_ahead_is_no_wrong_clock() -> None:
    ship_one()
    tell(report(step(S.IN_TRANSIT, occurred_at=AT + timedelta(minutes=8))))
    assert not Checkpoint.objects.get().is_clock_off


@pytest.mark.parametrize(
    ("country", "region", "hour"),
    [("DE", "", 11), ("US", "CA", 20), ("GB", "", 12), ("", "", 11), ("US", "", 11)],
)
def test_local_times_are_read_where_they_were_told(country: str, region: str, hour: int) -> None:
    ship_one()
    told = datetime(2026, 11, 18, 12, 0)
    tell(report(step(S.IN_TRANSIT, occurred_at=told, country_code=country, region=region)))
    assert Checkpoint.objects.get().at.hour == hour


def test_a_day_without_a_time() -> None:
    parcel = ship_one()
    day = datetime(2026, 11, 19)
    tell(
        report(
            step(S.DELIVERED, occurred_at=day, is_date_only=True, country_code="DE"),
            step(S.OUT_FOR_DELIVERY, occurred_at=datetime(2026, 11, 19, 8), country_code="DE"),
            step(S.IN_TRANSIT, occurred_at=day, is_date_only=True, country_code="DE"),
        )
    )
    assert fresh(parcel).status == "delivered"
    assert not Checkpoint.objects.filter(is_clock_off=True).exists()


def test_no_time_at_all_counts_when_it_came() -> None:
    parcel = ship_one()
    tell(report(step(S.IN_TRANSIT, occurred_at=None)))
    [again] = tell(report(step(S.IN_TRANSIT, occurred_at=None)), at=AT + timedelta(hours=1))
    assert again.new_checkpoints == 0
    assert fresh(parcel).status_at == AT


def test_a_summary_alone_is_a_step() -> None:
    parcel = ship_one()
    tell(report(status=S.IN_TRANSIT, status_at=SHIPPED + timedelta(hours=3), status_code="T"))
    assert fresh(parcel).status == "in_transit"
    assert Checkpoint.objects.get().code == "T"


def test_a_summary_completes_the_newest_step() -> None:
    parcel = ship_one()
    tell(report(step(None, 9, code="ZZ"), step(S.IN_TRANSIT, 4), status=S.OUT_FOR_DELIVERY))
    assert fresh(parcel).status == "out_for_delivery"


def test_delivered_then_exception() -> None:
    parcel = ship_one()
    tell(report(step(S.DELIVERED, 40), step(S.EXCEPTION, 43, "damaged")))
    now = fresh(parcel)
    assert (now.status, now.trouble_after_delivery) == ("delivered", "damaged")


def test_delivered_then_sent_back() -> None:
    parcel = ship_one()
    tell(report(step(S.DELIVERED, 30), step(S.RETURNED, 40, "returning")))
    assert fresh(parcel).status == "returned"
    assert fresh(parcel).is_open
    tell(report(step(S.DELIVERED, 45)))  # to the sender
    now = fresh(parcel)
    assert (now.status, now.substatus, now.is_open) == ("returned", "returned_to_sender", False)


def test_a_carrier_takes_a_delivery_back() -> None:
    parcel = ship_one()
    tell(report(step(S.DELIVERED, 30)))
    tell(report(step(S.ATTEMPT_FAILED, 31, is_correction=True)))
    now = fresh(parcel)
    assert (now.status, now.delivered_at, now.is_open) == ("attempt_failed", None, True)
    assert "delivery_taken_back" in events_of(parcel.order_id)


def test_a_second_carriers_announcement_takes_nothing_back() -> None:
    parcel = ship_one()
    tell(report(step(S.IN_TRANSIT, 4), step(S.INFO_RECEIVED, 20)))
    assert fresh(parcel).status == "in_transit"


def test_two_carriers_for_one_parcel() -> None:
    parcel = ship_one()
    linked = (("usps", "9400 1000 0000 0000 0000 00"),)
    tell(report(step(S.IN_TRANSIT, 4), linked_numbers=linked))
    [answer] = tell(report(step(S.DELIVERED, 40), number="9400100000000000000000", carrier="usps"))
    assert answer.tracker_id == parcel.id
    assert fresh(parcel).status == "delivered"
    assert TrackingNumber.objects.count() == 2


def test_linked_numbers_kept_apart_find_each_other() -> None:
    tell(
        report(step(S.IN_TRANSIT, 4), number="AAA111"), report(step(S.IN_TRANSIT, 9), number="BBB2")
    )
    assert Tracker.objects.count() == 2
    tell(report(number="CCC3", linked_numbers=(("", "AAA111"), ("", "BBB2"))))
    [tracker] = Tracker.objects.all()
    assert Checkpoint.objects.filter(tracker=tracker).count() == 2
    assert TrackingNumber.objects.filter(tracker=tracker).count() == 3


def test_news_before_the_shipment() -> None:
    [answer] = tell(report(step(S.IN_TRANSIT, 4)))
    assert (answer.outcome, answer.order_id) == (ReportOutcome.KEPT, None)
    parcel = ship_one("0034 0434-1610 9404 2557")
    assert parcel.id == answer.tracker_id
    assert parcel.status == "in_transit"
    assert events_of(parcel.order_id) == ["parcel_matched", "parcel_moved"]


def test_a_number_used_again() -> None:
    first = ship_one()
    tell(report(step(S.DELIVERED, 40)))
    months_later = SHIPPED + timedelta(days=120)
    [second] = ship(make_parcel(place_order(2), NUMBER, shipped_at=months_later), at=months_later)
    assert (fresh(first).status, second.status) == ("delivered", "pending")
    moved = step(S.IN_TRANSIT, occurred_at=months_later + timedelta(hours=5))
    [answer] = tell(
        report(moved, step(S.OUT_FOR_DELIVERY, 36)), at=months_later + timedelta(days=1)
    )
    assert answer.tracker_id == second.id
    assert fresh(second).status == "in_transit"
    assert fresh(first).status == "delivered"
    assert fresh(first).out_for_delivery_at is not None


def test_steps_of_an_earlier_life_are_ignored() -> None:
    tell(report(step(S.DELIVERED, -24 * 90)))
    parcel = ship_one()
    assert parcel.status == "pending"
    tell(report(step(S.IN_TRANSIT, 3)))
    assert fresh(parcel).status == "in_transit"


def test_one_box_for_two_orders() -> None:
    one, two = ship(make_parcel(place_order(1), NUMBER), make_parcel(place_order(2), NUMBER))
    tell(report(step(S.DELIVERED, 40)))
    assert {fresh(one).status, fresh(two).status} == {"delivered"}
    assert "parcel_delivered" in events_of(one.order_id)
    assert "parcel_delivered" in events_of(two.order_id)


def test_a_number_is_corrected() -> None:
    order_id = place_order()
    parcel = make_parcel(order_id, "WRONG1")
    [tracker] = ship(parcel)
    tell(report(step(S.DELIVERED, 20), number="WRONG1", signed_by="Somebody"))
    tell(report(step(S.IN_TRANSIT, 5), number="RIGHT1"))
    [tracker] = ship(replace(parcel, tracking_number="RIGHT1"), at=AT)
    assert (tracker.status, tracker.delivered_at, tracker.signed_by) == ("in_transit", None, "")
    assert "delivery_taken_back" in events_of(order_id)
    left = Tracker.objects.get(parcel__isnull=True)
    assert (left.tracking_number, left.status) == ("WRONG1", "delivered")
    [answer] = tell(report(step(S.RETURNED, 40), number="WRONG1"))
    assert answer.tracker_id == left.id


def test_a_number_comes_later() -> None:
    parcel = make_parcel(place_order())
    [tracker] = ship(parcel)
    tell(report(step(S.IN_TRANSIT, 5)))
    [same] = ship(replace(parcel, tracking_number=NUMBER), at=AT)
    assert (same.id, same.status) == (tracker.id, "in_transit")
    assert Tracker.objects.count() == 1


def test_estimates_are_revised_with_a_reason() -> None:
    parcel = ship_one()
    tell(report(step(S.IN_TRANSIT, 4), estimated_from=date(2026, 11, 20)))
    first = fresh(parcel)
    assert (first.estimate_to, first.estimate_source) == (date(2026, 11, 20), "carrier")
    tell(report(step(S.EXCEPTION, 20, "weather"), estimated_from=date(2026, 11, 24)))
    now = fresh(parcel)
    assert (now.estimate_reason, now.estimate_previous_to) == ("weather", date(2026, 11, 20))
    assert "estimate_revised" in events_of(parcel.order_id)
    count = EstimateRevision.objects.count()
    tell(report(step(S.IN_TRANSIT, 25), estimated_from=date(2026, 11, 24)))
    assert EstimateRevision.objects.count() == count


def test_a_missed_delivery_is_tried_on_the_next_working_day() -> None:
    parcel = ship_one()
    tell(report(step(S.IN_TRANSIT, 9), estimated_from=date(2026, 11, 20)))
    tell(report(step(S.ATTEMPT_FAILED, occurred_at=AT - timedelta(hours=1))))
    now = fresh(parcel)
    assert now.estimate_to == date(2026, 11, 23)  # a Monday
    assert now.estimate_reason == "missed_delivery"


def test_older_reports_do_not_undo_newer_words() -> None:
    parcel = ship_one()
    tell(report(step(S.IN_TRANSIT, 20), estimated_from=date(2026, 11, 24)))
    tell(report(step(S.IN_TRANSIT, 4), estimated_from=date(2026, 11, 20)))
    assert fresh(parcel).estimate_to == date(2026, 11, 24)


def test_where_it_waits_is_kept() -> None:
    parcel = ship_one()
    point = PickupPoint("Kiosk", ("Torstr. 1",), "4711", date(2026, 11, 27))
    tell(report(step(S.AVAILABLE_FOR_PICKUP, 30), pickup=point))
    pickup = fresh(parcel).pickup
    assert pickup is not None
    assert (pickup["name"], pickup["until_date"]) == ("Kiosk", "2026-11-27")


def test_alarms_end_with_news() -> None:
    parcel = ship_one()
    Tracker.objects.update(late_since=AT, stalled_since=AT, lost_since=AT)
    tell(report(step(S.IN_TRANSIT, 47)))
    now = fresh(parcel)
    assert (now.stalled_since, now.lost_since) == (None, None)
    assert now.late_since == AT
    tell(report(step(S.DELIVERED, 47.9)))
    assert fresh(parcel).late_since is None
    assert events_of(parcel.order_id).count("alarm_ended") == 2


def test_nothing_hostile_gets_in() -> None:
    ship_one()
    bad = step(S.IN_TRANSIT, 4, city="a\x00b", description="\ud800" * 900, raw={"x": "\x00"})
    far = step(S.IN_TRANSIT, occurred_at=datetime(9999, 12, 31, 23, 59), country_code="US")
    early = step(S.IN_TRANSIT, occurred_at=datetime(1, 1, 1), country_code="!!")
    [answer] = tell(report(bad, far, early))
    assert answer.new_checkpoints == 3
    for field, given in (("tracking_number", {"number": " - "}), ("source", {"source": " "})):
        with pytest.raises(Invalid) as refused:
            tell(report(step(S.DELIVERED, 9), **given))
        assert refused.value.field == field
    assert Checkpoint.objects.count() == 3


def test_another_store_has_its_own_numbers(other_store: StoreInfo) -> None:
    mine = ship_one()
    with store_scope(other_store.id):
        [answer] = tell(report(step(S.DELIVERED, 5)))
        assert answer.outcome is ReportOutcome.KEPT
    assert fresh(mine).status == "pending"
    assert Checkpoint.objects.count() == 0


def test_statements_do_not_grow_with_reports() -> None:
    def cost(first: int, many: int) -> int:
        reports = [
            report(step(S.IN_TRANSIT, 4), step(None, 5, code="X"), number=f"N{nth}")
            for nth in range(first, first + many)
        ]
        with CaptureQueriesContext(
            connection,
        ) as caught:
            api.record_reports(reports, by=CARRIER, at=AT)
        return len(caught)

    assert cost(0, 1) == cost(1, 200)


def test_a_storm_of_ten_thousand() -> None:
    parcel = ship_one()
    storm = [report(step(S.IN_TRANSIT, nth % 40, city=f"c{nth % 7}")) for nth in range(10_000)]
    answers = [one for n in range(0, 10_000, 2_000) for one in tell(*storm[n : n + 2_000])]
    assert sum(one.new_checkpoints for one in answers) == len(
        {(n % 40, n % 7) for n in range(10_000)}
    )
    assert fresh(parcel).status_at is not None
