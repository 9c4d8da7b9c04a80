"""Where a parcel stands depends on its steps alone: every order, every split, with duplicates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.rooms.stores.contracts import StoreInfo
from doorstep.rooms.tracking.contracts import ReportedCheckpoint, TrackingStatus
from doorstep.rooms.tracking.models import Checkpoint, EstimateRevision, Tracker, TrackingNumber
from doorstep.rooms.tracking.rules.conditions import condition_of
from doorstep.rooms.tracking.rules.status import RANK, Fact, State, in_order, state_of
from doorstep.rooms.tracking.rules.zones import zone_of_destination
from doorstep.rooms.tracking.tests.cast import SHIPPED, report, step, tell

START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
_SUBSTATUSES = {"exception": ["", "damaged", "lost", "weather"], "returned": ["", "returning"]}


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    found = {}
    for _ in range(draw(st.integers(0, 9))):
        status = draw(st.sampled_from(["", *RANK]))
        substatus = draw(st.sampled_from(_SUBSTATUSES.get(status, [""])))
        at = START + timedelta(hours=draw(st.integers(-3, 3)))
        is_correction = draw(st.booleans()) and draw(st.booleans())
        key = f"{at}|{status}|{substatus}|{is_correction}"
        found[key] = Fact(at, status, substatus, is_correction, key)
    return list(found.values())


@given(facts(), st.randoms(use_true_random=False))
def test_any_order_leads_to_one_state(steps: list[Fact], chance: object) -> None:
    expected = state_of(steps, START - timedelta(hours=2))
    shuffled = list(steps)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert state_of(shuffled, START - timedelta(hours=2)) == expected


@given(facts())
def test_what_always_holds(steps: list[Fact]) -> None:
    begins = START - timedelta(hours=2)
    state = state_of(steps, begins)
    counted = [one for one in in_order(steps) if one.status and one.at >= begins]
    assert (state.status == "delivered") <= (state.delivered_at is not None)
    if not counted:
        assert state == State()
    if state.delivered_at is not None:
        assert any(one.status == "delivered" and one.at == state.delivered_at for one in counted)
    if not any(one.is_correction for one in counted) and any(
        one.status == "delivered" for one in counted
    ):
        assert state.status in ("delivered", "returned")
    condition_of(Tracker(status=state.status, substatus=state.substatus))


def _all_of_it(tracker: Tracker) -> tuple[object, ...]:
    return tuple(
        getattr(tracker, name)
        for name in (
            "status", "substatus", "status_at", "first_scan_at", "out_for_delivery_at",
            "last_news_at", "delivered_at", "trouble_after_delivery", "is_open",
            "estimate_from", "estimate_to", "estimate_source", "signed_by",
        )
    )  # fmt: skip


_STEPS: list[ReportedCheckpoint] = [
    step(S, hours, substatus)
    for S, hours, substatus in (
        (TrackingStatus.INFO_RECEIVED, 1, ""),
        (TrackingStatus.IN_TRANSIT, 3, ""),
        (TrackingStatus.IN_TRANSIT, 3, "departed"),
        (TrackingStatus.EXCEPTION, 9, "weather"),
        (TrackingStatus.OUT_FOR_DELIVERY, 20, ""),
        (TrackingStatus.DELIVERED, 25, ""),
        (TrackingStatus.EXCEPTION, 26, "damaged"),
        (TrackingStatus.RETURNED, 30, "returning"),
    )
] + [step(None, 12, code="??")]


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_every_split_and_order_of_reports(store: StoreInfo, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(range(len(_STEPS))), min_size=1, unique=True))
    sent = chosen + data.draw(st.lists(st.sampled_from(chosen), max_size=3))
    ends = []
    for order in (sorted(chosen), data.draw(st.permutations(sent))):
        Checkpoint.objects.all().delete()
        TrackingNumber.objects.all().delete()
        EstimateRevision.objects.all().delete()
        Tracker.objects.all().delete()
        rest = list(order)
        while rest:
            size = data.draw(st.integers(1, len(rest)))
            batch, rest = rest[:size], rest[size:]
            tell(
                *(
                    report(_STEPS[nth], estimated_from=(SHIPPED + timedelta(days=nth)).date())
                    for nth in batch
                )
            )
        ends.append(_all_of_it(Tracker.objects.get()))
    # The estimate of a parcel that has ended stands as it was when it ended.
    first, second = ends
    assert first[:9] == second[:9]
    if first[8]:
        assert first == second


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("DE", "", "Europe/Berlin"),
        ("ES", "", "Europe/Madrid"),
        ("US", "CA", "America/Los_Angeles"),
        ("US", "", "Europe/Rome"),
        ("AU", "", "Europe/Rome"),
        ("", "", "Europe/Rome"),
        ("XX", "", "Europe/Rome"),
    ],
)
def test_the_zone_of_a_destination(country: str, region: str, zone: str) -> None:
    assert zone_of_destination(country, region, "Europe/Rome") == zone


@pytest.mark.parametrize(
    ("given", "condition"),
    [
        ({}, "no_scan_yet"),
        ({"status": "in_transit", "first_scan_at": START}, "on_its_way"),
        ({"status": "out_for_delivery", "first_scan_at": START}, "out_for_delivery"),
        ({"status": "out_for_delivery", "late_since": START}, "late"),
        ({"status": "in_transit", "late_since": START, "stalled_since": START}, "stalled"),
        ({"status": "expired"}, "stalled"),
        ({"status": "exception", "substatus": "weather", "late_since": START}, "exception"),
        ({"status": "exception", "substatus": "payment_due"}, "customs"),
        ({"status": "exception", "substatus": "lost"}, "lost"),
        ({"status": "in_transit", "lost_since": START}, "lost"),
        ({"status": "attempt_failed", "late_since": START}, "attempted"),
        ({"status": "available_for_pickup"}, "pickup"),
        ({"status": "delivered"}, "delivered"),
        ({"status": "delivered", "not_found_since": START}, "not_found"),
        ({"status": "returned", "substatus": "returning"}, "returning"),
        ({"status": "returned", "substatus": "returned_to_sender"}, "returned"),
    ],
)
def test_the_worst_that_fits_is_the_condition(given: dict[str, object], condition: str) -> None:
    assert condition_of(Tracker(**given)) == condition
